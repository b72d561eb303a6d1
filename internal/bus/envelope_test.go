package bus

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func full() Envelope {
	return Envelope{
		ID: "01JQ", Type: "employee.create.v1", Source: "tenure/send", Subject: "employee-07",
		Time:       time.Date(2026, 4, 1, 0, 0, 0, 120, time.UTC),
		DataSchema: "https://tenure.example/schemas/employee.create.v1.json", TraceParent: "00-0af7-b7ad-01",
		CommandID: "c-1", CausationID: "m-1", RunID: "invoicing/2026-04-01", Position: FormatPosition(7, 42), Replay: "r-1",
	}
}

func TestEnvelope_ComesBackAsItWasSent(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]Envelope{
		"with everything": full(),
		"with the least":  {ID: "1", Type: "t", Source: "s", Subject: "x", Time: time.Unix(1, 0).UTC()},
	} {
		got, err := DecodeEnvelope(e.Headers())
		require.NoError(t, err, name)
		require.Equal(t, e, got, name)
	}
}

func TestEnvelope_HasTheHeadersOfCloudEvents(t *testing.T) {
	t.Parallel()
	var names []string
	for _, h := range full().Headers() {
		names = append(names, h.Key)
	}
	require.Equal(t, strings.Fields(`ce_specversion ce_id ce_type ce_source ce_subject ce_time ce_dataschema
		content-type traceparent ce_commandid ce_causationid ce_runid ce_position ce_replay`), names)
}

func TestEnvelope_DecodeEnvelopeIgnoresHeadersOfOthers(t *testing.T) {
	t.Parallel()
	headers := append(full().Headers(), Header{Key: "baggage", Value: []byte{0xff}}, Header{Key: "baggage"})
	_, err := DecodeEnvelope(headers)
	require.NoError(t, err)
}

func TestEnvelope_DecodeEnvelopeNamesTheHeaderAndTheRule(t *testing.T) {
	t.Parallel()
	set := func(key, value string) func([]Header) []Header {
		return func(hs []Header) []Header {
			for i := range hs {
				if hs[i].Key == key {
					hs[i].Value = []byte(value)
				}
			}
			return hs
		}
	}
	drop := func(key string) func([]Header) []Header {
		return func(hs []Header) (kept []Header) {
			for _, h := range hs {
				if h.Key != key {
					kept = append(kept, h)
				}
			}
			return kept
		}
	}
	for name, row := range map[string]struct {
		change func([]Header) []Header
		header string
		reason Reason
	}{
		"no id":               {drop("ce_id"), "ce_id", ReasonHeaderMissing},
		"no version":          {drop("ce_specversion"), "ce_specversion", ReasonHeaderMissing},
		"an empty subject":    {set("ce_subject", ""), "ce_subject", ReasonHeaderMissing},
		"another version":     {set("ce_specversion", "0.3"), "ce_specversion", ReasonHeaderValue},
		"a date without time": {set("ce_time", "2026-04-01"), "ce_time", ReasonHeaderValue},
		"a time before Unix":  {set("ce_time", "0001-01-01T00:00:00Z"), "ce_time", ReasonHeaderValue},
		"structured mode":     {set("content-type", "application/cloudevents+json"), "content-type", ReasonHeaderValue},
		"a type not in UTF-8": {set("ce_type", "a\xff"), "ce_type", ReasonHeaderText},
		"a NUL in an id":      {set("ce_id", "a\x00"), "ce_id", ReasonHeaderText},
		"a line break":        {set("ce_commandid", "a\nb"), "ce_commandid", ReasonHeaderText},
		"an id of 513 bytes":  {set("ce_id", strings.Repeat("a", 513)), "ce_id", ReasonHeaderTooLong},
		"a source that is twice": {func(hs []Header) []Header {
			return append(hs, Header{Key: "ce_source", Value: []byte("other")})
		}, "ce_source", ReasonHeaderTwice},
	} {
		_, err := DecodeEnvelope(row.change(full().Headers()))
		var malformed *Malformed
		require.ErrorAs(t, err, &malformed, name)
		require.Equal(t, row.reason, malformed.Reason, name)
		require.Equal(t, row.header, malformed.Property, name)
		require.Contains(t, err.Error(), row.header, name)
	}
}

func TestEnvelope_ParsePositionTakesOnlyWhatFormatPositionWrites(t *testing.T) {
	t.Parallel()
	shard, pos, err := ParsePosition(FormatPosition(15, 1<<40))
	require.NoError(t, err)
	require.Equal(t, int32(15), shard)
	require.Equal(t, int64(1<<40), pos)
	for _, bad := range []string{"", "7", "7:", ":7", "a:1", "1:-1", "-1:1", "1:2:3", "99999999999:1"} {
		_, _, err := ParsePosition(bad)
		require.Error(t, err, bad)
	}
}

func FuzzDecodeEnvelope(f *testing.F) {
	f.Add("ce_id", []byte("1"), "ce_time", []byte("2026-04-01T00:00:00Z"))
	f.Fuzz(func(t *testing.T, k1 string, v1 []byte, k2 string, v2 []byte) {
		headers := append(full().Headers()[2:], Header{Key: k1, Value: v1}, Header{Key: k2, Value: v2})
		e, err := DecodeEnvelope(headers)
		if err != nil {
			return
		}
		again, err := DecodeEnvelope(e.Headers())
		require.NoError(t, err, "what was taken can be sent on")
		require.Equal(t, e, again)
	})
}

func BenchmarkDecodeEnvelope(b *testing.B) {
	headers := full().Headers()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeEnvelope(headers); err != nil {
			b.Fatal(err)
		}
	}
}

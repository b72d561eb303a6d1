package bus

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// inBinary is a command in binary mode, with headers added.
func inBinary(more ...Header) Message {
	headers := Envelope{ID: "i", Type: "employee.update.v1", Source: "s", Subject: "e1",
		Time: time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)}.Headers()
	return Message{Headers: append(headers, more...), Value: []byte(`{"data":{}}`)}
}

func without(m Message, name string) Message {
	kept := m.Headers[:0:0]
	for _, h := range m.Headers {
		if h.Key != name {
			kept = append(kept, h)
		}
	}
	m.Headers = kept
	return m
}

func TestDecode_NamesTheSenderWhateverElseIsWrong(t *testing.T) {
	t.Parallel()
	trace := Header{Key: "traceparent", Value: []byte("00-51c4b295117d40a6a3f531e715ce23d7-a24f141cea4f7d1d-01")}
	for name, row := range map[string]struct {
		message Message
		reason  Reason // empty: it is read
	}{
		"all is well":                      {inBinary(), ""},
		"a doubled trace begins a new one": {inBinary(trace, trace), ""},
		"a trace that is none":             {inBinary(Header{Key: "traceparent", Value: []byte{0xff}}), ""},
		"no time":                          {without(inBinary(), "ce_time"), ""},
		"a content type with a null value": {inBinary(Header{Key: "content-type"}), ReasonHeaderTwice},
		"no content type":                  {without(inBinary(), "content-type"), ""},
		"a time without a zone":            {withHeader("ce_time", "2026-10-30T12:00:00.000001"), ReasonHeaderValue},
		"a time with small letters":        {withHeader("ce_time", "2026-10-30t12:00:00z"), ""},
		"a time with a comma":              {withHeader("ce_time", "2026-10-30T12:00:00,5Z"), ReasonHeaderValue},
		"a time with one digit":            {withHeader("ce_time", "2026-10-30T1:00:00Z"), ReasonHeaderValue},
		"another version of CloudEvents":   {withHeader("ce_specversion", "0.3"), ReasonHeaderValue},
		"a schema that is doubled": {inBinary(Header{Key: "ce_dataschema", Value: []byte("a")},
			Header{Key: "ce_dataschema", Value: []byte("b")}), ReasonHeaderTwice},
		"an empty content type is as good none": {withHeader("content-type", ""), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, value, err := Decode(row.message)
			require.Equal(t, []string{"i", "e1", "employee.update.v1"}, []string{e.ID, e.Subject, e.Type})
			require.JSONEq(t, `{"data":{}}`, string(value))
			if row.reason == "" {
				require.NoError(t, err)
				return
			}
			var wrong *Malformed
			require.ErrorAs(t, err, &wrong)
			require.Equal(t, row.reason, wrong.Reason)
		})
	}
	e, _, err := Decode(inBinary(Header{Key: "ce_id", Value: []byte("other")}))
	require.Error(t, err)
	require.Empty(t, e.ID, "which of two ids is meant cannot be known")
}

// withHeader is a command with one header changed.
func withHeader(name, value string) Message {
	m := without(inBinary(), name)
	m.Headers = append(m.Headers, Header{Key: name, Value: []byte(value)})
	return m
}

func TestDecode_ReadsStructuredMode(t *testing.T) {
	t.Parallel()
	structured := func(value string) Message {
		return Message{Value: []byte(value),
			Headers: []Header{{Key: "content-type", Value: []byte("application/cloudevents+json; charset=UTF-8")}}}
	}
	const head = `{"specversion":"1.0","id":"i","type":"employee.update.v1","source":"s","subject":"e1"`
	e, value, err := Decode(structured(head +
		`,"time":"2026-10-30T12:00:00Z","datacontenttype":"application/json","own":7,"data":{"data":{"title":"T"}}}`))
	require.NoError(t, err)
	require.Equal(t, []any{"i", "e1", 12}, []any{e.ID, e.Subject, e.Time.Hour()})
	require.JSONEq(t, `{"data":{"title":"T"}}`, string(value))
	for name, row := range map[string]struct{ value, id string }{
		"data that is bytes":        {head + `,"data_base64":"e30="}`, "i"},
		"an attribute of numbers":   {head + `,"commandid":7}`, "i"},
		"no JSON":                   {`{`, ""},
		"nothing":                   {"", ""},
		"a list":                    {`[]`, ""},
		"a list of one, a batch":    {"[" + head + "}]", ""},
		"an id that is there twice": {`{"id":"i","id":"j"}`, ""},
		"data with a key twice":     {head + `,"data":{"a":1,"a":2}}`, "i"},
		"data of a huge number":     {head + `,"data":{"a":1e400}}`, "i"},
		"data that is cut off":      {head + `,"data":{"a":"b`, "i"},
		"data that is cut off, in front": {
			`{"specversion":"1.0","id":"i","data":{"a":`, "i"},
		"data that is too deep":     {head + `,"data":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, "i"},
		"data that is far too deep": {head + `,"data":` + strings.Repeat("[", 10_001) + `}`, "i"},
		"two events":                {head + "}" + head + "}", "i"},
		"a byte order mark":         {"\ufeff" + head + "}", "i"},
		"bytes that are not UTF-8":  {strings.Replace(head, `"i"`, "\"i\xff\"", 1) + "}", ""},
		"data that is not UTF-8":    {head + ",\"data\":\"\xff\"}", ""},
		"an id of 64 KiB":           {strings.Replace(head, `"i"`, `"`+strings.Repeat("x", 64<<10)+`"`, 1) + "}", ""},
		"an id with a control sign": {strings.Replace(head, `"i"`, `"\u0000"`, 1) + "}", ""},
		"an id that is a number":    {strings.Replace(head, `"i"`, `7`, 1) + "}", ""},
		"an empty id":               {strings.Replace(head, `"i"`, `""`, 1) + "}", ""},
	} {
		e, _, err := Decode(structured(row.value))
		require.Error(t, err, name)
		require.Equal(t, row.id, e.ID, name)
	}
}

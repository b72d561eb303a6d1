package bus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// plainCommand is about 500 bytes, as most commands are.
var plainCommand = []byte(
	`{"actor":{"employee":"0b5f2f0e-3c5e-4a55-9a3b-6f7f3c1f6a07","accessLevel":"ADMIN","customer":"c-1","reseller":"r-1"},
"data":{"employeeUuid":"0b5f2f0e-3c5e-4a55-9a3b-6f7f3c1f6a07","addonUuid":"8c0d","amount":12.500000,"quantity":3,"effective":"2026-04-01",
"personal":{"firstName":"Sample","lastName":"Employee 07","email":"employee07@example.org"},"features":["a","b","c"],"active":true,"note":null,
"custom":{"costCentre":"4711","floor":3,"text":"Gr\u00fc\u00dfe und \ud83d\ude00"},"validUntil":"2027-03-31"}}`)

func TestGuard_TakesWhatACommandMayHold(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"a plain command":             string(plainCommand),
		"an empty object":             ` { } `,
		"32 levels":                   strings.Repeat(`{"a":`, 31) + "[]" + strings.Repeat("}", 31),
		"the longest amount":          `{"a":-123456789012345678.123456}`,
		"numbers of every form":       `{"a":0,"b":-0.5,"c":1e18,"d":1.5E-3,"e":[1,2,3]}`,
		"the same key in two objects": `{"a":{"a":1},"b":[{"a":1},{"a":2}]}`,
		"a thousand keys":             object(1000),
		"keys that differ in case":    `{"a":1,"A":2}`,
		"exactly 1 MiB":               `{"a":"` + strings.Repeat("x", 1<<20-8) + `"}`,
	} {
		require.NoError(t, Guard([]byte(value)), name)
		require.True(t, json.Valid([]byte(value)), name)
	}
}

func object(keys int) string {
	var b strings.Builder
	for i := range keys {
		fmt.Fprintf(&b, `,"k%d":%d`, i, i)
	}
	return "{" + b.String()[1:] + "}"
}

func TestGuard_SaysWhyItRefuses(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		value  string
		reason Reason
	}{
		"nothing at all":                    {"", ReasonNotJSON},
		"an array":                          {"[1]", ReasonNotObject},
		"a word":                            {`"text"`, ReasonNotObject},
		"an object that ends early":         {`{"a":1`, ReasonNotJSON},
		"something after the object":        {`{} {}`, ReasonNotJSON},
		"a comma too many":                  {`{"a":1,}`, ReasonNotJSON},
		"a comma too many in an array":      {`{"a":[1,]}`, ReasonNotJSON},
		"no colon":                          {`{"a" 1}`, ReasonNotJSON},
		"a key without quotes":              {`{a:1}`, ReasonNotJSON},
		"a wrong word":                      {`{"a":tru}`, ReasonNotJSON},
		"an unknown escape":                 {`{"a":"\x"}`, ReasonNotJSON},
		"an escape that ends early":         {`{"a":"\u12"}`, ReasonNotJSON},
		"a raw line break in text":          {"{\"a\":\"\n\"}", ReasonNotJSON},
		"33 levels":                         {strings.Repeat(`{"a":`, 33) + "1" + strings.Repeat("}", 33), ReasonTooDeep},
		"10 001 levels":                     {`{"a":` + strings.Repeat("[", 10000), ReasonTooDeep},
		"the same key twice":                {`{"a":1,"b":2,"a":3}`, ReasonDuplicateKey},
		"the same key in two spellings":     {`{"a":1,"\u0061":3}`, ReasonDuplicateKey},
		"the last of many keys twice":       {object(1000)[:len(object(1000))-1] + `,"k999":0}`, ReasonDuplicateKey},
		"the first of many keys twice":      {object(1000)[:len(object(1000))-1] + `,"k0":0}`, ReasonDuplicateKey},
		"text that is not UTF-8":            {"{\"a\":\"\xff\"}", ReasonBadText},
		"a key that is not UTF-8":           {"{\"\xc3\x28\":1}", ReasonBadText},
		"a NUL, which PostgreSQL refuses":   {`{"a":"\u0000"}`, ReasonBadText},
		"half of a surrogate pair":          {`{"a":"\ud83d"}`, ReasonBadText},
		"the wrong half of a pair first":    {`{"a":"\ude00\ud83d"}`, ReasonBadText},
		"a number beyond every type":        {`{"a":1e400}`, ReasonBadNumber},
		"an exponent that overflows an int": {`{"a":1e99999999999999999999}`, ReasonBadNumber},
		"a small number beyond every type":  {`{"a":1e-400}`, ReasonBadNumber},
		"a number of 25 digits":             {`{"a":1234567890123456789012345}`, ReasonBadNumber},
		"a leading zero":                    {`{"a":01}`, ReasonNotJSON},
		"a point without digits":            {`{"a":1.}`, ReasonNotJSON},
		"an exponent without digits":        {`{"a":1e}`, ReasonNotJSON},
		"a minus alone":                     {`{"a":-}`, ReasonNotJSON},
		"one byte above 1 MiB":              {`{"a":"` + strings.Repeat("x", 1<<20-7) + `"}`, ReasonTooLarge},
	} {
		err := Guard([]byte(row.value))
		var malformed *Malformed
		require.ErrorAs(t, err, &malformed, name)
		require.Equal(t, row.reason, malformed.Reason, name)
		require.NotEmpty(t, malformed.Rule, name)
	}
}

func TestGuard_CallsATombstoneByItsName(t *testing.T) {
	t.Parallel()
	var malformed *Malformed
	require.ErrorAs(t, Guard(nil), &malformed)
	require.Equal(t, ReasonTombstone, malformed.Reason)
}

func TestGuard_NamesTheKeyThatIsTwice(t *testing.T) {
	t.Parallel()
	err := Guard([]byte(`{"data":{"amount":1,"amount":2}}`))
	require.EqualError(t, err, `bus: malformed: "amount" at byte 28: must be there once`)
}

// A guard that compared each key with each other would take minutes here.
func TestGuard_TakesAnObjectOfManyKeysInLinearTime(t *testing.T) {
	t.Parallel()
	value := object(80_000)
	require.Less(t, len(value), 1<<20+200_000)
	if len(value) <= 1<<20 {
		require.NoError(t, Guard([]byte(value)))
	}
	require.NoError(t, Guard([]byte(object(60_000))))
}

// FuzzGuard holds it against encoding/json: it never panics, takes nothing that
// json refuses, and refuses valid JSON only for its own reason.
func FuzzGuard(f *testing.F) {
	f.Add(plainCommand)
	f.Add([]byte(`{"a":[1,{"b":"\u00e4"}],"a":2}`))
	f.Fuzz(func(t *testing.T, value []byte) {
		err := Guard(value)
		if err == nil {
			require.True(t, json.Valid(value))
			var compact bytes.Buffer
			require.NoError(t, json.Compact(&compact, value))
			require.NoError(t, Guard(compact.Bytes()), "spaces change nothing")
			return
		}
		malformed := err.(*Malformed)
		if malformed.Reason == ReasonNotJSON {
			require.False(t, json.Valid(value), "%s", err)
		}
	})
}

func BenchmarkGuard(b *testing.B) {
	b.SetBytes(int64(len(plainCommand)))
	b.ReportAllocs()
	for b.Loop() {
		if err := Guard(plainCommand); err != nil {
			b.Fatal(err)
		}
	}
}

package events_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
)

// TestAppend_WritesWhatTheStandardLibraryWrites covers the one payload that is too frequent for it.
func TestAppend_WritesWhatTheStandardLibraryWrites(t *testing.T) {
	t.Parallel()
	full := billingSamples()[0].(events.EmployeeInvoiced)
	for name, e := range map[string]events.EmployeeInvoiced{
		"with everything":       full,
		"without anything":      {},
		"only reviews":          {Run: full.Run, AsOf: full.AsOf, Reviews: full.Reviews},
		"only work":             {Run: full.Run, AsOf: full.AsOf, Work: full.Work},
		"a list of no lines":    {Run: full.Run, AsOf: full.AsOf, Lines: []billing.Line{}},
		"a run that needs care": {Run: "a\"b<c>", AsOf: full.AsOf, Lines: full.Lines},
	} {
		type plain events.EmployeeInvoiced // without its method
		want, err := json.Marshal(plain(e))
		require.NoError(t, err, name)
		got, err := events.Encode(e)
		require.NoError(t, err, name)
		require.Equal(t, string(want), string(got), name)
	}
}

func BenchmarkEncode_Invoiced(b *testing.B) {
	e := billingSamples()[0].(events.EmployeeInvoiced)
	b.Run("by hand", func(b *testing.B) { benchEncode(b, func() ([]byte, error) { return events.Encode(e) }) })
	type plain events.EmployeeInvoiced
	b.Run("standard library", func(b *testing.B) {
		benchEncode(b, func() ([]byte, error) { return json.Marshal(plain(e)) })
	})
}

func benchEncode(b *testing.B, encode func() ([]byte, error)) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		raw, err := encode()
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(raw)))
	}
}

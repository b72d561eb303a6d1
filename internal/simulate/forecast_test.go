package simulate

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
)

// update rewrites the goldens.
var update = flag.Bool("update", false, "rewrite the golden files")

const example = "../../docs/examples/employee.json"

func describe(t testing.TB, raw string) Described {
	t.Helper()
	d, err := ReadEmployee([]byte(raw))
	require.NoError(t, err)
	return d
}

func forecast(t testing.TB, raw, from, until string, policy ...Override) Forecast {
	t.Helper()
	var first billing.Date
	if from != "" {
		first = billing.MustDate(from)
	}
	f, err := describe(t, raw).Forecast(billing.DefaultPolicy(), first, billing.MustDate(until), policy...)
	require.NoError(t, err)
	return f
}

func TestTheExampleReadsAsABookkeeperExpects(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(example)
	require.NoError(t, err)
	var got strings.Builder
	require.NoError(t, forecast(t, string(raw), "", "2026-12-31").WriteTable(&got))
	const golden = "testdata/example.txt"
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(golden, []byte(got.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got.String())
}

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/bench"
)

// measured is a report with one figure, which has a floor.
func measured(figure float64, met bool) *bench.Report {
	return &bench.Report{Commands: 10, Measures: []bench.Measure{
		{Scenario: "commands", Name: "into the log", Unit: "commands/s", Figure: figure, Better: bench.Higher, Floor: 20_000,
			Met: &met},
	}}
}

func TestBench_ReportIsPrintedKeptAndJudged(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		report *bench.Report
		json   bool
		code   int
		prints string
	}{
		{"a floor that is met", measured(25_000, true), false, exitDone, "25 000 commands/s"},
		{"a floor that is missed", measured(15_000, false), false, exitMismatch, "no"},
		{"as JSON it is judged the same", measured(15_000, false), true, exitMismatch, `"met": false`},
		{"nothing was measured", &bench.Report{}, false, exitDone, ""},
		{"it did not come to a report", nil, false, exitDone, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			p := &program{out: &out, err: &errs, json: row.json, started: true}
			kept := filepath.Join(t.TempDir(), "now.json")
			require.Equal(t, row.code, p.code(p.reportBench(row.report, kept, true)))
			if row.prints == "" {
				require.Empty(t, out.String())
				require.NoFileExists(t, kept, "an empty report would take the place of a good one")
				return
			}
			require.Contains(t, out.String(), row.prints)
			raw, err := os.ReadFile(kept)
			require.NoError(t, err, "what missed its floor is kept too")
			var back bench.Report
			require.NoError(t, json.Unmarshal(raw, &back))
			require.Equal(t, *row.report, back)
		})
	}
}

func TestBench_OfSomethingUnknownIsRefusedBeforeAnythingStarts(t *testing.T) {
	t.Parallel()
	got := tenure(t, "bench", "--scenario", "weekend")
	require.Equal(t, exitError, got.code)
	require.Contains(t, got.err, `"weekend" is not one of commands, through, latency, night, years, year, rebuild`)
	require.Empty(t, got.out)
}

func TestBench_AListIsSplitAtCommas(t *testing.T) {
	t.Parallel()
	require.Nil(t, listed(""), "nothing is no element")
	require.Equal(t, []string{"a", "b"}, listed("a,b"))
}

package bench

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReport_AMeasureIsComparedWithFloorAndBaseline(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		m    Measure
		want []string
	}{
		{"a rate above its floor is met", Measure{Figure: 25_000, Unit: "commands/s", Baseline: 2_500, Floor: 20_000,
			Better: Higher},
			[]string{"25 000 commands/s", "2 500", "10.0 ×", "20 000", "yes"}},
		{"a rate below its floor is missed", Measure{Figure: 15_000, Unit: "commands/s", Floor: 20_000, Better: Higher},
			[]string{"15 000 commands/s", "", "", "20 000", "no"}},
		{"a time below its floor is met", Measure{Figure: 120, Unit: "s", Baseline: 30, Floor: 240, Better: Lower},
			[]string{"120 s", "30.0", "0.25 ×", "240", "yes"}},
		{"a time above its floor is missed", Measure{Figure: 300, Unit: "ms", Floor: 250, Better: Lower},
			[]string{"300 ms", "", "", "250", "no"}},
		{"without a floor nothing is said", Measure{Figure: 3, Unit: "ms", Better: Lower},
			[]string{"3.00 ms", "", "", "", ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var r Report
			r.add(c.m)
			require.Equal(t, c.want, r.Rows()[0][2:])
			require.Len(t, r.Rows()[0], len(Titles()))
			missed := c.want[4] == "no"
			require.Equal(t, missed, len(r.Missed()) == 1)
		})
	}
}

func TestReport_IsWrittenWhole(t *testing.T) {
	t.Parallel()
	r := Report{Machine: describe(), Commands: 5}
	r.add(Measure{Scenario: "night", Name: "lines", Unit: "lines/s", Figure: 1, Floor: 2, Better: Higher})
	path := filepath.Join(t.TempDir(), "now.json")
	require.NoError(t, r.WriteFile(path))
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	var back Report
	require.NoError(t, json.Unmarshal(raw, &back))
	require.Equal(t, r.Measures, back.Measures)
	require.Positive(t, back.Machine.Cores)
	require.NoFileExists(t, path+".partial")
	require.Error(t, r.WriteFile(filepath.Join(t.TempDir(), "missing", "now.json")))
}

func TestReport_AnUnknownScenarioIsRefused(t *testing.T) {
	t.Parallel()
	_, err := Run(t.Context(), Options{Scenarios: []string{"weekend"}})
	require.ErrorContains(t, err, `"weekend" is not one of commands, through, latency, night,`)
}

package bench

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReport_ListsWhatBecameSlower(t *testing.T) {
	t.Parallel()
	of := func(figure, baseline float64) *Report {
		r := &Report{}
		r.add(Measure{Scenario: "night", Name: "through", Unit: "s", Figure: figure, Baseline: baseline, Better: Lower,
			Steady: true})
		r.add(Measure{Scenario: "night", Name: "plan", Unit: "s", Figure: figure * figure, Baseline: 1, Better: Lower})
		r.add(Measure{Scenario: "night", Name: "memory", Unit: "MiB", Figure: figure, Better: Lower})
		return r
	}
	for _, row := range []struct {
		name   string
		now    *Report
		slower int
	}{
		{"the same", of(10, 2), 0},
		{"on a machine of half the speed", of(20, 4), 0},
		{"a tenth slower", of(11, 2), 0},
		{"a third slower", of(13.4, 2), 1},
		{"faster", of(5, 2), 0},
		{"without a baseline", of(10, 0), 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			require.Len(t, row.now.Slower(of(10, 2)), row.slower)
		})
	}
}

func TestReport_IsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	r := &Report{Employees: 3}
	r.add(Measure{Scenario: "night", Name: "through", Unit: "s", Figure: 1, Baseline: 2, Better: Lower})
	path := filepath.Join(t.TempDir(), "now.json")
	require.NoError(t, r.WriteFile(path))
	back, err := ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, r, back)
	_, err = ReadFile(path + ".none")
	require.ErrorContains(t, err, "bench: read report")
}

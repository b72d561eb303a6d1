package bench

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReport_ListsWhatBecameWorse(t *testing.T) {
	t.Parallel()
	of := func(wal, baseline, allocated float64) *Report {
		r := &Report{Employees: 3}
		r.add(Measure{Scenario: "night", Name: "WAL", Unit: "bytes", Figure: wal, Baseline: baseline, Better: Lower,
			Steady: true})
		r.add(Measure{Scenario: "night", Name: "allocated", Unit: "bytes", Figure: allocated, Better: Lower, Steady: true})
		r.add(Measure{Scenario: "night", Name: "plan", Unit: "s", Figure: wal * wal, Baseline: 1, Better: Lower})
		return r
	}
	for _, row := range []struct {
		name  string
		now   *Report
		worse int
	}{
		{"the same", of(10, 2, 100), 0},
		{"beside a baseline of twice the size", of(20, 4, 100), 0},
		{"a tenth worse", of(11, 2, 110), 0},
		{"WAL a third worse", of(13.4, 2, 100), 1},
		{"allocations a third worse", of(10, 2, 134), 1},
		{"better", of(5, 2, 50), 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			worse, err := row.now.Worse(of(10, 2, 100))
			require.NoError(t, err)
			require.Len(t, worse, row.worse)
		})
	}
}

func TestReport_IsNotComparedWithOneOfAnotherSize(t *testing.T) {
	t.Parallel()
	_, err := (&Report{Employees: 3}).Worse(&Report{Employees: 4})
	require.ErrorContains(t, err, "of 3 employees")
	_, err = (&Report{Employees: 3}).Worse(&Report{Employees: 3})
	require.ErrorContains(t, err, "no steady measure")
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

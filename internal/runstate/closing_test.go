package runstate

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tenure/billing"
)

func TestCycles_AreThoseToWhichNoLineCanBeAdded(t *testing.T) {
	t.Parallel()
	for _, r := range []struct {
		name, cycle, asOf string
		want              []string
	}{
		{"a night within the month closes nothing", billing.CycleMonthly, "2026-06-30", nil},
		{"the first closes the month", billing.CycleMonthly, "2026-07-01", []string{"2026-07"}},
		{"with documents for each run it closes its own", billing.CyclePerRun, "2026-06-30", []string{"2026-06-30"}},
		{"and the first also what the month's nights before that policy left", billing.CyclePerRun, "2026-07-01",
			[]string{"2026-07-01", "2026-07"}},
	} {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			p := billing.DefaultPolicy()
			p.DocumentCycle = r.cycle
			assert.Equal(t, r.want, cycles(p, billing.MustDate(r.asOf)))
		})
	}
}

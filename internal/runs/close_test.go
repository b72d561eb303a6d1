package runs

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/internal/audit"
	"tenure/scheduler"
)

func TestARunClosesTheCyclesOfWhichNoLineCanComeAnyMore(t *testing.T) {
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

// TestARunThatIsAbandonedWhileItClosesTellsTheDocumentsThatItIssued has one of three documents issued before the run is
// given up, and the others by the run after it: each tells its own, as what stands in the log of each does.
func TestARunThatIsAbandonedWhileItClosesTellsTheDocumentsThatItIssued(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-11-01T12:00:00Z")
	s.work()
	s.hire(3, "2026-10-01")
	d := s.driver()
	s.until(d, StateRunning)
	const night = "nightly/2026-11-01"
	require.Eventually(t, func() bool {
		run, err := Read(t.Context(), s.store, night)
		require.NoError(t, err)
		shards, err := s.store.RunShards(t.Context(), night)
		require.NoError(t, err)
		return through(run, shards)
	}, patience, look)
	page, err := s.store.CycleTotals(t.Context(), "2026-11", "", documentsPage)
	require.NoError(t, err)
	missing, own, err := d.missing(t.Context(), night, page, s.policy)
	require.NoError(t, err)
	require.Len(t, missing, 3)
	assert.Zero(t, own)
	require.NoError(t, d.publish(t.Context(), time.Now(), scheduler.Issue(night, missing[:1])))
	require.Eventually(t, func() bool {
		_, own, err = d.missing(t.Context(), night, page, s.policy)
		return err == nil && own == 1
	}, patience, look)
	require.Equal(t, domain.StatusApplied, s.answer(Abandon(night, "wrong prices", admin("one"))).Status)
	s.ensure(s.driver())
	assert.EqualValues(t, 1, s.abandoned("2026-11-01").Documents)

	s.clock.set("2026-11-02T12:00:00Z")
	s.ensure(s.driver())
	assert.EqualValues(t, 2, s.completed("2026-11-02").Documents)
	broken, err := audit.Violations(t.Context(), s.store)
	require.NoError(t, err)
	assert.Empty(t, broken)
}

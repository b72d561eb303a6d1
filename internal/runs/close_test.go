package runs

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/internal/audit"
	"tenure/internal/runstate"
	"tenure/scheduler"
)

// TestAbandon_ARunThatClosesReportsItsDocuments has one of three documents issued before the run is
// given up, and the others by the run after it: each tells its own, as what stands in the log of each does.
func TestAbandon_ARunThatClosesReportsItsDocuments(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-11-01T12:00:00Z")
	s.work()
	s.hire(3, "2026-10-01")
	d := s.driver()
	s.until(d, runstate.StateRunning)
	const night = "nightly/2026-11-01"
	require.Eventually(t, func() bool {
		run, err := runstate.Read(t.Context(), s.store, night)
		require.NoError(t, err)
		shards, err := s.store.RunShards(t.Context(), night)
		require.NoError(t, err)
		return runstate.Through(run, shards)
	}, patience, look)
	page, err := s.store.CycleTotals(t.Context(), "2026-11", "", documentsPage)
	require.NoError(t, err)
	missing, err := notIssued(t.Context(), s.store, page)
	require.NoError(t, err)
	require.Len(t, missing, 3)
	d.sent = map[string]*sentStep{}
	require.NoError(t, d.publish(t.Context(), time.Now(), scheduler.Issue(night, missing[:1])))
	require.Eventually(t, func() bool {
		counts, err := s.store.CountDocuments(t.Context(), "2026-11", night)
		return err == nil && counts.All == 3 && counts.Issued == 1 && counts.Own == 1
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

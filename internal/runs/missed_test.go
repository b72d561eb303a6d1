package runs

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/internal/runstate"
	"tenure/scheduler"
)

func TestApproveThrough_CatchesUpMissedNightsWithOneApproval(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	s.work()
	s.hire(2, "2026-10-01")
	d := s.driver()
	d.Bounds = scheduler.Bounds{DaysBehind: 1}
	s.ensure(d)
	s.clock.set("2026-11-06T12:00:00Z") // nobody drove the nights of the first five days
	status := s.until(d, runstate.StateWaiting)
	require.Equal(t, "nightly/2026-11-01", status.Run)
	require.Equal(t, 6, status.Behind)
	require.Equal(t, scheduler.BoundDaysBehind, status.Breaches[0].Bound)

	for _, wrong := range []string{"2026-10-31", "2026-11-07"} {
		refused := s.answer(ApproveThrough(status.Run, status.Plan, "seen", billing.MustDate(wrong), admin("one")))
		require.ErrorContains(t, refused.Error, "through", wrong)
	}
	approved := s.answer(ApproveThrough(status.Run, status.Plan, "the scheduler was down", billing.MustDate("2026-11-03"),
		admin("one")))
	require.Equal(t, domain.StatusApplied, approved.Status)
	status = s.until(d, runstate.StateWaiting)
	require.Equal(t, "nightly/2026-11-04", status.Run, "the nights behind the last one wait")
	approved = s.answer(ApproveThrough(status.Run, status.Plan, "and the rest", billing.MustDate("2026-11-06"),
		admin("one")))
	require.Equal(t, domain.StatusApplied, approved.Status)
	other := s.driver() // whoever drives finds the approval in the log
	other.Bounds = scheduler.Bounds{DaysBehind: 1}
	s.ensure(other)
	for _, night := range []string{"2026-11-01", "2026-11-03", "2026-11-05", "2026-11-06"} {
		s.completed(night)
	}
}

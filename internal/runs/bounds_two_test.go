package runs

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/runstate"
)

func TestStale_TwoProcessesWithOtherBoundsDoNotPlanInTurns(t *testing.T) {
	t.Parallel()
	s, d, status := waiting(t)
	other := s.driver()
	other.Bounds = tight
	other.Bounds.Amount = decimal.NewFromInt(20)
	theirs := s.until(other, runstate.StateWaiting)
	require.Equal(t, "20", theirs.Breaches[0].Limit, "a process that comes with other bounds plans once")
	before := s.messages(contract.BillingCommands)
	for range 3 {
		d.plan.at, other.plan.at = time.Time{}, time.Time{} // time passes
		require.Equal(t, theirs, s.until(d, runstate.StateWaiting))
		require.Equal(t, theirs, s.until(other, runstate.StateWaiting))
	}
	require.Equal(t, before, s.messages(contract.BillingCommands))
	require.Equal(t, status.Plan, theirs.Plan)
}

package runs

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/internal/runstate"
)

// TestDriver_StartsANightThatIsPlannedAgainAtTheSameInstant has the start of a night refused by a worker with another
// policy. The next plan says the same and is of the same time, since a simulated clock does not move: its start is
// another command all the same, or the night would be refused for good.
func TestDriver_StartsANightThatIsPlannedAgainAtTheSameInstant(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	other, err := s.policy.With("scale", "3")
	require.NoError(t, err)
	other, err = other.Ready()
	require.NoError(t, err)
	stop := s.workUnder(other)
	s.hire(2, "2026-10-01")
	s.keepsPolicy(other) // at the claim
	own, err := json.Marshal(s.policy)
	require.NoError(t, err)
	require.NoError(t, s.store.KeepPolicy(t.Context(), own))
	var refused []string
	first := s.driver()
	require.Eventually(t, func() bool {
		status, err := first.Ensure(t.Context())
		require.NoError(t, err)
		refused = status.Refused
		return len(refused) > 0
	}, patience, look)
	require.Contains(t, refused[0], "under another policy")
	stop()

	s.work()
	s.ensure(s.driver())

	run, err := runstate.Read(t.Context(), s.store, "nightly/2026-10-31")
	require.NoError(t, err)
	require.True(t, run.Completed)
}

// keepsPolicy waits until a worker has published its policy.
func (s *system) keepsPolicy(policy billing.Policy) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		raw, err := s.store.Policy(s.t.Context())
		var kept billing.Policy
		return err == nil && raw != nil && json.Unmarshal(raw, &kept) == nil && kept.Scale == policy.Scale
	}, patience, look)
}

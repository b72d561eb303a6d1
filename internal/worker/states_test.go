package worker_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/audit"
	"tenure/internal/store"
)

func TestAudit_FindsAStateThatIsNotTheFoldOfItsEvents(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	s.send(hire(1), hire(2), hire(3), hire(4), hire(5))
	s.outcome(hire(5))
	for n := 1; n < 5; n++ {
		s.outcome(hire(n))
	}
	s.night()
	states := func(sample int) (details []string) {
		o := audit.Options{Only: []string{"states"}, Sample: sample}
		require.NoError(t, audit.Run(t.Context(), s.store, o, func(r audit.Result) error {
			for _, v := range r.Found {
				details = append(details, v.Detail)
			}
			return nil
		}))
		return details
	}
	require.Empty(t, states(0))

	s.sql("UPDATE subjects SET state = decode(replace(encode(state, 'escape'), 'ENABLED', 'DISABLED'), 'escape') "+
		"WHERE stream = $1::text", stream(1))
	s.sql("UPDATE subjects SET version = version - 1 WHERE stream = $1::text", stream(2))
	s.sql("UPDATE subjects SET coverage = '{}' WHERE stream = $1::text", stream(3))
	s.sql("DELETE FROM events WHERE stream = $1::text AND version = 2", stream(4))
	want := []string{
		"the state of " + stream(1) + " at version 4 is not what its events say",
		"stream " + stream(2) + " is kept at version 3, its events end at 4",
		"other days of " + stream(3) + " are billed than its lines bill",
		"stream " + stream(4) + " cannot be folded: history: " + stream(4) +
			" has no event of version 2: its log must be restored",
	}
	require.ElementsMatch(t, want, states(0))
	require.ElementsMatch(t, want, states(1000))
	require.LessOrEqual(t, len(states(1)), 1)
	for n := 1; n <= 3; n++ {
		s.repaired(store.Repair{Shard: s.history(employeeID(n))[0].Shard, Action: store.RepairState, Stream: stream(n)})
	}
	require.Equal(t, want[3:], states(0), "the others are mended")
}

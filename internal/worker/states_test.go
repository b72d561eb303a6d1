package worker_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/store"
	"tenure/internal/worker"
)

func TestAStateThatIsNotTheFoldOfItsEventsIsFound(t *testing.T) {
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
	states := func(a worker.StatesAudit) (details []string) {
		found, err := worker.AuditStates(t.Context(), s.store, a)
		require.NoError(t, err)
		for _, v := range found {
			require.Equal(t, worker.StatesCheck.Name, v.Check)
			details = append(details, v.Detail)
		}
		return details
	}
	compared := 0
	require.Empty(t, states(worker.StatesAudit{Progress: func(n int) { compared = n }}))
	require.Greater(t, compared, 5, "runs and the catalogue too")

	s.sql("UPDATE subjects SET state = replace(convert_from(state, 'UTF8'), 'ENABLED', 'DISABLED')::bytea WHERE stream = $1::text", stream(1))
	s.sql("UPDATE subjects SET version = version - 1 WHERE stream = $1::text", stream(2))
	s.sql("UPDATE subjects SET coverage = '{}' WHERE stream = $1::text", stream(3))
	s.sql("DELETE FROM events WHERE stream = $1::text AND version = 2", stream(4))
	want := []string{
		"the state of " + stream(1) + " at version 4 is not what its events say",
		"stream " + stream(2) + " is kept at version 3, its events end at 4",
		"other days of " + stream(3) + " are covered than its lines cover",
		"stream " + stream(4) + " cannot be folded: worker: " + stream(4) + " has no event of version 2: its log must be restored",
	}
	require.Equal(t, want, states(worker.StatesAudit{}))
	require.ElementsMatch(t, want, states(worker.StatesAudit{Sample: 1000, Word: "any"}))
	require.LessOrEqual(t, len(states(worker.StatesAudit{Sample: 1, Word: "any"})), 1)
	for n := 1; n <= 3; n++ {
		s.repaired(store.Repair{Shard: s.history(employeeID(n))[0].Shard, Action: store.RepairState, Stream: stream(n)})
	}
	require.Equal(t, want[3:], states(worker.StatesAudit{}), "the others are mended")
}

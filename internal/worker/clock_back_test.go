package worker_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/internal/clock"
	"tenure/internal/command"
	"tenure/internal/feed"
	"tenure/internal/test/database"
	"tenure/internal/worker"
)

// sentAt is a command as a sender stamps it whose clock shows another time.
func sentAt(n int, id string, by time.Duration) command.Command {
	c := title(n, id)
	c.At = c.At.Add(by)
	return c
}

// sendDated sends commands of senders whose clocks are wrong. Their records have the right time: a broker refuses those
// that are hours ahead of it.
func (s *system) sendDated(all ...command.Command) {
	s.t.Helper()
	s.sendTaken(time.Now(), all...)
}

// The clock of the database is put back by an hour. Commands near both ends of the times that are taken come meanwhile,
// and a repetition of what was answered: none is refused or taken because of that hour.
func TestWorker_AgesOfCommandsWhileTheClockOfTheDatabaseIsBehind(t *testing.T) {
	t.Parallel()
	const month, day, half = 30 * 24 * time.Hour, 24 * time.Hour, 30 * time.Minute
	s := newSystem(t, "2026-10-30T12:00:00Z")
	server := database.NewClock(t, s.dsn)
	s.sql("DELETE FROM clock") // real time counts
	seen := &retries{}
	s.startWith(&worker.Worker{Observer: seen, Clock: clock.System{}})
	s.company()
	s.hired(1, 1)
	before := sentAt(1, "before", 0)
	s.send(before)
	require.Equal(t, domain.StatusApplied, s.outcome(before).Status)

	server.Shift(-time.Hour)
	refused := seen.n.Load()
	taken := []command.Command{sentAt(1, "now", 0), sentAt(1, "old", half-month), sentAt(1, "ahead", day-half)}
	tooOld := sentAt(1, "too-old", -month-half)
	s.sendDated(append(taken, tooOld, before)...)
	s.eventually("the database refuses them several times", func() bool { return seen.n.Load() > refused+3 })
	require.Len(t, s.finals(1), 2, "nothing is answered for good meanwhile")

	server.Shift(0)
	for _, c := range taken {
		require.Equal(t, domain.StatusApplied, s.outcome(c).Status, c.ID)
	}
	require.Equal(t, "410 The command is older than 30 days: whether it took effect is no longer known", s.word(tooOld))
	s.eventually("the repetition has the first answer", func() bool {
		told := s.told(employeeID(1))
		return told[len(told)-1] == "applied again"
	})
	for id, times := range s.finals(1) {
		require.Equal(t, 1, times, id)
	}
	s.audited()
}

// A command whose sender's clock was ahead is sent again when its outcome is as old as one may be, and the clock of the
// database was an hour ahead until a moment ago.
func TestPurge_ARepetitionIsKnownAfterTheClockOfTheDatabaseWasPutBack(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	clock := database.NewClock(t, s.dsn)
	stop := s.startWorker()
	s.company()
	s.hired(1, 1)
	first := title(1, "first")
	s.send(first)
	require.Equal(t, domain.StatusApplied, s.outcome(first).Status)
	stop()
	s.sql("UPDATE outcomes SET recorded = now() - INTERVAL '31 days' + INTERVAL '30 minutes' WHERE command_id = 'first'")
	s.sql("UPDATE outcomes SET recorded = now() - INTERVAL '40 days' WHERE command_id <> 'first'")
	s.sql("INSERT INTO subscriptions (name, shard, position) SELECT $1::text, shard, outcomes_head FROM shards",
		feed.OutcomesName)

	clock.Shift(time.Hour)
	stop = s.startWorker()
	s.eventually("what is older is gone", func() bool {
		_, known, err := s.store.Outcome(t.Context(), stream(1), "hire-1")
		require.NoError(t, err)
		return !known
	})
	stop()
	clock.Shift(0)
	s.startWorker()
	s.send(first)
	s.eventually("it is answered as before", func() bool {
		told := s.told(employeeID(1))
		return told[len(told)-1] == "applied again"
	})
}

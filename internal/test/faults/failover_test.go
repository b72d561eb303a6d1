package faults

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/internal/command"
	"tenure/internal/test/database"
)

// TestFailover_LostCommitsUnderTraffic promotes, on each day of a life, a standby without the last commits, while
// commands are on their way.
func TestFailover_LostCommitsUnderTraffic(t *testing.T) {
	t.Parallel()
	failover(t, func(s *system, standby *database.Standby, people []command.Command) {
		s.publish(people...)
		s.answered(people[:len(people)/2]...)
		standby.Promote()
	})
}

// TestFailover_LostCommitsWithoutTraffic promotes it when everything was answered and read, and nothing new comes.
func TestFailover_LostCommitsWithoutTraffic(t *testing.T) {
	t.Parallel()
	onlyWithAll(t)
	failover(t, func(s *system, standby *database.Standby, people []command.Command) {
		s.order(people...)
		s.quiet()
		standby.Promote()
	})
}

// failover has a standby promoted on each day. The processes live on: they take from Kafka again what was lost, and it
// comes to the same. A relay that looked at its topics before that has stopped, and says so; an operator starts its
// process again, as docs/ops.md tells.
func failover(t *testing.T, promote func(*system, *database.Standby, []command.Command)) {
	t.Helper()
	life, want, s := short(t)
	s.start()
	s.start()
	s.live(life, func(day int) {
		catalogue, people := split(life.days[day])
		s.order(catalogue...)
		promote(s, database.NewStandby(t, s.dsn), people)
		s.answered(people...)
	})
	s.killAll()
	s.start()
	s.whole(want)
}

// TestDatabase_KilledSessions ends all sessions of the database again and again, as an operator or a pooler does.
func TestDatabase_KilledSessions(t *testing.T) {
	t.Parallel()
	onlyWithAll(t)
	life, want, s := short(t)
	sessions := database.NewStandby(t, s.dsn)
	t.Cleanup(sessions.Drop)
	s.start()
	enough, done := make(chan struct{}), make(chan int)
	go func() {
		kills := 0
		for ; s.gotOn(enough); kills++ {
			sessions.EndSessions()
		}
		done <- kills
	}()
	s.live(life, nil)
	close(enough)
	require.Positive(t, <-done)
	s.whole(want)
}

// TestDatabase_ALongSnapshotElsewhere keeps a snapshot of the database open for a whole life, as a dump does: nothing
// that changes can be cleaned up meanwhile.
func TestDatabase_ALongSnapshotElsewhere(t *testing.T) {
	t.Parallel()
	onlyWithAll(t)
	life, want, s := short(t)
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM shards",
		pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	s.start()
	s.live(life, nil)
	s.whole(want)
	_, err = conn.Exec(ctx, "COMMIT")
	require.NoError(t, err, "the snapshot was open all the time")
}

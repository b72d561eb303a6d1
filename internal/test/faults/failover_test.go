package faults

import (
	"context"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/internal/command"
	"tenure/internal/test/database"
	"tenure/internal/test/environment"
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
		s.killAll()
		s.start()
		s.start()
	})
	s.whole(want)
}

// TestFailover_ToTheOtherServerOfAnAddress names two servers in one address, of which the first is a standby without
// the last commits. The server that is written to dies, the standby takes over, and the processes find it.
func TestFailover_ToTheOtherServerOfAnAddress(t *testing.T) {
	t.Parallel()
	onlyWithAll(t)
	life := newScript(seed(t), lifeBegins, shortLife, ordersADay)
	want := undisturbed(t, life)
	primary, standby := newDatabase(t), newDatabase(t)
	s := newSystemOn(t, life, primary.server.DSN())
	later := withUserOf(t, primary.server.DSN(), standby.server.DSN())
	statements(t, later, "ALTER DATABASE tenure SET default_transaction_read_only = on")
	both := *address(t, s.dsn)
	both.Host = address(t, later).Host + "," + both.Host
	both.RawQuery += "&target_session_attrs=read-write"
	s.startWithin(both.String(), s.bus)
	s.startWithin(both.String(), s.bus)
	s.live(life, inTheMiddle(func(day int) {
		catalogue, people := split(life.days[day])
		s.order(catalogue...)
		s.quiet()
		writable := later + "&options=-c%20default_transaction_read_only%3Doff"
		copyDatabase(t, s.dsn, writable)
		s.publish(people...)
		primary.kill()
		statements(t, writable, "ALTER DATABASE tenure RESET default_transaction_read_only")
		s.dsn, s.store = later, environment.Store(t, later)
		s.answered(life.days[day]...)
	}))
	s.killAll() // a relay may have seen its topics first
	s.start()
	s.whole(want)
}

func address(t *testing.T, dsn string) *url.URL {
	t.Helper()
	at, err := url.Parse(dsn)
	require.NoError(t, err)
	return at
}

// withUserOf gives a server the password of another one, and returns its address with it.
func withUserOf(t *testing.T, one, other string) string {
	t.Helper()
	user, at := address(t, one).User, address(t, other)
	password, _ := user.Password()
	statements(t, other, "ALTER ROLE "+pgx.Identifier{user.Username()}.Sanitize()+" PASSWORD '"+password+"'")
	at.User = user
	return at.String()
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
	conn := connect(t, s.dsn)
	defer func() { _ = conn.Close(ctx) }()
	_, err := conn.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM shards",
		pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	s.start()
	s.live(life, nil)
	s.whole(want)
	_, err = conn.Exec(ctx, "COMMIT")
	require.NoError(t, err, "the snapshot was open all the time")
}

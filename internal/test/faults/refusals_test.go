package faults

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"tenure/internal/command"
	"tenure/internal/test/database"
	"tenure/internal/test/digest"
	"tenure/internal/test/pooler"
)

// refusals are what a server says that has no more room, memory or patience, or has ended one of two transactions that
// waited for each other.
var refusals = []string{
	"53100", // the disk is full
	"53200", // no memory
	"40P01", // a deadlock
	"40001", // two transactions cannot both be
	"55P03", // a lock
	"57014", // the time of a statement is over
	"58030", // the disk fails
}

// TestDatabase_RefusesAtRandom has the database refuse one of so many writes and moves of checkpoints, with each of
// the refusals, all the time while a life continues.
func TestDatabase_RefusesAtRandom(t *testing.T) {
	t.Parallel()
	onlyWithAll(t)
	database.OneServer(t, "a table of several nodes has no triggers")
	life, want, s := short(t)
	statements(t, s.dsn, fmt.Sprintf(`
CREATE SEQUENCE refused;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE codes text[] := '{%s}';
BEGIN
    IF random() < 0.2 THEN
        RAISE EXCEPTION 'refused by a test' USING ERRCODE = codes[1 + nextval('refused') %% %d];
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON shards FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER refuse BEFORE UPDATE ON subscriptions FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse()`,
		strings.Join(refusals, ","), len(refusals)))
	s.start()
	s.live(life, nil)
	statements(t, s.dsn, "DROP FUNCTION refuse CASCADE")
	s.whole(want)
	require.Greater(t, number(t, s.dsn, "SELECT last_value FROM refused"), len(refusals), "each was said")
}

// TestDatabase_AnswersSlowly has every answer of the database come late.
func TestDatabase_AnswersSlowly(t *testing.T) {
	t.Parallel()
	onlyWithAll(t)
	life, want, s := short(t)
	w, through := newWire(t, s.dsn)
	s.startWithin(through, s.bus)
	w.late.Store(int64(answersLate))
	s.live(life, nil)
	w.late.Store(0)
	s.whole(want)
}

// answersLate is a hundred times what an answer takes.
const answersLate = 30 * time.Millisecond

// TestServers_NoConnectionIsLeft takes all connections of the server on each day of a life, while commands are on their
// way, and ends those of the processes.
func TestServers_NoConnectionIsLeft(t *testing.T) {
	t.Parallel()
	onlyWithAll(t)
	life := newScript(seed(t), lifeBegins, shortLife, ordersADay)
	want := undisturbed(t, life)
	d := newDatabase(t)
	s := newSystemOn(t, life, d.server.DSN())
	s.start()
	s.live(life, func(day int) {
		s.underWay(life.days[day])
		take := takeConnections(t, s.dsn)
		<-time.After(withoutConnections)
		for _, conn := range take {
			_ = conn.Close(context.Background())
		}
	})
	s.whole(want)
}

// withoutConnections is longer than a lease of a reader lasts, and than a session of a worker.
const withoutConnections = 8 * time.Second

// takeConnections opens connections until there are none, also those of others, which are ended.
func takeConnections(t *testing.T, dsn string) (all []*pgx.Conn) {
	t.Helper()
	ended := false
	for {
		conn, err := pgx.Connect(t.Context(), dsn)
		var full *pgconn.PgError
		switch {
		case err == nil:
			all = append(all, conn)
		case errors.As(err, &full) && strings.HasPrefix(full.Code, "53"):
			if ended {
				require.NotEmpty(t, all)
				return all
			}
			_, err := all[0].Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND application_name LIKE 'tenure%'`)
			require.NoError(t, err)
			ended = true
		default:
			require.NoError(t, err)
		}
	}
}

// TestServers_ABrokerThatIsAwayForLong has no broker for longer than any session, lease and pause, on each day.
func TestServers_ABrokerThatIsAwayForLong(t *testing.T) {
	t.Parallel()
	onlyWithAll(t)
	life, want, s := short(t)
	s.start()
	s.start()
	s.live(life, inTheMiddle(func(day int) {
		s.underWay(life.days[day])
		s.broker.kill()
		<-time.After(brokerAway)
		s.broker.start()
	}))
	s.whole(want)
}

// brokerAway is longer than a request waits for its answer.
const brokerAway = 90 * time.Second

// TestDatabase_BehindAPooler lives behind a pooler that keeps sessions apart.
func TestDatabase_BehindAPooler(t *testing.T) {
	t.Parallel()
	onlyWithAll(t)
	database.OneServer(t, "a pooler stands before a single server")
	life, want, s := short(t)
	s.startWithin(pooler.Start(t, s.dsn, pooler.Session), s.bus)
	s.live(life, nil)
	s.whole(want)
}

// TestDelivery_TheSameIntentUnderOtherIDs sends each command again at once under another id, as a sender does that
// heard nothing. What was ordered once is billed once.
func TestDelivery_TheSameIntentUnderOtherIDs(t *testing.T) {
	t.Parallel()
	onlyWithAll(t)
	life, want, s := short(t)
	s.start()
	again := life
	again.days = nil
	for _, day := range life.days {
		var twice []command.Command
		for _, o := range day {
			other := o
			other.ID = "again-" + o.ID
			twice = append(twice, o, other)
		}
		again.days = append(again.days, twice)
	}
	s.live(again, nil)
	s.quiet()
	s.audited()
	digest.TopicsHoldTheLog(t, s.store, s.bus)
	got := digest.Of(t, s.store)
	require.Equal(t, want.Lines, got.Lines)
	require.Equal(t, want.Totals, got.Totals)
}

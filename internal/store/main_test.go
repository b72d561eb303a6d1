package store

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"tenure/internal/test/database"
)

// TestMain starts one PostgreSQL for all tests of the package.
func TestMain(m *testing.M) {
	os.Exit(database.Main(m, database.Steps{Migrate: Migrate, Distribute: Distribute}))
}

// Waits for what another session does: until it has happened, or the test fails.
const (
	waitMax   = 5 * time.Minute
	waitPause = 10 * time.Millisecond
)

// newStore is a store on a database of the test's own.
func newStore(t testing.TB) *Store {
	t.Helper()
	return openStore(t, Config{DSN: database.Migrated(t)})
}

func openStore(t testing.TB, c Config) *Store {
	t.Helper()
	c.MaxConns = cmp.Or(c.MaxConns, 4)
	s, err := Open(t.Context(), c)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

// topicOf is a topic as a broker would tell it, with the messages 0 to 999 999.
func topicOf(shard ShardID) Topic {
	return Topic{Name: fmt.Sprintf("topic-%d", shard.Family()), Partition: shard.Partition(), ID: "topic-id",
		Newest: 1_000_000}
}

// claimed is a claim on a shard.
func claimed(t testing.TB, s *Store, shard ShardID) *Claim {
	t.Helper()
	c, err := s.Claim(t.Context(), shard, topicOf(shard))
	require.NoError(t, err)
	return &c
}

// noon is a business time of the tests, which is past.
var noon = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)

// event is one event of a stream, made by the command c<version>.
func event(stream string, version int32) Event {
	return Event{
		Stream: stream, Version: version, Type: "employee.updated.v1", At: noon, CommandID: fmt.Sprintf("c%d", version),
		Actor: []byte(`{"employee":"e1"}`), Payload: []byte(`{"department":"Sales"}`),
	}
}

// outcome is the final answer to a command.
func outcome(stream, command string) Outcome {
	return Outcome{
		Command: CommandKey(stream, command), Stream: stream, CommandID: command, Content: []byte{1, 2, 3},
		Final: true, At: noon,
		Answer: []byte(`{"outcome":"applied"}`),
	}
}

// plain is a write of one event, its subject and its outcome for each stream, taking one message each. The streams are
// at the version given.
func plain(c *Claim, version int32, streams ...string) Write {
	w := Write{NextOffset: c.NextOffset + int64(len(streams)), CatalogVersion: -1, DecidedAt: noon}
	for _, stream := range streams {
		w.Events = append(w.Events, event(stream, version))
		w.Subjects = append(w.Subjects, Subject{Stream: stream, Version: version, State: []byte(`{"v":1}`)})
		w.Outcomes = append(w.Outcomes, outcome(stream, fmt.Sprintf("c%d", version)))
	}
	return w
}

// filled writes events to a shard until it has n of them, with an outcome for each, and returns their places.
func filled(t testing.TB, s *Store, shard ShardID, n int) []Place {
	t.Helper()
	c := claimed(t, s, shard)
	places := []Place{{Chain: []byte{}}}
	for version := int32(1); len(places) <= n; version++ {
		require.NoError(t, s.Write(t.Context(), c, plain(c, version, fmt.Sprintf("employee/of-%d", shard))))
		places = append(places, Place{Position: c.Head, Chain: c.Chain})
	}
	return places
}

// covering is a write of one event that changes the covered days of a stream.
func covering(c *Claim, stream string, version int32, added, removed []Range) Write {
	w := plain(c, version, stream)
	w.Subjects[0].Added, w.Subjects[0].Removed = added, removed
	return w
}

// count is the number that a query returns.
func count(t testing.TB, s *Store, sql string, args ...any) int64 {
	t.Helper()
	var n int64
	require.NoError(t, s.pool.QueryRow(t.Context(), sql, args...).Scan(&n))
	return n
}

// rowsOf counts all rows of the log's tables, so that a test can say that nothing was written.
func rowsOf(t testing.TB, s *Store) string {
	t.Helper()
	var all []string
	for _, table := range []string{"events", "subjects", "outcomes", "parked", "run_shards", "run_totals", "run_reasons"} {
		all = append(all, fmt.Sprintf("%s %d", table, count(t, s, "SELECT count(*) FROM "+table)))
	}
	return strings.Join(all, ", ")
}

// requireDense requires that shards have positions 1..head, streams versions 1..n, and runs a reason for each employee
// who was not billed.
func requireDense(t testing.TB, s *Store) {
	t.Helper()
	for what, sql := range map[string]string{
		"positions": `SELECT count(*) FROM shards AS s WHERE head <> (SELECT count(*) FROM events AS e WHERE e.shard = s.shard AND e.pos <= s.head)`,
		"versions":  `SELECT count(*) FROM (SELECT 1 FROM events GROUP BY stream HAVING count(*) <> max(version)) AS holes`,
		"counts":    `SELECT count(*) FROM run_shards WHERE examined <> billed + not_billed`,
	} {
		require.Zero(t, count(t, s, sql), what)
	}
}

// damage runs statements against the database behind the store's back.
func damage(t testing.TB, s *Store, statements ...string) {
	t.Helper()
	pool, err := pgxpool.NewWithConfig(t.Context(), s.pool.Config())
	require.NoError(t, err)
	defer pool.Close()
	for _, sql := range statements {
		_, err := pool.Exec(t.Context(), sql, pgx.QueryExecModeExec)
		require.NoError(t, err, sql)
	}
}

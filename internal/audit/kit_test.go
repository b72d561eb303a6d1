package audit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/internal/store"
	"tenure/internal/test/environment"
)

func TestMain(m *testing.M) { environment.Main(m) }

// noon is a business time of the tests.
var noon = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)

// newStore is a store on a database of the test's own.
func newStore(t testing.TB) *store.Store {
	t.Helper()
	return environment.Store(t, environment.Simulated(t))
}

// claimed is a claim on a shard.
func claimed(t testing.TB, s *store.Store, shard store.ShardID) *store.Claim {
	t.Helper()
	c, err := s.Claim(t.Context(), shard, store.Topic{
		Name: fmt.Sprintf("topic-%d", shard.Family()), Partition: shard.Partition(), ID: "topic-id",
		Newest: 1_000_000,
	})
	require.NoError(t, err)
	return &c
}

// plain is a write of one event, its subject and its outcome for each stream, taking one message each.
func plain(c *store.Claim, version int32, streams ...string) store.Write {
	w := store.Write{NextOffset: c.NextOffset + int64(len(streams)), CatalogVersion: -1, DecidedAt: noon}
	command := fmt.Sprintf("c%d", version)
	for _, stream := range streams {
		w.Events = append(w.Events, store.Event{
			Stream: stream, Version: version, Type: "employee.updated.v1", At: noon, CommandID: command,
			Actor: []byte(`{"employee":"e1"}`), Payload: []byte(`{"department":"Sales"}`),
		})
		w.Subjects = append(w.Subjects, store.Subject{Stream: stream, Version: version, State: []byte(`{"v":1}`)})
		w.Outcomes = append(w.Outcomes, store.Outcome{
			Command: store.CommandKey(stream, command), Stream: stream, CommandID: command, Content: []byte{1, 2, 3},
			Final: true, At: noon,
			Answer: []byte(`{"outcome":"applied"}`),
		})
	}
	return w
}

// fullWrite is a write of everything that a batch may change.
func fullWrite(c *store.Claim, stream string) store.Write {
	w := plain(c, 1, stream)
	w.Parked = []store.Parked{{Topic: "t", Offset: c.NextOffset, Reason: "malformed", At: noon}}
	w.OpenRuns = []store.RunShard{{Run: "r", BusinessDate: 739_000}}
	w.Chunk = &store.Chunk{Run: "r", CursorDue: 739_000, CursorStream: stream, Examined: 1, NotBilled: 1,
		Totals: []store.Total{{DocumentRef: "d"}}, Reasons: []store.Reason{{Stream: stream, Reason: "held"}}}
	return w
}

// laterInstant is an event's time and a microsecond. On a cluster nothing in it may depend on the session's zone.
const laterInstant = `(at AT TIME ZONE 'UTC' + INTERVAL '1 microsecond') AT TIME ZONE 'UTC'`

// damage runs statements against the database behind the store's back.
func damage(t testing.TB, s *store.Store, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		b := &pgx.Batch{}
		b.Queue(sql)
		require.NoError(t, s.InTx(t.Context(), b), sql)
	}
}

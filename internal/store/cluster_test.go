package store

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/internal/test/database"
)

// onCluster is a store on a cluster; the test is left out where there is none.
func onCluster(t *testing.T) *Store {
	t.Helper()
	if !database.Distributed() {
		t.Skip("TENURE_CITUS_DSN names no cluster: make test-citus")
	}
	return newStore(t)
}

// counted is how many statements of a database went to one part of the tables, and how many to several.
func counted(t *testing.T, s *Store) (single, several int64) {
	t.Helper()
	require.NoError(t, s.pool.QueryRow(t.Context(), `
SELECT query_execution_single_shard, query_execution_multi_shard
FROM citus_stat_counters WHERE name = current_database()`).Scan(&single, &several))
	return single, several
}

// hot is what a worker and a reader do with a shard all the time: they know and write a batch, they open a run and bill
// a chunk of it, and read and pass a page.
func hot(t *testing.T, s *Store, c *Claim, lease *Lease, version int32) {
	t.Helper()
	ctx := t.Context()
	_, err := s.Read(ctx, Read{Shard: c.Shard, Streams: []string{"employee/a"}})
	require.NoError(t, err)
	w := plain(c, version, "employee/a")
	w.OpenRuns = []RunShard{{Run: "run", BusinessDate: night, Manifest: []byte("{}")}}
	require.NoError(t, s.Write(ctx, c, w))
	chunk := plain(c, version+1, "employee/a")
	chunk.Chunk = &Chunk{Run: "run", CursorDue: night, CursorStream: "employee/a", Examined: 1, Billed: 1}
	require.NoError(t, s.Write(ctx, c, chunk))
	due, err := s.BillDue(ctx, c.Shard, night, 0, "", 10)
	require.NoError(t, err)
	require.Empty(t, due)
	page, err := s.EventsBehind(ctx, c.Shard, lease.Place(), 10, 1<<20, nil)
	require.NoError(t, err)
	require.NotEmpty(t, page)
	require.NoError(t, s.AdvanceNow(ctx, lease, page[len(page)-1].Place()))
}

func TestCluster_NoStatementOfTheHotPathsTouchesTwoNodes(t *testing.T) {
	t.Parallel()
	s := onCluster(t)
	shards := []ShardID{0, 1, 2, 3}
	claims := make([]*Claim, len(shards))
	for i, shard := range shards {
		claims[i] = claimed(t, s, shard)
	}
	leases, err := s.Lease(t.Context(), "sample", shards, "owner", time.Hour)
	require.NoError(t, err)
	require.Len(t, leases, len(shards))
	before, several := counted(t, s)
	for round := range int32(3) {
		for i := range claims {
			hot(t, s, claims[i], &leases[i], 1+2*round)
		}
	}
	after, more := counted(t, s)
	require.Greater(t, after, before, "statements are counted")
	require.Equal(t, several, more, "statements that went to several parts")
}

// share is what a node did: rows that it keeps, transactions that it committed, and bytes of WAL that it wrote.
type share struct{ rows, transactions, wal int64 }

// A second node takes half of the work of the first: parts of the tables are spread over them. It does not run beside
// other tests, whose work would count.
func TestCluster_EachNodeHasItsShareOfTheWork(t *testing.T) { // it counts what nodes do
	s := onCluster(t)
	const shards, events = 64, 20
	before := shares(t, s)
	for shard := range ShardID(shards) {
		filled(t, s, shard, events)
	}
	require.Eventually(t, func() bool { // a session reports its transactions within a second
		return shares(t, s)["all"].transactions > before["all"].transactions+shards*events
	}, 30*time.Second, waitPause)
	after := shares(t, s)
	all := after["all"].less(before["all"])
	require.EqualValues(t, shards*events, all.rows)
	for node, now := range after {
		if node == "all" {
			continue
		}
		done := now.less(before[node])
		t.Logf("node %s: %d of %d rows, %d of %d transactions, %d of %d bytes of WAL", node, done.rows, all.rows,
			done.transactions, all.transactions, done.wal, all.wal)
		require.InDelta(t, 0.5, float64(done.rows)/float64(all.rows), 0.2, "rows")
		require.InDelta(t, 0.5, float64(done.transactions)/float64(all.transactions), 0.2, "transactions")
		require.InDelta(t, 0.5, float64(done.wal)/float64(all.wal), 0.2, "bytes of WAL")
	}
}

func (s share) less(o share) share {
	return share{rows: s.rows - o.rows, transactions: s.transactions - o.transactions, wal: s.wal - o.wal}
}

// shares is what each node has done so far, by its port, and all together.
func shares(t *testing.T, s *Store) map[string]share {
	t.Helper()
	found := map[string]share{}
	sum := share{}
	for node, rows := range nodeCounts(t, s) {
		found[node] = share{rows: rows}
		sum.rows += rows
	}
	rows, err := s.pool.Query(t.Context(), `
SELECT nodeport::text, split_part(result, ' ', 1)::bigint, split_part(result, ' ', 2)::bigint
FROM run_command_on_workers($$
    SELECT xact_commit || ' ' || pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint
    FROM pg_stat_database WHERE datname = current_database()$$)`)
	require.NoError(t, err)
	var node string
	var one share
	_, err = pgx.ForEachRow(rows, []any{&node, &one.transactions, &one.wal}, func() error {
		found[node] = share{rows: found[node].rows, transactions: one.transactions, wal: one.wal}
		sum.transactions, sum.wal = sum.transactions+one.transactions, sum.wal+one.wal
		return nil
	})
	require.NoError(t, err)
	found["all"] = sum
	return found
}

// nodeCounts counts the events on each node, in its tables.
func nodeCounts(t *testing.T, s *Store) map[string]int64 {
	t.Helper()
	rows, err := s.pool.Query(t.Context(), `
SELECT nodeport::text, sum(result::bigint)::bigint
FROM run_command_on_placements('events', 'SELECT count(*) FROM %s')
GROUP BY nodeport`)
	require.NoError(t, err)
	counts := map[string]int64{}
	var node string
	var count int64
	_, err = pgx.ForEachRow(rows, []any{&node, &count}, func() error { counts[node] = count; return nil })
	require.NoError(t, err)
	return counts
}

func TestCluster_EveryTableIsWhereItsRowsAreWritten(t *testing.T) {
	t.Parallel()
	s := onCluster(t)
	rows, err := s.pool.Query(t.Context(), `
SELECT logicalrelid::text, partmethod::text, colocationid = (SELECT colocationid FROM pg_dist_partition
                                                             WHERE logicalrelid = 'shards'::regclass)
FROM pg_dist_partition`)
	require.NoError(t, err)
	var table, method string
	var beside bool
	found := map[string]string{}
	_, err = pgx.ForEachRow(rows, []any{&table, &method, &beside}, func() error {
		found[table] = method
		if beside {
			found[table] = "beside the shards"
		}
		return nil
	})
	require.NoError(t, err)
	for _, table := range append([]string{anchorTable}, shardTables...) {
		require.Equal(t, "beside the shards", found[table], table)
	}
	for table := range nameTables {
		require.Equal(t, "h", found[table], table)
	}
	for _, table := range everywhereTables {
		require.Equal(t, "n", found[table], table)
	}
	require.Len(t, found, 1+len(shardTables)+len(nameTables)+len(everywhereTables))
}

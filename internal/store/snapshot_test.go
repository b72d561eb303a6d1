package store

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// blocks counts the blocks of the shards' rows that the session of s has visited.
func blocks(t *testing.T, s *Store) int64 {
	t.Helper()
	_, err := s.pool.Exec(t.Context(), "SELECT pg_stat_force_next_flush()")
	require.NoError(t, err)
	return count(t, s, "SELECT heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read FROM pg_statio_user_tables "+
		"WHERE relname = 'shards'")
}

// A snapshot elsewhere keeps every former version of the shards' rows, as a dump does for hours. Stronger than: the
// times of a batch and of a reading of the heads are noted beside a snapshot, over 40 000 batches. They are bounded, in
// blocks, which no load of the machine changes and which grew with every batch, so that fewer batches show it; what
// readers read all the time costs not one block more.
func TestWrite_VisitsAsManyBlocksBesideALongSnapshot(t *testing.T) {
	t.Parallel()
	const before, measured = 2_000, 100
	const versionsOfBlock = 40 // of a row of shards, at least
	visited := func(held bool) (write, ends, heads int64) {
		s := openStore(t, Config{DSN: newStore(t).pool.Config().ConnString(), MaxConns: 1})
		_, err := s.pool.Exec(t.Context(), "ALTER TABLE shards SET (autovacuum_enabled = off)") // its blocks count too
		require.NoError(t, err)
		c := claimed(t, s, 1)
		if held {
			conn, err := pgx.Connect(t.Context(), s.pool.Config().ConnString())
			require.NoError(t, err)
			t.Cleanup(func() { _ = conn.Close(context.Background()) })
			_, err = conn.Exec(t.Context(), "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM shards",
				pgx.QueryExecModeSimpleProtocol)
			require.NoError(t, err)
		}
		next := func() { require.NoError(t, s.Write(t.Context(), c, Write{NextOffset: c.NextOffset + 1})) }
		for range before {
			next()
		}
		began := blocks(t, s)
		for range measured {
			next()
		}
		written := blocks(t, s)
		for range measured {
			_, _, err := s.Ends(t.Context(), []ShardID{1})
			require.NoError(t, err)
		}
		read := blocks(t, s)
		for range measured {
			_, err := s.Heads(t.Context())
			require.NoError(t, err)
		}
		return written - began, read - written, blocks(t, s) - read
	}
	write, ends, heads := visited(false)
	heldWrite, heldEnds, heldHeads := visited(true)
	t.Logf("blocks of %d writes %d, beside a snapshot %d; of %d readings of the ends %d, %d, of the rows %d, %d", measured,
		write, heldWrite, measured, ends, heldEnds, heads, heldHeads)
	require.Positive(t, write)
	require.LessOrEqual(t, heldWrite, 2*write)
	require.Equal(t, ends, heldEnds, "the ends of the histories are rows that are added once")
	// The rows themselves are read once a second only, and a reading goes through all that is kept of them: what an hour
	// of a hundred batches a second leaves is some thousand blocks.
	require.LessOrEqual(t, heldHeads, int64(measured*(before+measured)/versionsOfBlock), "former versions are short")
}

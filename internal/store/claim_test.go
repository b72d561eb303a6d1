package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"tenure/internal/test/database"
)

func isFenced(err error) bool { return errors.Is(err, ErrFenced) }

func TestClaim_TheFirstClaimStartsAtTheOldestMessageAndLaterOnesDoNot(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	topic := topicOf(1)
	topic.Oldest = 40
	c, err := s.Claim(t.Context(), 1, topic)
	require.NoError(t, err)
	require.EqualValues(t, 40, c.NextOffset)
	require.EqualValues(t, 1, c.Epoch)

	topic.Oldest = 41
	_, err = s.Claim(t.Context(), 1, topic)
	var gone ErrOffsetGone
	require.ErrorAs(t, err, &gone)
	require.Equal(t, ErrOffsetGone{Shard: 1, Next: 40, Oldest: 41, Newest: 1_000_000}, gone)
	require.ErrorContains(t, err, "tenure topics rebase --shard 1")

	topic.Oldest, topic.Newest = 0, 39
	_, err = s.Claim(t.Context(), 1, topic)
	require.ErrorAs(t, err, &gone, "the topic lost its tail")

	require.EqualValues(t, 1, count(t, s, "SELECT epoch FROM shards"), "a refused claim leaves the owner in peace")
}

func TestClaim_OnAnotherTopicIsRefused(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	claimed(t, s, 1)
	for name, change := range map[string]func(*Topic){
		"recreated":            func(t *Topic) { t.ID = "another" },
		"more partitions":      func(t *Topic) { t.Partitions = 17 },
		"another name":         func(t *Topic) { t.Name = "another" },
		"another partition":    func(t *Topic) { t.Partition = 2 },
		"other name and no id": func(t *Topic) { t.ID, t.Name = "", "another" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			topic := topicOf(1)
			change(&topic)
			_, err := s.Claim(t.Context(), 1, topic)
			var changed ErrTopicChanged
			require.ErrorAs(t, err, &changed)
			require.Equal(t, topic, changed.Found)
			require.ErrorContains(t, err, "tenure topics rebase --shard 1 --reason TEXT")
		})
	}
}

func TestClaim_ABrokerThatReportsNoTopicIDIsBelieved(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	topic := topicOf(1)
	topic.ID = ""
	_, err := s.Claim(t.Context(), 1, topic)
	require.NoError(t, err)
	claimed(t, s, 1)
	require.EqualValues(t, 1, count(t, s, "SELECT count(*) FROM shards WHERE topic_id = 'topic-id'"),
		"the first id told is remembered")
	_, err = s.Claim(t.Context(), 1, topic)
	require.NoError(t, err)
}

func TestClaim_ARebasedShardResumedWhereAnOperatorSays(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	old := claimed(t, s, 1)
	topic := topicOf(1)
	topic.ID, topic.Oldest = "another", 100
	require.ErrorContains(t, s.Rebase(t.Context(), 1, topic, 150, ""), "a reason is required")
	require.ErrorContains(t, s.Rebase(t.Context(), 2, topic, 150, "restored"), "no such shard")
	require.NoError(t, s.Rebase(t.Context(), 1, topic, 150, "restored"))
	require.ErrorIs(t, s.Write(t.Context(), old, plain(old, 1, "employee/a")), ErrFenced)
	c, err := s.Claim(t.Context(), 1, topic)
	require.NoError(t, err)
	require.EqualValues(t, 150, c.NextOffset)
	require.EqualValues(t, 1, count(t, s, "SELECT count(*) FROM shards WHERE rebase_reason = 'restored'"))
	require.NoError(t, s.Rebase(t.Context(), 1, topic, 150, "restored once more"))
	rebased, err := s.RebasedShards(t.Context())
	require.NoError(t, err)
	require.Len(t, rebased, 1)
	require.Equal(t, "restored once more\nrestored", rebased[0].Reasons, "former reasons are kept")
}

func TestClaim_APartitionBelongsToOneShard(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	claimed(t, s, 1)
	_, err := s.Claim(t.Context(), 2, topicOf(1))
	require.ErrorContains(t, err, "partition 1 is not that of shard 2")
}

// halfSent begins a transaction, changes rows, and sends no end of it.
func halfSent(t *testing.T, conn *pgxpool.Conn, sql string) {
	t.Helper()
	half := conn.Conn().PgConn().StartPipeline(t.Context())
	for _, statement := range []string{sqlBegin, sql} {
		half.SendQueryParams(statement, nil, nil, nil, nil)
	}
	half.SendFlushRequest()
	require.NoError(t, half.Flush())
	for range 2 {
		results, err := half.GetResults()
		require.NoError(t, err)
		_, err = results.(*pgconn.ResultReader).Close()
		require.NoError(t, err)
	}
}

// A writer whose process is stopped while it sends leaves the server waiting in the middle of the protocol, which
// neither idle_in_transaction_session_timeout nor statement_timeout ends.
func TestClaim_AWriterStoppedWhileSendingDoesNotKeepTheShard(t *testing.T) {
	t.Parallel()
	s := openStore(t, Config{DSN: database.Migrated(t), LockTimeout: 200 * time.Millisecond,
		IdleInTransaction: 200 * time.Millisecond})
	claimed(t, s, 1)
	conn, err := s.pool.Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	halfSent(t, conn, "UPDATE shards SET next_offset = 7 WHERE shard = 1")

	c := claimed(t, s, 1)
	require.EqualValues(t, 0, c.NextOffset)
	require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "employee/a")))
	session := fmt.Sprintf("SELECT count(*) FROM pg_stat_activity WHERE pid = %d", conn.Conn().PgConn().PID())
	require.Eventually(t, func() bool { return count(t, s, session) == 0 }, waitMax, waitPause, "the session is ended")
}

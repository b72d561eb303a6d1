package worker_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/internal/feed"
)

func TestPurge_OutcomesOfLastMonthAreForgottenByTheShardsOwner(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	stop := s.startWorker()
	s.company()
	for n := range 12 {
		s.send(hire(n))
	}
	for n := range 12 {
		s.outcome(hire(n))
	}
	stop()
	s.sql("UPDATE outcomes SET recorded = now() - INTERVAL '32 days' WHERE command_id <> 'hire-3'")
	s.sql("INSERT INTO subscriptions (name, shard, position) SELECT $1::text, shard, outcomes_head FROM shards",
		feed.OutcomesName)
	s.startWorker()
	s.eventually("what is old is gone, up to the first that is young", func() bool {
		heads, err := s.store.Heads(t.Context())
		require.NoError(t, err)
		for shard := range heads {
			page, err := s.store.OutcomesAfter(t.Context(), shard, 0, 100)
			require.NoError(t, err)
			if len(page) > 0 && page[0].CommandID != "hire-3" {
				return false
			}
		}
		return true
	})
	_, ok, err := s.store.Outcome(t.Context(), stream(3), "hire-3")
	require.NoError(t, err)
	require.True(t, ok)
	s.audited()

	s.send(hire(3))
	s.eventually("a repetition of it is known", func() bool {
		told := s.told(employeeID(3))
		return told[len(told)-1] == "applied again"
	})
	require.Equal(t, domain.StatusApplied, s.outcome(hire(3)).Status)
}

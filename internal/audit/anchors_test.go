package audit_test

import (
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/events"
	"tenure/internal/audit"
	"tenure/internal/bus"
	"tenure/internal/test/environment"
)

func TestAnchors_AreComparedWithTheLog(t *testing.T) {
	t.Parallel()
	s, kafka := newStore(t), environment.Bus(t)
	c := claimed(t, s, 1)
	require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "employee/a", "employee/b")))
	anchored := events.ShardAnchor{Shard: 1, Position: c.Head, Chain: hex.EncodeToString(c.Chain)}
	topics, err := bus.NewTopicReader(kafka)
	require.NoError(t, err)
	defer topics.Close()
	publisher, err := bus.NewPublisher(kafka)
	require.NoError(t, err)
	defer func() { _ = publisher.Close() }()
	publish := func(all ...events.ShardAnchor) {
		value, err := json.Marshal(events.RunCompleted{Run: "nightly/2026-11-01", Anchors: all})
		require.NoError(t, err)
		require.NoError(t, publisher.Publish(t.Context(), []bus.Message{{
			Topic: contract.BillingRuns, Key: []byte("nightly/2026-11-01"), Value: value,
			Headers: []bus.Header{{Key: "ce_type", Value: []byte("run.completed.v1")}},
		}}))
	}
	compare := func(compared int, details ...string) {
		t.Helper()
		found, n, err := audit.Anchors(t.Context(), s, topics)
		require.NoError(t, err)
		require.Equal(t, compared, n)
		require.Len(t, found, len(details))
		for i, detail := range details {
			require.Contains(t, found[i].Detail, detail)
		}
	}
	compare(0)
	publish(anchored)
	compare(1)
	require.NoError(t, s.Write(t.Context(), c, plain(c, 2, "employee/a")))
	compare(1)
	publish(events.ShardAnchor{Shard: 1, Position: 3, Chain: anchored.Chain},
		events.ShardAnchor{Shard: 2, Position: 1, Chain: "x"})
	compare(3, "shard 1 at position 3 with another hash", "shard 2 in run nightly/2026-11-01 is no hash")
}

package worker_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/store"
	"tenure/internal/worker"
)

func TestLastRecord_ATopicThatHoldsAnotherMessageThanWasTakenStopsItsShard(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	stop := s.startWorker()
	s.company()
	stop()
	lookup, err := bus.NewTopicReader(s.bus)
	require.NoError(t, err)
	t.Cleanup(lookup.Close)
	states, err := lookup.TopicStates(t.Context(), []string{contract.CatalogCommands})
	require.NoError(t, err)
	w := &worker.Worker{Store: s.store, Lookup: lookup, Log: log(), Observer: worker.Quiet{}}
	next, err := w.Claim(t.Context(), contract.CatalogCommands, 0, states[0])
	require.NoError(t, err, "the topic is as it was")
	require.Equal(t, int64(5), next)

	claim, err := s.store.Claim(context.Background(), store.CatalogShard, store.Topic{
		Name: contract.CatalogCommands, ID: states[0].ID, Partitions: 1, Newest: 5,
	})
	require.NoError(t, err)
	require.NoError(t, s.store.Write(t.Context(), &claim, store.Write{LastRecord: []byte("another"), CatalogVersion: -1}))
	_, err = w.Claim(t.Context(), contract.CatalogCommands, 0, states[0])
	var lost *worker.LostTailError
	require.ErrorAs(t, err, &lost)
	require.Equal(t, int64(4), lost.Offset)
	require.ErrorContains(t, err, "tenure topics rebase")
}

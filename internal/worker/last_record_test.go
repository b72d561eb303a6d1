package worker_test

import (
	"context"
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/store"
	"tenure/internal/test/running"
	"tenure/internal/worker"
)

// tookCompany is a system whose worker has taken the company and has stopped, and what reads its topics.
func tookCompany(t *testing.T) (*system, *bus.TopicReader) {
	t.Helper()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	stop := s.startWorker()
	s.company()
	stop()
	lookup, err := bus.NewTopicReader(s.bus)
	require.NoError(t, err)
	t.Cleanup(lookup.Close)
	return s, lookup
}

func TestLastRecord_ATopicThatHoldsAnotherMessageThanWasTakenStopsItsShard(t *testing.T) {
	t.Parallel()
	s, lookup := tookCompany(t)
	states, err := lookup.TopicStates(t.Context(), []string{contract.CatalogCommands})
	require.NoError(t, err)
	w := &worker.Worker{Store: s.store, Lookup: lookup, Log: running.Log(), Observer: worker.Quiet{}}
	next, err := w.Claim(t.Context(), contract.CatalogCommands, 0, states[0])
	require.NoError(t, err, "the topic is as it was")
	require.Equal(t, int64(5), next)

	var last bus.Message
	require.NoError(t, lookup.Range(t.Context(), contract.CatalogCommands, 0, 4, 5, func(m bus.Message) error {
		last = m
		return nil
	}))
	again := last // the same command once more, under another id
	again.Headers = slices.Clone(last.Headers)
	at := slices.IndexFunc(again.Headers, func(h bus.Header) bool { return h.Key == "ce_id" })
	again.Headers[at].Value = []byte("another")
	content := sha256.Sum256(append(slices.Clone(last.Key), last.Value...))
	for name, row := range map[string]struct {
		noted []byte
		lost  bool
	}{
		"another message":                        {[]byte("another"), true},
		"a message of equal content":             {again.Fingerprint().Bytes(), true},
		"the message":                            {last.Fingerprint().Bytes(), false},
		"the message as earlier builds noted it": {content[:], false},
		"nothing, as after a rebase":             {nil, false},
	} {
		claim, err := s.store.Claim(context.Background(), store.CatalogShard, store.Topic{
			Name: contract.CatalogCommands, ID: states[0].ID, Partitions: 1, Newest: 5,
		})
		require.NoError(t, err)
		require.NoError(t, s.store.Write(t.Context(), &claim, store.Write{LastRecord: row.noted, CatalogVersion: -1}))
		_, err = w.Claim(t.Context(), contract.CatalogCommands, 0, states[0])
		if !row.lost {
			require.NoError(t, err, name)
			continue
		}
		var lost *worker.LostTailError
		require.ErrorAs(t, err, &lost, name)
		require.Equal(t, int64(4), lost.Offset)
		require.ErrorContains(t, err, "tenure topics rebase")
	}
}

// between has an election cost a topic its tail between a claim and the work on it.
type between struct {
	*worker.Worker
	ended chan error
}

func (b *between) Claim(ctx context.Context, topic string, partition int32, state bus.TopicState) (int64, error) {
	next, err := b.Worker.Claim(ctx, topic, partition, state)
	b.ForgetLastRecord(topic, partition)
	return next, err
}

func (b *between) Work(ctx context.Context, p *bus.Partition) error {
	err := b.Worker.Work(ctx, p)
	select {
	case b.ended <- err:
	default:
	}
	return err
}

func TestLastRecord_ATailLostSinceTheClaimStopsItsShard(t *testing.T) {
	t.Parallel()
	s, lookup := tookCompany(t)
	b := &between{&worker.Worker{Store: s.store, Lookup: lookup, Clock: s.clock, Policy: policy(), Log: running.Log(),
		Observer: worker.Quiet{}}, make(chan error, 1)}
	running.Start(t, func(ctx context.Context) error {
		return bus.Consume(ctx, s.bus, "between", []string{contract.CatalogCommands}, b)
	})
	var err error
	select {
	case err = <-b.ended:
	case <-time.After(waitMax):
		require.FailNow(t, "the shard works on")
	}
	var lost *worker.LostTailError
	require.ErrorAs(t, err, &lost)
	require.Equal(t, int64(4), lost.Offset)
}

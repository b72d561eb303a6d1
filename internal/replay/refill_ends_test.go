package replay

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/feed"
	"tenure/internal/relay"
	"tenure/internal/store"
)

// hears hands on what topics lose.
type hears struct {
	bus.Observer // of what is consumed: nothing is, here
	refill       *Refill
	lost         atomic.Int32
}

// TailLost implements bus.Observer.
func (h *hears) TailLost(topic string, partition int32, offset int64) {
	h.lost.Add(1)
	h.refill.TailLost(topic, partition, offset)
}

// A partition loses all that it had of a shard while nobody publishes, and others publish there afterwards. Whoever
// publishes next notices it, publishes it again, and notes where the partitions end then.
func TestRefill_FindsWhatWasLostWhileNobodyPublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 60)
	w.relay()
	before := w.read(contract.EmployeeEvents)
	w.recreate(contract.EmployeeEvents)
	foreign := bus.Message{Topic: contract.EmployeeEvents, Key: []byte("k"), Value: []byte("{}"),
		Headers: bus.Envelope{ID: "another", Type: "other.v1", Source: "others", Subject: "k"}.Headers()}
	for n := range byPartition(before) {
		foreign.Placed, foreign.Partition = true, n
		for range before {
			require.NoError(t, w.connect().Publish(t.Context(), []bus.Message{foreign}))
		}
	}
	f, filled := w.refill()
	heard := &hears{refill: f}
	w.kafka.Observer = heard
	w.takeOver()
	require.Equal(t, contract.EmployeeEvents, received(t, filled))
	require.Subset(t, header(w.read(contract.EmployeeEvents), "ce_id"), header(before, "ce_id"))
	noted, err := w.Published(t.Context(), feed.RelayName)
	require.NoError(t, err)
	for _, ends := range noted {
		for _, e := range ends {
			if e.Topic == contract.EmployeeEvents {
				last, found, err := w.lookup.Last(t.Context(), e.Topic, e.Partition)
				require.NoError(t, err)
				require.True(t, found)
				require.Equal(t, last, bus.End(e))
			}
		}
	}
	heard.lost.Store(0)
	w.takeOver()
	require.Zero(t, heard.lost.Load(), "it is noticed once")
}

// takeOver has the relay of events of a new process take the shards.
func (w *world) takeOver() {
	w.t.Helper()
	leases, err := w.Lease(w.t.Context(), feed.RelayName, []store.ShardID{0, 1}, w.t.Name(), time.Hour)
	require.NoError(w.t, err)
	require.Len(w.t, leases, 2)
	relays := relay.Subscribers(feed.NewReader(w.Store), catalog.New(w.Store, nil), w.connect(), nil)
	_, err = relays[0].Handle(w.t.Context(), []*store.Lease{&leases[0], &leases[1]}, feed.StepMax)
	require.NoError(w.t, err)
	require.NoError(w.t, w.Release(w.t.Context(), leases...))
}

func byPartition(messages []bus.Message) map[int32]bool {
	all := map[int32]bool{}
	for _, m := range messages {
		all[m.Partition] = true
	}
	return all
}

package relay

import (
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
)

// sickBroker is a cluster of three brokers of which one refuses what is produced to it while it is sick.
func sickBroker(t *testing.T, partitions int32) (cluster *kfake.Cluster, p *bus.Publisher, sick *atomic.Bool) {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3))
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	cfg := bus.Config{Brokers: cluster.ListenAddrs(), ClientID: "test", Logger: slog.New(slog.DiscardHandler)}
	require.NoError(t, bus.EnsureTopics(t.Context(), cfg, bus.Topics(partitions)))
	p, err = bus.NewPublisher(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.Close() })
	sick = &atomic.Bool{}
	cluster.ControlKey(int16(kmsg.Produce), func(request kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if cluster.CurrentNode() != 1 || !sick.Load() {
			return nil, nil, false
		}
		return withoutReplicas(request.(*kmsg.ProduceRequest)), nil, true
	})
	return cluster, p, sick
}

func withoutReplicas(request *kmsg.ProduceRequest) kmsg.Response {
	const notEnoughReplicas = 19
	response := request.ResponseKind().(*kmsg.ProduceResponse)
	for _, topic := range request.Topics {
		one := kmsg.NewProduceResponseTopic()
		one.Topic = topic.Topic
		for _, p := range topic.Partitions {
			answer := kmsg.NewProduceResponseTopicPartition()
			answer.Partition, answer.ErrorCode = p.Partition, notEnoughReplicas
			one.Partitions = append(one.Partitions, answer)
		}
		response.Topics = append(response.Topics, one)
	}
	return response
}

// Stronger than: some shard is through while one broker of three refuses what is produced to it. Each shard of the
// healthy brokers is, and the others follow once the broker takes messages again.
func TestRelay_ABrokerWithoutReplicasHoldsUpItsOwnShardsOnly(t *testing.T) {
	t.Parallel()
	const partitions = 12
	cluster, publisher, sick := sickBroker(t, partitions)
	sick.Store(true)
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	shards := map[store.ShardID]bool{} // whether the shard's partition is led by the sick broker
	for n := 1; n <= 30; n++ {
		key := feedtest.Employee(n)[len("employee/"):]
		partition := bus.PartitionOf([]byte(key), partitions)
		shards[store.ShardID(partition)] = cluster.LeaderFor(contract.EmployeeEvents, partition) == 1
		j.Append(store.ShardID(partition), feedtest.Of(feedtest.Employee(n), feedtest.Created(n))...)
	}
	running(t, feed.Config{Store: db.Store, Subscribers: []feed.Subscriber{eventsRelay(db, publisher)}})
	through := func(want func(bool) bool) bool {
		all, err := feed.ProgressOf(t.Context(), db.Store)
		require.NoError(t, err)
		seen := 0
		for _, p := range all {
			if p.Subscriber == feed.RelayName && want(shards[p.Shard]) {
				if p.Lag > 0 {
					return false
				}
				seen++
			}
		}
		return seen > 0
	}
	require.Eventually(t, func() bool { return through(func(led bool) bool { return !led }) },
		patience, 20*time.Millisecond,
		"the shards of healthy brokers go on")
	require.False(t, through(func(led bool) bool { return led }), "the others wait")
	sick.Store(false)
	require.Eventually(t, func() bool { return through(func(bool) bool { return true }) }, 2*patience, 20*time.Millisecond)
}

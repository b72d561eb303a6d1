package relay

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
	"tenure/internal/test/kafkatest"
)

// sickBroker is a cluster of three brokers of which one refuses what is produced to it while it is sick.
func sickBroker(t *testing.T, partitions int32) (cluster *kfake.Cluster, p *bus.Publisher, sick *atomic.Bool) {
	t.Helper()
	cluster, sick = kafkatest.Sick(t)
	return cluster, newPublisher(t, cluster, partitions), sick
}

// Stronger than: some shard is through while one broker of three refuses what is produced to it. Each shard of the
// healthy brokers is, and the others follow once the broker takes messages again.
func TestRelay_ABrokerWithoutReplicasHoldsUpItsOwnShardsOnly(t *testing.T) {
	t.Parallel()
	const partitions = 12
	cluster, publisher, sick := sickBroker(t, partitions)
	for partition := range int32(partitions) {
		require.NoError(t, cluster.MoveTopicPartition(contract.EmployeeEvents, partition, partition%3))
	}
	sick.Store(true)
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	shards := map[store.ShardID]bool{} // whether the shard's partition is led by the sick broker
	for n := 1; n <= 30; n++ {
		key := feedtest.Employee(n)[len("employee/"):]
		partition := contract.PartitionOf([]byte(key), partitions)
		shards[store.ShardID(partition)] = partition%3 == kafkatest.SickNode
		j.Append(store.ShardID(partition), feedtest.Of(feedtest.Employee(n), feedtest.Created(n))...)
	}
	live(t, feed.Config{Store: db.Store, Subscribers: []feed.Subscriber{eventsRelay(db, publisher)}})
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

package embedded

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestBroker_OffsetsNeverGoBackWhenRetentionEmptiedAPartition(t *testing.T) {
	t.Parallel()
	opts := BrokerOptions{Dir: t.TempDir(), Topics: []Topic{{
		Name: "retained-topic", Partitions: 1, Configs: map[string]string{"retention.ms": "2592000000"},
	}}}
	old := time.Now().Add(-40 * 24 * time.Hour)
	produce := func(b *Broker) int64 {
		client, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.DefaultProduceTopic("retained-topic"))
		require.NoError(t, err)
		defer client.Close()
		record, err := client.ProduceSync(t.Context(), &kgo.Record{Value: []byte("v"), Timestamp: old}).First()
		require.NoError(t, err)
		return record.Offset
	}
	for offset := range int64(4) {
		b, err := StartBroker(t.Context(), opts)
		require.NoError(t, err)
		require.Equal(t, offset, produce(b), "the next offset after a restart")
		b.cluster.ApplyRetention()
		b.Stop()
	}
}

func TestBroker_LeavesOutWhatJavaCannotRead(t *testing.T) {
	t.Parallel()
	b, err := StartBroker(t.Context(), BrokerOptions{})
	require.NoError(t, err)
	defer b.Stop()
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...))
	require.NoError(t, err)
	defer client.Close()
	answer, err := kmsg.NewPtrApiVersionsRequest().RequestWith(t.Context(), client)
	require.NoError(t, err)
	keys := map[int16]bool{}
	for _, k := range answer.ApiKeys {
		keys[k.ApiKey] = true
	}
	require.False(t, keys[75], "DescribeTopicPartitions")
	for _, key := range []int16{0, 1, 2, 3, 8, 9, 10, 11, 18, 19, 22} {
		require.True(t, keys[key], "%d", key)
	}
}

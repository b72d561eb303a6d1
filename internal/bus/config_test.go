package bus

import (
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Each of these is a message lost, doubled, moved or skipped if it falls back to
// its default.
func TestConfig_SettingsAreTheSafeOnes(t *testing.T) {
	t.Parallel()
	s, err := Config{Brokers: []string{"localhost:9092"}}.producing()
	require.NoError(t, err)
	require.Equal(t, sarama.WaitForAll, s.Producer.RequiredAcks)
	require.True(t, s.Producer.Idempotent)
	require.Equal(t, 1, s.Net.MaxOpenRequests)
	require.Equal(t, 1<<20, s.Producer.MaxMessageBytes)
	require.False(t, s.Metadata.AllowAutoTopicCreation)
	require.EqualValues(t, sarama.OffsetOldest, s.Consumer.Offsets.Initial)
	require.False(t, s.Consumer.Group.ResetInvalidOffsets)
	require.Equal(t, sarama.ReadCommitted, s.Consumer.IsolationLevel)
	require.True(t, s.Consumer.Return.Errors)
	require.LessOrEqual(t, s.Consumer.MaxWaitTime, 100*time.Millisecond)
	require.True(t, s.Version.IsAtLeast(sarama.V2_1_0_0), "Kafka 4 refuses less")
	require.Equal(t, "tenure", s.ClientID)
	require.Less(t, s.Consumer.Group.Rebalance.Timeout, s.Net.ReadTimeout, "a join is one request")
	require.EqualValues(t, decompressedBytesMax, sarama.MaxDecompressedBatchSize)
	require.Equal(t, "range", s.Consumer.Group.Rebalance.GroupStrategies[0].Name())
}

// The same of the client that publishes.
func TestConfig_SettingsOfTheProducerAreTheSafeOnes(t *testing.T) {
	t.Parallel()
	p, err := Config{Brokers: []string{"localhost:9092"}, ClientID: "feed-1"}.newProducer()
	require.NoError(t, err)
	defer p.Close()
	require.Equal(t, kgo.AllISRAcks(), p.OptValue(kgo.RequiredAcks))
	require.Equal(t, false, p.OptValue(kgo.DisableIdempotentWrite))
	require.Equal(t, 1, p.OptValue(kgo.MaxProduceRequestsInflightPerBroker))
	require.Equal(t, false, p.OptValue(kgo.AllowAutoTopicCreation))
	require.EqualValues(t, math.MaxInt64, p.OptValue(kgo.RecordRetries), "what is given up would be behind what is not")
	require.Zero(t, p.OptValue(kgo.RecordDeliveryTimeout), "likewise")
	require.Equal(t, metadataAge, p.OptValue(kgo.MetadataMaxAge))
	require.Equal(t, "feed-1", p.OptValue(kgo.ClientID))
	_, err = Config{}.newProducer()
	require.ErrorContains(t, err, "TENURE_KAFKA_BROKERS")
}

func TestConfig_HasItsLoggerAndSession(t *testing.T) {
	t.Parallel()
	own := slog.New(slog.DiscardHandler)
	require.Equal(t, own, Config{Logger: own}.logger())
	require.Equal(t, slog.Default(), Config{}.logger())
	s, err := Config{Brokers: []string{"localhost:9092"},
		ClientID: "worker-1", SessionTimeout: 7 * time.Second}.producing()
	require.NoError(t, err)
	require.Equal(t, 7*time.Second, s.Consumer.Group.Session.Timeout)
	require.Equal(t, "worker-1", s.ClientID)
	_, err = Config{}.producing()
	require.ErrorContains(t, err, "TENURE_KAFKA_BROKERS")
}

package bus

import (
	"log/slog"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"
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

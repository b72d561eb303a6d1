package bus

import (
	"testing"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"
)

// bomb sends one batch of n messages that are small on the wire and together
// unfold to more than we take.
func bomb(t *testing.T, cfg Config, topic string, partition int32, n int) error {
	t.Helper()
	conf, err := cfg.producing()
	require.NoError(t, err)
	conf.Producer.Partitioner = sarama.NewManualPartitioner
	conf.Producer.Compression = sarama.CompressionZSTD
	conf.Producer.MaxMessageBytes = 1 << 30
	conf.Producer.Flush.Messages, conf.Producer.Flush.Frequency = n, patience // all n in one batch
	producer, err := sarama.NewSyncProducer(cfg.Brokers, conf)
	require.NoError(t, err)
	defer producer.Close()
	zeros := make(sarama.ByteEncoder, (decompressedBytesMax+1<<20)/n)
	batch := make([]*sarama.ProducerMessage, n)
	for i := range batch {
		batch[i] = &sarama.ProducerMessage{Topic: topic, Partition: partition, Value: zeros}
	}
	return producer.SendMessages(batch)
}

// A batch that unfolds to more than we take costs its own messages their bytes and
// nobody else anything: not the messages around it, and no other partition.
func TestUnreadable_ABatchThatUnfoldsTooFarStopsNobody(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 3)
	fill(t, cfg, name, 0, 0, 10)
	require.NoError(t, bomb(t, cfg, name, 0, 1))
	fill(t, cfg, name, 0, 11, 5)
	require.NoError(t, bomb(t, cfg, name, 0, 3))
	fill(t, cfg, name, 1, 100, 50)
	d := newDesk()
	consuming(t, cfg, name, name, d)
	d.until(t, "all messages", func() bool { return len(d.took) == 10+1+5+3+50 })
	fill(t, cfg, name, 0, 19, 2)
	d.until(t, "the messages behind", func() bool { return len(d.took) == 71 })

	var offset int64
	for _, m := range d.took {
		if m.Partition != 0 {
			continue
		}
		require.Equal(t, offset, m.Offset, "in order, nothing twice, nothing skipped")
		broken := offset == 10 || offset >= 16 && offset < 19
		require.Equal(t, broken, m.Unreadable, "offset %d", offset)
		require.Equal(t, broken, m.Value == nil)
		offset++
	}
	require.EqualValues(t, 21, offset)
	require.Equal(t, 3, d.claims, "no partition was claimed twice")
}

// With more messages than we step over, the partition stops and says where.
func TestUnreadable_ALargeUnreadableBatchStopsItsPartitionWithAClearError(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 2)
	fill(t, cfg, name, 0, 0, 3)
	require.NoError(t, bomb(t, cfg, name, 0, unreadableSpanMax+2))
	fill(t, cfg, name, 0, 100, 1)
	fill(t, cfg, name, 1, 200, 10)
	errs := make(chan error, 1000)
	cfg.Logger = errorsOf(errs)
	d := newDesk()
	consuming(t, cfg, name, name, d)
	d.until(t, "the messages before it and those of the other partition", func() bool { return len(d.took) == 13 })
	for err := range errs {
		if unreadable(err) {
			continue
		}
		require.ErrorIs(t, err, ErrUnreadable)
		require.ErrorContains(t, err, name+"/0 from offset 3")
		break
	}
	d.mu.Lock()
	d.next[0] = 3 + unreadableSpanMax + 2 // an operator moves it on
	d.mu.Unlock()
	d.until(t, "the message behind it", func() bool { return len(d.took) == 14 })
}

// Apache Kafka refuses such a batch for the topics that we create; kfake does not
// look into batches.
func TestUnreadable_ApacheKafkaRefusesSuchABatchForCommandTopics(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	if !onReal() {
		t.Skip("needs TENURE_KAFKA_BROKERS")
	}
	name := topic(t, cfg, 1) + ".commands"
	require.NoError(t, EnsureTopics(t.Context(), cfg, []TopicSpec{commands(name, 1, 30)}))
	var refused sarama.ProducerErrors
	require.ErrorAs(t, bomb(t, cfg, name, 0, 1), &refused)
	require.ErrorIs(t, refused[0].Err, sarama.ErrMessageSizeTooLarge)
	require.Empty(t, readAll(t, cfg, name))
}

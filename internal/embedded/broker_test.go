package embedded

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

var ordersTopic = Topic{Name: "orders", Partitions: 3, Configs: map[string]string{"cleanup.policy": "compact"}}

func startTestBroker(t *testing.T, opts BrokerOptions) *Broker {
	t.Helper()
	broker, err := StartBroker(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(broker.Stop)
	return broker
}

func saramaConfig() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.V2_8_0_0
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Consumer.MaxWaitTime = 50 * time.Millisecond
	return config
}

// produce writes count messages to partition 0 and returns once all are acknowledged.
func produce(t *testing.T, addrs []string, topic string, from, count int) {
	t.Helper()
	config := saramaConfig()
	config.Producer.Partitioner = sarama.NewManualPartitioner
	producer, err := sarama.NewSyncProducer(addrs, config)
	require.NoError(t, err)
	defer func() { _ = producer.Close() }()
	for n := from; n < from+count; n++ {
		_, offset, err := producer.SendMessage(&sarama.ProducerMessage{
			Topic: topic, Key: sarama.StringEncoder(fmt.Sprint(n)), Value: sarama.StringEncoder(fmt.Sprint("value ", n)),
		})
		require.NoError(t, err)
		require.EqualValues(t, n, offset)
	}
}

// consume reads count messages of partition 0 and returns their values.
func consume(t *testing.T, addrs []string, topic string, count int) []string {
	t.Helper()
	consumer, err := sarama.NewConsumer(addrs, saramaConfig())
	require.NoError(t, err)
	defer func() { _ = consumer.Close() }()
	partition, err := consumer.ConsumePartition(topic, 0, sarama.OffsetOldest)
	require.NoError(t, err)
	defer func() { _ = partition.Close() }()
	var values []string
	deadline := time.NewTimer(eventuallyMax)
	defer deadline.Stop()
	for len(values) < count {
		select {
		case message := <-partition.Messages():
			values = append(values, string(message.Value))
		case <-deadline.C:
			t.Fatalf("read %d of %d messages", len(values), count)
		}
	}
	return values
}

func TestBroker_KeepsItsLogAndPortOverARestart(t *testing.T) {
	t.Parallel()
	opts := BrokerOptions{Dir: t.TempDir(), Topics: []Topic{ordersTopic}}
	first := startTestBroker(t, opts)
	produce(t, first.Addrs(), "orders", 0, 20)
	first.Stop()

	second := startTestBroker(t, opts)
	require.Equal(t, first.Addrs(), second.Addrs())
	values := consume(t, second.Addrs(), "orders", 20)
	require.Equal(t, "value 0", values[0])
	require.Equal(t, "value 19", values[19])
	produce(t, second.Addrs(), "orders", 20, 5)
}

func TestBroker_KillingABrokerLosesNothingThatItAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startChildProcess(t, "broker", dir)
	acknowledged := produceUntilKilled(t, first, 300)

	second := startTestBroker(t, BrokerOptions{Dir: dir, Topics: []Topic{ordersTopic}})
	require.Equal(t, []string{first.answer}, second.Addrs())
	values := consume(t, second.Addrs(), "orders", acknowledged)
	for n := range acknowledged {
		require.Equal(t, fmt.Sprint("value ", n), values[n])
	}
}

// produceUntilKilled always has a message in flight, kills the broker once
// enough are acknowledged, and returns how many were in the end.
func produceUntilKilled(t *testing.T, broker child, enough int) int {
	t.Helper()
	config := saramaConfig()
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Producer.Retry.Max, config.Metadata.Retry.Max = 0, 0
	producer, err := sarama.NewSyncProducer([]string{broker.answer}, config)
	require.NoError(t, err)
	defer func() { _ = producer.Close() }()
	killed := make(chan struct{})
	for n := 0; ; n++ {
		message := &sarama.ProducerMessage{Topic: "orders", Value: sarama.StringEncoder(fmt.Sprint("value ", n))}
		if _, _, err := producer.SendMessage(message); err != nil {
			require.GreaterOrEqual(t, n, enough, err)
			<-killed
			return n
		}
		if n == enough {
			go func() {
				defer close(killed)
				broker.kill(t)
			}()
		}
	}
}

func TestBroker_KillingABrokerKeepsCommittedOffsets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startChildProcess(t, "broker", dir)
	produce(t, []string{first.answer}, "orders", 0, 20)
	require.EqualValues(t, 0, readAndCommit(t, first.answer, 20))
	first.kill(t)

	second := startTestBroker(t, BrokerOptions{Dir: dir})
	produce(t, second.Addrs(), "orders", 20, 1)
	require.EqualValues(t, 20, readAndCommit(t, second.Addrs()[0], 1), "the group goes on where it was")
}

// readAndCommit reads count messages as a group, commits and leaves it, and
// returns the offset of the first.
func readAndCommit(t *testing.T, addr string, count int) int64 {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.ConsumerGroup("readers"), kgo.ConsumeTopics("orders"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit(), kgo.FetchMaxWait(50*time.Millisecond))
	require.NoError(t, err)
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), eventuallyMax)
	defer cancel()
	var records []*kgo.Record
	for len(records) < count {
		fetches := client.PollFetches(ctx)
		require.NoError(t, fetches.Err())
		records = append(records, fetches.Records()...)
	}
	require.NoError(t, client.CommitRecords(ctx, records...))
	return records[0].Offset
}

func TestBroker_TopicsCanBeCreatedOnApacheKafkaToo(t *testing.T) {
	t.Parallel()
	brokers := os.Getenv("TENURE_KAFKA_BROKERS")
	if brokers == "" {
		t.Skip("set TENURE_KAFKA_BROKERS to the address of an Apache Kafka")
	}
	addrs := strings.Split(brokers, ",")
	topic := Topic{Name: "embedded-" + rand.Text(), Partitions: 2, Configs: ordersTopic.Configs}
	client, err := clientOf(addrs, BrokerOptions{})
	require.NoError(t, err)
	defer client.Close()
	require.NoError(t, createTopics(t.Context(), client, []Topic{topic}))
	require.NoError(t, createTopics(t.Context(), client, []Topic{topic}), "once more changes nothing")
	produce(t, addrs, topic.Name, 0, 10)
	require.Len(t, consume(t, addrs, topic.Name, 10), 10)
}

func TestBroker_ASecondBrokerOnADirectoryInUseIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	startTestBroker(t, BrokerOptions{Dir: dir})
	_, err := StartBroker(t.Context(), BrokerOptions{Dir: dir})
	require.ErrorIs(t, err, errDirInUse)
}

func TestBroker_ExistingTopicsAreLeftAloneAndUnknownOnesDoNotAppear(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startTestBroker(t, BrokerOptions{Dir: dir, Topics: []Topic{ordersTopic}})
	first.Stop()
	wider := ordersTopic
	wider.Partitions = 9
	second := startTestBroker(t, BrokerOptions{Dir: dir, Topics: []Topic{wider, {Name: "more", Partitions: 1}}})

	client, err := sarama.NewClient(second.Addrs(), saramaConfig())
	require.NoError(t, err)
	defer func() { _ = client.Close() }()
	partitions, err := client.Partitions("orders")
	require.NoError(t, err)
	require.Len(t, partitions, 3)
	_, err = client.Partitions("misspelt")
	require.ErrorIs(t, err, sarama.ErrUnknownTopicOrPartition)
	topics, err := client.Topics()
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"orders", "more"}, topics)
}

func TestBroker_ListensOnTheLoopbackInterfaceOnly(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		addr string
		port int
		ok   bool
	}{
		{"", 0, true},
		{"127.0.0.1:9092", 9092, true},
		{"localhost:0", 0, true},
		{":9092", 9092, true},
		{"0.0.0.0:9092", 0, false},
		{"192.0.2.1:9092", 0, false},
		{"localhost", 0, false},
		{"localhost:99999", 0, false},
	} {
		port, err := loopbackPort(row.addr)
		require.Equal(t, row.ok, err == nil, row.addr)
		require.Equal(t, row.port, port, row.addr)
	}
}

func TestBroker_OnATakenAddressSaysSo(t *testing.T) {
	t.Parallel()
	first := startTestBroker(t, BrokerOptions{})
	_, err := StartBroker(t.Context(), BrokerOptions{Addr: first.Addrs()[0]})
	require.ErrorIs(t, err, syscall.EADDRINUSE)

	dir := t.TempDir()
	second := startTestBroker(t, BrokerOptions{Dir: dir})
	second.Stop()
	squatter := startTestBroker(t, BrokerOptions{Addr: second.Addrs()[0]})
	third := startTestBroker(t, BrokerOptions{Dir: dir})
	require.NotEqual(t, squatter.Addrs(), third.Addrs(), "an address that was not asked for may change")
}

func TestBroker_AsksForThePasswordOverRestarts(t *testing.T) {
	t.Parallel()
	opts := BrokerOptions{Dir: t.TempDir(), User: "tenure", Password: "pass,word=", Topics: []Topic{ordersTopic}}
	known := func(addrs []string, auth ...kgo.Opt) error {
		client, err := kgo.NewClient(append(auth, kgo.SeedBrokers(addrs...), kgo.RequestRetries(0))...)
		require.NoError(t, err)
		defer client.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		return client.Ping(ctx)
	}
	for range 2 {
		b, err := StartBroker(t.Context(), opts)
		require.NoError(t, err)
		require.Error(t, known(b.Addrs()), "nobody is let in without a name")
		require.Error(t, known(b.Addrs(), kgo.SASL(scram.Auth{User: "tenure", Pass: "wrong"}.AsSha256Mechanism())))
		require.NoError(t, known(b.Addrs(), kgo.SASL(scram.Auth{User: "tenure", Pass: "pass,word="}.AsSha256Mechanism())))
		require.NoError(t, known(b.Addrs(), kgo.SASL(scram.Auth{User: "tenure", Pass: "pass,word="}.AsSha512Mechanism())))
		require.NoError(t, known(b.Addrs(), kgo.SASL(plain.Auth{User: "tenure", Pass: "pass,word="}.AsMechanism())))
		b.Stop()
	}
}

// kcat, and most clients that are not Java or Go, authenticate only where the handshake is announced from its first
// version.
func TestBroker_AnnouncesTheHandshakeAsLibrdkafkaWantsIt(t *testing.T) {
	t.Parallel()
	b, err := StartBroker(t.Context(), BrokerOptions{User: "tenure", Password: "password", Topics: []Topic{ordersTopic}})
	require.NoError(t, err)
	defer b.Stop()
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...),
		kgo.SASL(plain.Auth{User: "tenure", Pass: "password"}.AsMechanism()))
	require.NoError(t, err)
	defer client.Close()
	for version := range int16(announcedMax + 1) {
		request := kmsg.NewPtrApiVersionsRequest()
		request.ClientSoftwareName, request.ClientSoftwareVersion = "kcat", "1"
		response, err := client.Broker(0).Request(t.Context(), fixed{request, version})
		require.NoError(t, err)
		versions := response.(*kmsg.ApiVersionsResponse)
		require.Greater(t, len(versions.ApiKeys), 20, "version %d has all the rest", version)
		for _, key := range versions.ApiKeys {
			if key.ApiKey == kmsg.SASLHandshake.Int16() {
				require.Equal(t, []int16{0, 1}, []int16{key.MinVersion, key.MaxVersion}, "version %d", version)
			}
		}
	}
}

// fixed is a request that is sent in one version.
type fixed struct {
	kmsg.Request
	version int16
}

func (f fixed) SetVersion(int16)  { f.Request.SetVersion(f.version) }
func (f fixed) GetVersion() int16 { return f.version }
func (f fixed) MaxVersion() int16 { return f.version }

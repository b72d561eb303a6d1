package bus

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"
	"github.com/twmb/franz-go/pkg/sasl"
)

const (
	// leaderPoll is how often a partition without a leader, or of brokers that are away, is looked at.
	leaderPoll = 250 * time.Millisecond

	// produceTimeout is how long a broker waits for the replicas of a batch.
	produceTimeout = 10 * time.Second

	// recordBatchMax is what a broker that nobody has tuned takes of a partition at once, in a batch.
	recordBatchMax = messageBytesMax + 12

	// requestBytesMax bounds what is written to a broker at once, of which a copy is made.
	requestBytesMax = 8 << 20
)

// newProducer returns a client of franz-go. sarama's sends a message at a time through four goroutines, which was a
// third of what a night costs the feed; this one is a third of that (docs/decisions/0013). Each partition waits for
// its own leader, for as long as its process runs, and when one of its messages is refused all fail that are behind it,
// so that nothing turns their order around.
func (c Config) newProducer() (*kgo.Client, error) {
	s, err := c.sarama()
	if err != nil {
		return nil, err
	}
	opts := []kgo.Opt{
		kgo.SeedBrokers(c.Brokers...), kgo.ClientID(s.ClientID), kgo.DisableClientMetrics(),
		// Before 2.8 topics have no ids: with them it refuses to go on with a topic that was deleted and made again.
		kgo.MaxVersions(kversion.V2_7_0()),
		// A batch is written once, however often it is sent: idempotence is the default. Were it lost with the broker's
		// memory of us, one open request would still keep the order.
		kgo.RequiredAcks(kgo.AllISRAcks()), kgo.MaxProduceRequestsInflightPerBroker(1),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), // begin has computed it, as Java does
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.ProducerLinger(0),
		kgo.ProducerBatchMaxBytes(recordBatchMax), kgo.BrokerMaxWriteBytes(requestBytesMax),
		// What waits is in its callers' memory anyway, and what they leave is bounded by leftMax. With a bound here, a
		// partition that cannot be written to would hold up all others.
		kgo.MaxBufferedRecords(math.MaxInt32),
		kgo.MetadataMaxAge(s.Metadata.RefreshFrequency),
		kgo.MetadataMinAge(min(leaderPoll, s.Metadata.RefreshFrequency/2)),
		kgo.UnknownTopicRetries(produceRetriesMax), kgo.RetryBackoffFn(produceBackoff),
		kgo.DialTimeout(dialTimeout),
		// A broker may hold a batch for ten seconds, until its replicas have it. One that then says nothing hangs.
		kgo.ProduceRequestTimeout(produceTimeout), kgo.RequestTimeoutOverhead(fetchTimeout),
	}
	opts = append(opts, connecting(s)...)
	if c.SASL.Mechanism != "" {
		opts = append(opts, kgo.SASL(mechanism{c.SASL}))
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, fmt.Errorf("bus: settings: %w", err)
	}
	return client, nil
}

// produceBackoff is the pause before a batch is tried again, or a request.
func produceBackoff(retries int) time.Duration {
	return min(produceBackoffMax, time.Duration(retries)*50*time.Millisecond)
}

// refusal is an error of the brokers as the other clients have it.
func refusal(err error) error {
	var of *kerr.Error
	if errors.As(err, &of) {
		return sarama.KError(of.Code)
	}
	return err
}

// connecting is how the other clients connect.
func connecting(s *sarama.Config) []kgo.Opt {
	switch {
	case s.Net.Proxy.Enable:
		return []kgo.Opt{kgo.Dialer(func(_ context.Context, network, address string) (net.Conn, error) {
			return s.Net.Proxy.Dialer.Dial(network, address)
		})}
	case s.Net.TLS.Enable:
		return []kgo.Opt{kgo.DialTLSConfig(s.Net.TLS.Config)}
	}
	return nil
}

// mechanism authenticates as the other clients do.
type mechanism struct{ SASL }

// Name is the mechanism's.
func (m mechanism) Name() string { return m.Mechanism }

// Authenticate begins with what the client says first.
func (m mechanism) Authenticate(context.Context, string) (sasl.Session, []byte, error) {
	if m.Mechanism == sarama.SASLTypePlaintext {
		return plainSession{}, []byte("\x00" + m.User + "\x00" + m.Password), nil
	}
	s := newScram(sarama.SASLMechanism(m.Mechanism))
	if err := s.Begin(m.User, m.Password, ""); err != nil {
		return nil, nil, err
	}
	first, err := s.Step("")
	return scramSession{s}, []byte(first), err
}

// plainSession has said all that there is to say.
type plainSession struct{}

// Challenge takes the server's answer for the end.
func (plainSession) Challenge([]byte) (bool, []byte, error) { return true, nil, nil }

type scramSession struct{ *scram }

// Challenge answers the server.
func (s scramSession) Challenge(challenge []byte) (done bool, answer []byte, err error) {
	text, err := s.Step(string(challenge))
	return s.Done(), []byte(text), err
}

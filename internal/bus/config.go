package bus

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tenure/internal/signing"

	"github.com/IBM/sarama"
)

const (
	// messageBytesMax is the most that one message may weigh on the wire: key,
	// value, headers and framing. It is Kafka's own default for a topic, so a
	// message that passes here passes on a cluster that nobody has tuned.
	messageBytesMax = 1 << 20

	// decompressedBytesMax bounds what one compressed batch may unfold to in
	// memory. A megabyte of zstd can hold gigabytes of zeros, and sarama's own
	// default is no bound at all.
	decompressedBytesMax = 64 << 20

	// sessionTimeoutDefault is how long the broker waits for a silent member
	// before it gives its partitions away: longer than a garbage collection or
	// a slow disk, short enough that a dead worker is not missed for long.
	sessionTimeoutDefault = 10 * time.Second

	// heartbeatInterval is how fast a member learns of a rebalance. The default
	// of 3 s would make every join of a worker a pause of up to 3 s.
	heartbeatInterval = 500 * time.Millisecond

	// rebalanceTimeout is how long the others wait for a member to stop its
	// work. It stays below netTimeout: a join is one request that is answered
	// only when all have joined, and must not time out on the socket first.
	rebalanceTimeout = 20 * time.Second

	// netTimeout bounds one request on the socket.
	netTimeout = 30 * time.Second

	// dialTimeout bounds a connection: a broker that is away is left for another one.
	dialTimeout = 5 * time.Second

	// fetchTimeout bounds a fetch of a group's member on the socket. The broker holds
	// an empty one for fetchWait, so that one which takes seconds hangs; the others
	// have elected another leader by then.
	fetchTimeout = 5 * time.Second

	// fetchWait is how long the broker holds an empty fetch. sarama sends
	// commits and heartbeats on the same connection behind it, so the default
	// of 500 ms would delay each of them and with them every rebalance.
	fetchWait = 50 * time.Millisecond

	// fetchPause is how long a reader waits before it reads again from a broker that failed.
	fetchPause = 250 * time.Millisecond

	// messagesBuffered is how many messages of a partition wait in memory for
	// the owner, so that the next batch is there when a transaction commits.
	messagesBuffered = 1024

	// metadataAge is after what time a client asks again what topics there are: so long a partition that was added is
	// read by nobody.
	metadataAge = time.Minute

	// openRequestsMax is how many requests a client that only reads may have on their way to a broker.
	openRequestsMax = 64

	// produceRetriesMax is how often brokers may say that there is no such topic before a publish gives up, some minutes.
	// It is long on purpose: they say it of one that is there when they have just started. What else is in the way passes,
	// and is waited for: a batch that is given up while the one behind it succeeds would turn the order around.
	produceRetriesMax = 600

	// produceBackoffMax is the longest pause between two tries of a batch.
	produceBackoffMax = time.Second
)

// protocolVersion is the Kafka protocol that we speak. Kafka 4 refuses clients
// older than 2.1; 2.8 is the first with topic ids, which a shard remembers.
var protocolVersion = sarama.V2_8_0_0

// Config says which brokers to speak to and as whom.
type Config struct {
	// Brokers are the bootstrap addresses, host:port.
	Brokers []string
	// TopicPrefix stands before every topic and group on the broker, so that several
	// systems can share one; names in this program are always without it.
	TopicPrefix string
	// ClientID names this process in the broker's logs and quotas.
	ClientID string
	// SASL is who we are; a zero value does not authenticate.
	SASL SASL
	// TLS is how we connect; a zero value is plain text.
	TLS TLS
	// CommandKey signs the commands of this process; the zero key signs nothing.
	CommandKey signing.Key
	// SessionTimeout is the time after which a silent group member loses its
	// partitions; 0 means 10 s.
	SessionTimeout time.Duration
	// RebalanceTimeout is how long the others wait for a member to stop its work and
	// join again; a member that died meanwhile costs them that long. 0 means 20 s,
	// and more than that is not given: watch.go counts on it.
	RebalanceTimeout time.Duration
	// Tune changes the settings of each client last; nil changes none. It is where tests put another network.
	Tune func(*sarama.Config)
	// Logger receives coordinates and errors, never payloads; nil means
	// slog.Default().
	Logger *slog.Logger
	// Observer sees what becomes of consumed partitions; nil means nobody does.
	Observer Observer
}

// SASL names a user of the broker.
type SASL struct {
	// Mechanism is PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; empty means none.
	Mechanism string
	// User and Password are sent as the mechanism says.
	User, Password string
}

func (c Config) logger() *slog.Logger {
	if c.Logger == nil {
		return slog.Default()
	}
	return c.Logger
}

func (c Config) check() error {
	if len(c.Brokers) == 0 {
		return errors.New("bus: no brokers are configured; set TENURE_KAFKA_BROKERS to host:port")
	}
	return nil
}

// sarama returns the settings that every client of this package uses. Each line
// that differs from sarama's default says what the default would lose.
func (c Config) sarama() (*sarama.Config, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	s := sarama.NewConfig()
	s.ClientID = c.ClientID
	if s.ClientID == "" {
		s.ClientID = "tenure"
	}
	s.Version = protocolVersion
	s.ChannelBufferSize = messagesBuffered
	// sarama keeps a broker locked while one request more waits, and with it whoever asks for any broker.
	s.Net.MaxOpenRequests = openRequestsMax
	s.Net.DialTimeout, s.Net.ReadTimeout, s.Net.WriteTimeout = dialTimeout, netTimeout, netTimeout
	// The default creates a misspelt topic with the broker's partition count,
	// and what is sent there is lost without an error.
	s.Metadata.AllowAutoTopicCreation = false
	s.Metadata.RefreshFrequency = metadataAge
	c.consumer(s)
	if c.Tune != nil {
		c.Tune(s)
	}
	if err := c.TLS.apply(s); err != nil {
		return nil, err
	}
	if err := c.SASL.apply(s); err != nil {
		return nil, err
	}
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("bus: settings: %w", err)
	}
	return s, nil
}

// producing returns the settings of sarama for a client that publishes, as the baseline of the benchmarks does.
func (c Config) producing() (*sarama.Config, error) {
	s, err := c.sarama()
	if err != nil {
		return nil, err
	}
	producer(s)
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("bus: settings: %w", err)
	}
	return s, nil
}

func (c Config) consumer(s *sarama.Config) {
	// The default starts a new group at the newest offset: what was sent before
	// the first start would be skipped.
	s.Consumer.Offsets.Initial = sarama.OffsetOldest
	// The default answers an offset that is out of range by going to the newest
	// one: a truncated or recreated topic would be skipped in silence.
	s.Consumer.Group.ResetInvalidOffsets = false
	// The default would act on commands whose producer rolled them back.
	s.Consumer.IsolationLevel = sarama.ReadCommitted
	s.Consumer.MaxWaitTime = fetchWait
	// The default waits 2 s before it looks for a partition's new leader.
	s.Consumer.Retry.Backoff = fetchPause
	// The default drops errors into a global logger that discards them.
	s.Consumer.Return.Errors = true
	// Eager and by ranges: with a cooperative strategy Setup is not called for
	// partitions that arrive later, and we could not seek.
	s.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{sarama.NewBalanceStrategyRange()}
	s.Consumer.Group.Rebalance.Timeout = cmp.Or(c.RebalanceTimeout, rebalanceTimeout)
	s.Consumer.Group.Rebalance.Retry.Backoff = 500 * time.Millisecond
	s.Consumer.Group.Heartbeat.Interval = heartbeatInterval
	s.Consumer.Group.Session.Timeout = c.SessionTimeout
	if c.SessionTimeout == 0 {
		s.Consumer.Group.Session.Timeout = sessionTimeoutDefault
	}
}

func producer(s *sarama.Config) {
	// The default counts a message as sent when the leader has it: the leader's
	// disk is then the only copy.
	s.Producer.RequiredAcks = sarama.WaitForAll
	// The default writes a batch twice when its acknowledgement gets lost. One
	// open request is what sarama's idempotence asks for.
	s.Producer.Idempotent = true
	s.Net.MaxOpenRequests = 1
	// The default hashes keys with FNV: Java clients would look for an
	// employee's messages in another partition.
	s.Producer.Partitioner = sarama.NewMurmur2Partitioner
	s.Producer.MaxMessageBytes = messageBytesMax
	s.Producer.Return.Successes = true
	// The default gives up after 300 ms, less than a leader election takes.
	s.Producer.Retry.Max = produceRetriesMax
	s.Producer.Retry.BackoffFunc = func(retries, _ int) time.Duration {
		return min(produceBackoffMax, time.Duration(retries)*50*time.Millisecond)
	}
}

func init() {
	// sarama has this bound as a variable of the whole process and reads it
	// without a lock, so it is set before any client exists.
	sarama.MaxDecompressedBatchSize = decompressedBytesMax
}

package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kversion"
)

const (
	brokerLogDir   = "log"
	brokerAddrFile = "address"
	// sessionMinDefault lets tests and small set-ups notice a dead consumer
	// soon; a consumer still chooses its own timeout above it.
	sessionMinDefault = time.Second
)

// Mechanism is how clients prove who they are to a broker that asks.
const Mechanism = "SCRAM-SHA-256"

// mechanisms are all that it takes: simple clients may use PLAIN, and some are set to SCRAM-SHA-512, as in production.
var mechanisms = []string{Mechanism, "SCRAM-SHA-512", "PLAIN"}

// BrokerOptions say where the broker keeps its log and which topics it has.
type BrokerOptions struct {
	// Dir keeps the log over restarts; empty means memory only.
	Dir string
	// Addr is a loopback host:port to listen on. Empty, or port 0, means the
	// port of the last start on the same Dir if it is free, else any free one.
	Addr string
	// Topics are created if they do not exist; existing ones are left alone.
	Topics []Topic
	// FlushEveryBatch survives a power cut as well as a kill, at a cost for
	// every batch.
	FlushEveryBatch bool
	// SessionMin is the shortest consumer session allowed; 0 means 1 s.
	SessionMin time.Duration
	// User and Password are asked of every client, as SCRAM-SHA-256, SCRAM-SHA-512 or PLAIN; empty: nothing is asked.
	User, Password string
	// Log receives the broker's warnings; nil means silence.
	Log *slog.Logger
}

// Broker is a Kafka broker inside this process: one node, without replication,
// on the loopback interface, without automatic topics.
type Broker struct {
	cluster *kfake.Cluster
	addrs   []string
	lock    *dirLock
	stop    sync.Once
	dir     string        // empty: in memory only
	stopped chan struct{} // ends keeping offsets
}

// StartBroker starts a broker and returns when its topics exist. With a Dir,
// what it acknowledged outlives the process, also a killed one. It fails with
// errDirInUse where another process holds the directory.
func StartBroker(ctx context.Context, opts BrokerOptions) (*Broker, error) {
	broker, err := startBroker(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("embedded: start broker: %w", err)
	}
	return broker, nil
}

func startBroker(ctx context.Context, opts BrokerOptions) (_ *Broker, err error) {
	broker := &Broker{}
	defer func() {
		if err != nil {
			broker.Stop()
		}
	}()
	if opts.Dir != "" {
		// The log directory has no lock, and two brokers on it
		// would silently write over each other.
		if broker.lock, err = lockDir(opts.Dir); err != nil {
			return nil, err
		}
	}
	if opts.Dir != "" {
		if err := restoreOffsets(opts.Dir); err != nil {
			return nil, err
		}
	}
	if err := broker.listen(opts); err != nil {
		return nil, err
	}
	if opts.Dir != "" {
		broker.dir, broker.stopped = opts.Dir, make(chan struct{})
		go broker.keepOffsets(opts.Dir, broker.stopped)
	}
	client, err := clientOf(broker.addrs, opts)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	if opts.User != "" {
		if err := announceHandshake(ctx, broker.cluster, client); err != nil {
			return nil, err
		}
	}
	if err := createTopics(ctx, client, opts.Topics); err != nil {
		return nil, err
	}
	return broker, broker.noteAddress(opts.Dir)
}

// listen starts the broker on the wanted port.
func (b *Broker) listen(opts BrokerOptions) error {
	ports, err := portChoices(opts)
	if err != nil {
		return err
	}
	for _, port := range ports {
		b.cluster, err = kfake.NewCluster(kfakeOptions(opts, port)...)
		if err == nil {
			DropSilentMembers(b.cluster)
			b.addrs = b.cluster.ListenAddrs()
			return nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			break
		}
	}
	return err
}

func kfakeOptions(opts BrokerOptions, port int) []kfake.Opt {
	sessionMin := opts.SessionMin
	if sessionMin == 0 {
		sessionMin = sessionMinDefault
	}
	options := []kfake.Opt{
		kfake.Ports(port), // one port is one node
		kfake.ClusterID("tenure-embedded"),
		kfake.GroupMinSessionTimeout(sessionMin),
		kfake.MaxVersions(spoken()),
		kfake.WithLogger(brokerLog{opts.Log}),
	}
	if opts.Dir != "" {
		options = append(options, kfake.DataDir(filepath.Join(opts.Dir, brokerLogDir)))
	}
	if opts.User != "" {
		options = append(options, kfake.EnableSASL())
		for _, mechanism := range mechanisms {
			options = append(options, kfake.Superuser(mechanism, opts.User, opts.Password))
		}
	}
	if opts.FlushEveryBatch {
		options = append(options, kfake.SyncWrites())
	}
	return options
}

// spoken are the requests that the broker answers. It answers DescribeTopicPartitions without lists that Java's tools
// need; when it is not among them they ask for metadata instead.
func spoken() *kversion.Versions {
	const describeTopicPartitions = 75
	versions := kversion.Tip()
	versions.SetMaxKeyVersion(describeTopicPartitions, -1)
	return versions
}

// portChoices lists ports to try: the one asked for and no other, or else the
// last one and then any free one (0).
func portChoices(opts BrokerOptions) ([]int, error) {
	port, err := loopbackPort(opts.Addr)
	if err != nil {
		return nil, err
	}
	if port != 0 {
		return []int{port}, nil
	}
	if opts.Dir != "" {
		noted, err := os.ReadFile(filepath.Join(opts.Dir, brokerAddrFile))
		if err == nil {
			if last, err := loopbackPort(strings.TrimSpace(string(noted))); err == nil && last != 0 {
				return []int{last, 0}, nil
			}
		}
	}
	return []int{0}, nil
}

// loopbackPort returns the port of an address on this machine's loopback
// interface, 0 for an empty one.
func loopbackPort(addr string) (int, error) {
	if addr == "" {
		return 0, nil
	}
	host, portText, err := net.SplitHostPort(addr)
	if err != nil {
		return 0, fmt.Errorf("address %q: %w", addr, err)
	}
	switch host {
	case "", "localhost", "127.0.0.1":
	default:
		return 0, fmt.Errorf("address %q: the embedded broker has no access control and listens on 127.0.0.1 only", addr)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("address %q: %w", addr, err)
	}
	return int(port), nil
}

func (b *Broker) noteAddress(dir string) error {
	if dir == "" {
		return nil
	}
	return writePrivate(filepath.Join(dir, brokerAddrFile), []byte(b.addrs[0]+"\n"))
}

// Addrs are the bootstrap addresses, host:port.
func (b *Broker) Addrs() []string { return b.addrs }

// Stop closes connections, writes what is still to be written and releases the
// directory. Calling it again does nothing.
func (b *Broker) Stop() {
	b.stop.Do(func() {
		if b.stopped != nil {
			close(b.stopped)
			_ = b.noteOffsets(b.dir) // what was noted a minute ago serves as well
		}
		if b.cluster != nil {
			b.cluster.Close()
		}
		if b.lock != nil {
			b.lock.release()
		}
	})
}

// brokerLog passes the broker's warnings on. Its other lines name every
// request and would drown the program's own.
type brokerLog struct{ log *slog.Logger }

// Logf implements the broker's logger.
func (l brokerLog) Logf(level kfake.LogLevel, format string, args ...any) {
	if l.log == nil || level > kfake.LogLevelWarn || level == kfake.LogLevelNone {
		return
	}
	l.log.Warn("broker: " + fmt.Sprintf(format, args...))
}

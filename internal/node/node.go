package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/clock"
	"tenure/internal/config"
	"tenure/internal/provider"
	"tenure/internal/store"
	"tenure/internal/telemetry"
)

// Config is what a process runs.
type Config struct {
	// Config names what is configured. Its Data keeps the embedded parts' files over restarts; empty means temporary ones
	// that Stop removes.
	config.Config
	// Ephemeral trades safety against a power cut for speed, for demonstrations and tests.
	Ephemeral bool
	// KafkaAddr is where the embedded broker listens; empty means the port of the last start, or a free one.
	KafkaAddr string
	// Prepare migrates the database and creates missing topics before anything else.
	Prepare bool
	// Clock sets a simulated clock, which only moves by command; zero leaves the clock as it is.
	Clock time.Time
	// Provider is how a simulated PBX and mobile operator treat deletions; empty starts none. ProviderDelay is their delay
	// in business time.
	Provider      provider.Behaviour
	ProviderDelay time.Duration
	// Getenv reads the variables that OpenTelemetry names for where spans go; nil: they go nowhere.
	Getenv func(name string) string
	// Pages makes the handler of the console, for a process of that role; nil serves none.
	Pages func(Operating) (http.Handler, error)
	// Refill makes what publishes again what topics have lost, for a process that publishes; nil: an operator does it.
	Refill func(Refilling) Refill
	// Version of the build, as the metrics show it.
	Version string
	// Log receives progress and faults.
	Log *slog.Logger
}

// Node is a running process.
type Node struct {
	// Clock returns business time.
	Clock clock.Clock
	// Store is the log.
	Store *store.Store
	// Kafka is the configuration of the brokers, embedded or not.
	Kafka bus.Config
	// DSN is the database's address, embedded or not.
	DSN string
	// HTTP and Admin are the addresses that are listened on, host:port; empty when they are not.
	HTTP, Admin, Console string

	config    Config
	log       *slog.Logger
	metrics   *telemetry.Metrics
	admin     *telemetry.Admin
	spans     telemetry.Spans
	processID string
	watch     *watch
	depends   map[string]telemetry.Check // database and broker, by name
	publisher *bus.Publisher
	lookup    *bus.TopicReader
	catalog   *catalog.Reader // one for all parts of the process

	stopsMu sync.Mutex // a step that was left behind may end while the others stop
	stops   []stopper
	stopped sync.Once
	stopErr error
	failed  chan error
}

// Start brings a process up and returns when all its parts run. When one of them does not come up, those before it are
// stopped again and the error names it.
func Start(ctx context.Context, c Config) (*Node, error) {
	metrics := telemetry.NewMetrics()
	c.Log = slog.New(metrics.CountLog(c.Log.Handler()))
	n := &Node{
		Kafka: c.Kafka, DSN: c.Postgres.DSN, config: c, log: c.Log, metrics: metrics, admin: telemetry.NewAdmin(metrics),
		watch: newWatch(metrics), failed: make(chan error, 1),
	}
	n.Kafka.Logger, n.Kafka.Observer = c.Log, n.watch
	n.health()
	for _, s := range n.steps() {
		if s.off {
			continue
		}
		if err := s.begin(ctx); err != nil {
			err = fmt.Errorf("node: start %s: %w", s.name, err)
			return nil, errors.Join(err, n.Stop(context.WithoutCancel(ctx)))
		}
	}
	return n, nil
}

// steps lists the parts in the order of their start.
func (n *Node) steps() []step {
	c := n.config
	works, feeds := c.Has(config.RoleWorker), c.Has(config.RoleFeed)
	schedules, serves := c.Has(config.RoleScheduler), c.Has(config.RoleAPI)
	return []step{
		{"PostgreSQL", c.Postgres.DSN != "", n.startPostgres},
		{"broker", len(c.Kafka.Brokers) > 0, n.startBroker},
		{"migrations", !c.Prepare, n.migrate},
		{"store", false, n.openStore},
		{"keys", false, n.startKeys},
		{"topics", !c.Prepare, n.ensureTopics},
		{"bus", false, n.connectBus},
		{"clock", false, n.followClock},
		{"policy", false, n.keepPolicy},
		{"observation", false, n.observe},
		{"process", false, n.startProcess},
		{"traces", c.Getenv == nil, n.exportSpans},
		{"worker", !works, n.startWorker},
		{"feed", !feeds, n.startFeed},
		{"runs", !schedules, n.startRuns},
		{"provider", c.Provider == "", n.startProvider},
		{"admin", c.Config.Admin == "", n.serveAdmin},
		{"api", !serves, n.serveAPI},
		{"console", !c.Has(config.RoleConsole) || c.Config.Console == "" || c.Pages == nil, n.serveConsole},
	}
}

// Wait returns nil when ctx ends, and an error as soon as a part fails. It does not stop anything.
func (n *Node) Wait(ctx context.Context) error {
	select {
	case err := <-n.failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

// Stop ends the parts in the reverse order of their start: what others depend on stops last. All of them together have
// until the deadline of ctx, or 20 seconds where it has none. Calling it again returns what the first call did.
func (n *Node) Stop(ctx context.Context) error {
	n.stopped.Do(func() {
		limit := stopMax
		if until, bounded := ctx.Deadline(); bounded {
			limit = time.Until(until).Round(time.Second)
		}
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		n.stopsMu.Lock()
		stops := n.stops
		n.stopsMu.Unlock()
		for _, s := range slices.Backward(stops) {
			if err := s.within(ctx, limit); err != nil {
				n.stopErr = errors.Join(n.stopErr, fmt.Errorf("node: stop %s: %w", s.name, err))
			}
		}
	})
	return n.stopErr
}

package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tenure/billing"
	"tenure/internal/bus"
	"tenure/internal/embedded"
	"tenure/internal/store"
)

// stage is the broker, the database and the topics of one scenario.
type stage struct {
	Options
	dir             string
	dsn             string
	bus             bus.Config
	store           *store.Store
	pub             *bus.Publisher
	lookup          *bus.TopicReader
	policy          billing.Policy
	postgresVersion string
	brokerKind      string

	ends []func(context.Context) error // in reverse order
}

// plainTopic and plainEvents are the topics of the baseline.
const (
	plainTopic  = "bench.commands"
	plainEvents = "bench.events"
)

// newStage starts everything durable: what is measured must survive a power cut in PostgreSQL, and a kill in the
// broker, which like Kafka itself does not flush every batch.
func newStage(ctx context.Context, o Options) (s *stage, err error) {
	s = &stage{Options: o, policy: policy()}
	begun := s // what fails returns nil in its place
	defer func() {
		if err != nil {
			_ = begun.close(context.WithoutCancel(ctx))
		}
	}()
	if s.dir, err = os.MkdirTemp(o.Dir, "tenure-bench-"); err != nil {
		return nil, err
	}
	s.atEnd(func(context.Context) error { return os.RemoveAll(begun.dir) })
	for _, start := range []func(context.Context) error{s.startPostgres, s.startBroker, s.makeTopics, s.connect} {
		if err := start(ctx); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// policy bills two ledgers, as the floor of the nightly run requires.
func policy() billing.Policy {
	p := billing.DefaultPolicy()
	p.Ledgers = []billing.Ledger{billing.Customer, billing.Reseller}
	p, err := p.Ready()
	if err != nil {
		panic(err) // it is a constant
	}
	return p
}

func (s *stage) atEnd(end func(context.Context) error) { s.ends = append(s.ends, end) }

// close ends what was started, the last first.
func (s *stage) close(ctx context.Context) error {
	var failed error
	for len(s.ends) > 0 {
		end := s.ends[len(s.ends)-1]
		s.ends = s.ends[:len(s.ends)-1]
		failed = errors.Join(failed, end(ctx))
	}
	return failed
}

func (s *stage) startPostgres(ctx context.Context) error {
	server, err := embedded.StartPostgres(ctx, embedded.PostgresOptions{Dir: filepath.Join(s.dir, "postgres"), Log: s.Log})
	if err != nil {
		return err
	}
	s.atEnd(server.Stop)
	s.dsn = server.DSN()
	if s.postgresVersion, err = serverVersion(ctx, s.dsn); err != nil {
		return err
	}
	return store.Migrate(ctx, s.dsn)
}

func (s *stage) startBroker(ctx context.Context) error {
	s.bus = bus.Config{Brokers: s.Brokers, ClientID: "tenure-bench", Logger: s.Log}
	s.brokerKind = "named by --brokers"
	if len(s.Brokers) > 0 {
		return nil
	}
	broker, err := embedded.StartBroker(ctx, embedded.BrokerOptions{Dir: filepath.Join(s.dir, "kafka"), Log: s.Log})
	if err != nil {
		return err
	}
	s.atEnd(func(context.Context) error {
		broker.Stop()
		return nil
	})
	s.bus.Brokers, s.brokerKind = broker.Addrs(), "embedded, with a data directory"
	return nil
}

// specs are all topics of a scenario.
func (s *stage) specs() []bus.TopicSpec {
	specs := bus.Topics(s.Partitions)
	for _, name := range []string{plainTopic, plainEvents} {
		specs = append(specs, bus.TopicSpec{Name: name, Partitions: s.Partitions, ReplicationFactor: -1})
	}
	return specs
}

// makeTopics refuses brokers that have topics of Tenure already: a real customer would be billed for the load.
func (s *stage) makeTopics(ctx context.Context) error {
	names := make([]string, 0, len(s.specs()))
	for _, spec := range s.specs() {
		names = append(names, spec.Name)
	}
	if len(s.Brokers) > 0 {
		there, err := bus.Existing(ctx, s.bus, names)
		if err != nil {
			return err
		}
		if len(there) > 0 {
			return fmt.Errorf("the brokers have topic %s already: name brokers that nothing else uses", there[0])
		}
		s.atEnd(func(ctx context.Context) error { return bus.RemoveTopics(ctx, s.bus, names) })
	}
	return bus.EnsureTopics(ctx, s.bus, s.specs())
}

func (s *stage) connect(ctx context.Context) (err error) {
	if s.store, err = store.Open(ctx, store.Config{DSN: s.dsn, ApplicationName: "tenure-bench"}); err != nil {
		return err
	}
	s.atEnd(func(context.Context) error {
		s.store.Close()
		return nil
	})
	if s.pub, err = bus.NewPublisher(s.bus); err != nil {
		return err
	}
	s.atEnd(func(context.Context) error { return s.pub.Close() })
	if s.lookup, err = bus.NewTopicReader(s.bus); err != nil {
		return err
	}
	s.atEnd(func(context.Context) error {
		s.lookup.Close()
		return nil
	})
	return nil
}

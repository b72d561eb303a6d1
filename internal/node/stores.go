package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/embedded"
	"tenure/internal/store"
	"tenure/internal/telemetry"
)

// The places of the embedded parts below the data directory.
const (
	postgresDir = "postgres"
	brokerDir   = "kafka"
)

func (n *Node) below(dir string) string {
	if n.config.Data == "" {
		return ""
	}
	return filepath.Join(n.config.Data, dir)
}

func (n *Node) startPostgres(ctx context.Context) error {
	server, err := embedded.StartPostgres(ctx, embedded.PostgresOptions{
		Dir: n.below(postgresDir), Ephemeral: n.config.Ephemeral, Log: n.log,
	})
	if err != nil {
		return err
	}
	n.DSN = server.DSN()
	n.onStop("PostgreSQL", server.Stop)
	n.run("watch over PostgreSQL", func(ctx context.Context) error {
		select {
		case <-server.Exited():
			return errors.New("the server has ended")
		case <-ctx.Done():
			return nil
		}
	})
	return nil
}

func (n *Node) startBroker(ctx context.Context) error {
	var err error
	if n.Kafka.SASL, err = n.brokerUser(); err != nil {
		return err
	}
	broker, err := embedded.StartBroker(ctx, embedded.BrokerOptions{
		Dir:             n.below(brokerDir),
		Addr:            n.config.KafkaAddr,
		User:            n.Kafka.SASL.User,
		Password:        n.Kafka.SASL.Password,
		Log:             n.log,
		FlushEveryBatch: n.config.Data != "" && !n.config.Ephemeral,
	})
	if err != nil {
		return err
	}
	n.Kafka.Brokers = broker.Addrs()
	n.onStop("broker", func(context.Context) error {
		broker.Stop()
		return nil
	})
	return nil
}

// brokerUserName is who uses the embedded broker, and passwordFile where the password is over restarts.
const (
	brokerUserName = "tenure"
	passwordFile   = "kafka.password"
)

// brokerUser is the user that the embedded broker asks for: whoever is on the machine could otherwise write commands. A
// broker in memory asks for nothing: nobody is told its address.
func (n *Node) brokerUser() (bus.SASL, error) {
	path := n.below(passwordFile)
	if path == "" {
		return bus.SASL{}, nil
	}
	user := bus.SASL{Mechanism: embedded.Mechanism, User: brokerUserName}
	kept, err := os.ReadFile(path)
	if user.Password = strings.TrimSpace(string(kept)); err == nil && user.Password != "" {
		return user, nil
	}
	if err := os.MkdirAll(n.config.Data, 0o700); err != nil {
		return user, err
	}
	user.Password = rand.Text()
	return user, writeWhole(path, []byte(user.Password+"\n"))
}

func (n *Node) migrate(ctx context.Context) error { return store.Migrate(ctx, n.DSN) }

// searchConnections are those of the pool of searches, as many as run at once.
const searchConnections = 2

// openSearches opens a pool for the searches of the APIs, which keeps no statements.
func (n *Node) openSearches(ctx context.Context) (*store.Store, error) {
	settings := n.config.Postgres
	settings.DSN, settings.MaxConns, settings.Unprepared = n.DSN, searchConnections, true
	opened, err := store.Open(ctx, settings)
	if err != nil {
		return nil, err
	}
	n.onStop("searches", func(context.Context) error {
		opened.Close()
		return nil
	})
	return opened, nil
}

func (n *Node) openStore(ctx context.Context) error {
	settings := n.config.Postgres
	settings.DSN = n.DSN
	opened, err := store.Open(ctx, settings)
	if err != nil {
		return err
	}
	n.Store, n.catalog = opened, catalog.New(opened, n.log)
	n.onStop("store", func(context.Context) error {
		opened.Close()
		return nil
	})
	if _, err := opened.Heads(ctx); err != nil {
		return fmt.Errorf("%w; when the database is new, run: tenure migrate", err)
	}
	if _, err := opened.Schema(ctx); err != nil {
		return err
	}
	n.depend("postgres", func(ctx context.Context) error {
		_, err := opened.Schema(ctx) // that an older one came back, by a restore, is as good as no database
		return err
	})
	return nil
}

func (n *Node) ensureTopics(ctx context.Context) error {
	return bus.EnsureTopics(ctx, n.Kafka, n.config.Topics())
}

func (n *Node) connectBus(context.Context) (err error) {
	if n.publisher, err = bus.NewPublisher(n.Kafka); err != nil {
		return err
	}
	n.onStop("publisher", func(context.Context) error { return n.publisher.Close() })
	if n.lookup, err = bus.NewTopicReader(n.Kafka); err != nil {
		return err
	}
	n.onStop("lookup", func(context.Context) error {
		n.lookup.Close()
		return nil
	})
	n.depend("kafka", func(ctx context.Context) error {
		_, err := n.lookup.TopicStates(ctx, []string{contract.CatalogCommands})
		return err
	})
	n.log.Info("connected", telemetry.KeyAddress, n.Kafka.Brokers[0])
	return nil
}

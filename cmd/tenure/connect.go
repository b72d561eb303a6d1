package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/bus"
	"tenure/internal/node"
	"tenure/internal/store"
)

// locate fills in where a running tenure up is reached when --data names its directory.
func (p *program) locate() error {
	if p.config.Data == "" {
		return nil
	}
	at, err := node.ReadConnection(p.config.Data)
	if err != nil {
		return err
	}
	p.config.Kafka.Brokers = strings.Split(at.Kafka, ",")
	p.config.Postgres.DSN = at.Postgres
	return nil
}

// openStore connects to the database of a running system.
func (p *program) openStore(ctx context.Context) (*store.Store, error) {
	if err := p.locate(); err != nil {
		return nil, err
	}
	if p.config.Postgres.DSN == "" {
		return nil, coded(exitUsage, errors.New("no database: give --data DIR of a running tenure up, or set TENURE_POSTGRES_DSN"))
	}
	return store.Open(ctx, p.config.Postgres)
}

// kafka says how to reach the brokers of a running system.
func (p *program) kafka() (bus.Config, error) {
	if err := p.locate(); err != nil {
		return bus.Config{}, err
	}
	if len(p.config.Kafka.Brokers) == 0 {
		return bus.Config{}, coded(exitUsage, errors.New("no brokers: give --data DIR of a running tenure up, or set TENURE_KAFKA_BROKERS"))
	}
	k := p.config.Kafka
	k.Logger = p.log
	return k, nil
}

// storeWork is what a command does with the database of a running system.
type storeWork func(ctx context.Context, s *store.Store, args []string) error

// onStore connects before the work and disconnects after it.
func (p *program) onStore(work storeWork) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		s, err := p.openStore(cmd.Context())
		if err != nil {
			return err
		}
		defer s.Close()
		return work(cmd.Context(), s, args)
	}
}

// onStoreWithin is onStore for work that ends when a flag's time is over; the flag is read when the command runs.
func (p *program) onStoreWithin(timeout *time.Duration, work storeWork) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), *timeout)
		defer cancel()
		cmd.SetContext(ctx)
		return p.onStore(work)(cmd, args)
	}
}

// lookup connects to the brokers of a running system; whoever asks closes it.
func (p *program) lookup() (bus.Config, *bus.Lookup, error) {
	kafka, err := p.kafka()
	if err != nil {
		return kafka, nil, err
	}
	lookup, err := bus.NewLookup(kafka)
	if err != nil {
		return kafka, nil, coded(exitTryAgain, err)
	}
	return kafka, lookup, nil
}

// onLookup connects to the brokers of a running system before the work and disconnects after it.
func (p *program) onLookup(work func(ctx context.Context, lookup *bus.Lookup) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		_, lookup, err := p.lookup()
		if err != nil {
			return err
		}
		defer lookup.Close()
		return work(cmd.Context(), lookup)
	}
}

package main

import (
	"context"
	"errors"
	"strings"

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

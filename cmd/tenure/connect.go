package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/api"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/node"
	"tenure/internal/store"
)

// locate reads the addresses of a running tenure up from the directory that --data names.
func (p *program) locate() error {
	if p.config.Data == "" {
		return nil
	}
	at, err := node.ReadConnection(p.config.Data)
	if err != nil {
		return err
	}
	p.config.Kafka.Brokers = strings.Split(at.Kafka, ",")
	if at.KafkaUser != "" {
		p.config.Kafka.SASL = bus.SASL{Mechanism: at.KafkaMechanism, User: at.KafkaUser, Password: at.KafkaPassword}
	}
	p.config.Postgres.DSN = at.Postgres
	return nil
}

// openStore connects to the database of a running system.
func (p *program) openStore(ctx context.Context) (*store.Store, error) {
	if err := p.locate(); err != nil {
		return nil, err
	}
	if p.config.Postgres.DSN == "" {
		return nil, coded(
			exitUsage,
			errors.New("no database: give --data DIR of a running tenure up, or set TENURE_POSTGRES_DSN"),
		)
	}
	return store.Open(ctx, p.config.Postgres)
}

// kafka returns the configuration of the brokers of a running system.
func (p *program) kafka() (bus.Config, error) {
	if err := p.locate(); err != nil {
		return bus.Config{}, err
	}
	if len(p.config.Kafka.Brokers) == 0 {
		return bus.Config{}, coded(
			exitUsage,
			errors.New("no brokers: give --data DIR of a running tenure up, or set TENURE_KAFKA_BROKERS"),
		)
	}
	k := p.config.Kafka
	k.Logger = p.log
	key, err := p.commandKey(p.signWith)
	k.CommandKey = key
	return k, err
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

// lookup connects to the brokers of a running system; the caller closes it.
func (p *program) lookup() (bus.Config, *bus.TopicReader, error) {
	kafka, err := p.kafka()
	if err != nil {
		return kafka, nil, err
	}
	lookup, err := bus.NewTopicReader(kafka)
	if err != nil {
		return kafka, nil, coded(exitTryAgain, err)
	}
	return kafka, lookup, nil
}

// onLookup connects to the brokers of a running system before the work and disconnects after it.
func (p *program) onLookup(
	work func(ctx context.Context, lookup *bus.TopicReader) error,
) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		_, lookup, err := p.lookup()
		if err != nil {
			return err
		}
		defer lookup.Close()
		return work(cmd.Context(), lookup)
	}
}

// tokenVariable holds the caller's token where no file does.
const tokenVariable = "TENURE_TOKEN"

// tokenHolder returns the rights of the caller's token; false without one: then access to the database is what counts.
func (p *program) tokenHolder(
	ctx context.Context,
	s *store.Store,
	file string,
) (by events.Actor, given bool, err error) {
	token, given := p.environ(tokenVariable)
	if file != "" {
		raw, err := os.ReadFile(file)
		if err != nil {
			return by, true, coded(exitUsage, fmt.Errorf("--token-file: %w", err))
		}
		token, given = string(raw), true
	}
	if !given {
		return by, false, nil
	}
	by, known, err := api.Tokens{Database: s}.Rights(ctx, strings.TrimSpace(token))
	switch {
	case api.Refused(err):
		return by, true, coded(exitRefused, err)
	case err == nil && !known:
		return by, true, coded(exitRefused, errors.New("there is no such token"))
	}
	return by, true, err
}

// catchUpTime is how long readers of the log may be behind: more than that is not a moment's work but a fault.
const catchUpTime = time.Minute

// caughtUp waits until readers of the log have taken everything that is in it.
func caughtUp(ctx context.Context, s *store.Store, readers ...string) error {
	return caughtUpWith(ctx, s, nil, readers...)
}

// caughtUpOn is caughtUp in one shard: what others lack does not matter to who asks for one stream.
func caughtUpOn(ctx context.Context, s *store.Store, shard store.ShardID, reader string) error {
	heads, err := s.Heads(ctx)
	if err != nil {
		return err
	}
	return caughtUpWith(ctx, s, map[store.ShardID]store.Head{shard: heads[shard]}, reader)
}

func caughtUpWith(ctx context.Context, s *store.Store, heads map[store.ShardID]store.Head, readers ...string) error {
	within, cancel := context.WithTimeout(ctx, catchUpTime)
	defer cancel()
	err := feed.Caught(within, s, heads, readers...)
	var behind *feed.BehindError
	switch {
	case errors.Is(err, feed.ErrStopped):
		return coded(exitError, err)
	case errors.As(err, &behind) && ctx.Err() == nil:
		return coded(
			exitTryAgain,
			fmt.Errorf("the readers did not come to the end of the log in time: %s; see: tenure check", behind.Places()),
		)
	case errors.Is(err, context.DeadlineExceeded):
		return coded(
			exitTryAgain,
			fmt.Errorf(
				"%s did not come to the end of the log in time; see: tenure projection list",
				strings.Join(readers, ", "),
			),
		)
	}
	return err
}

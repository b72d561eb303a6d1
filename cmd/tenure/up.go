package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/node"
)

func (p *program) up() *cobra.Command {
	var kafka, at string
	var answering providerFlags
	cmd := &cobra.Command{
		Use: "up", Args: cobra.NoArgs,
		Short: "Run everything in one process, with a broker and a database of its own",
		Long: "Runs all parts in one process until it is stopped, with an embedded Kafka broker and a private PostgreSQL where\n" +
			"none are configured. With --data they keep their files there over restarts; without it they are gone at the end.\n" +
			"DIR/connection.json tells, once everything is ready, how to reach the process:\n" +
			"http, kafka, postgres, admin and the token of an ADMIN.\n\n" +
			"With --clock business time stands still until \"tenure clock advance\" moves it. A simulated PBX and mobile operator\n" +
			"answer what deletions ask of them; --provider says how.",
		Example: "  tenure up --data ./data\n" +
			"  tenure up --data ./data --http 127.0.0.1:8080 --kafka 127.0.0.1:19092 --clock 2026-10-30T12:00:00Z",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c := node.Config{Config: p.config, KafkaAddr: kafka, Prepare: true, Version: release, Log: p.log}
			if at != "" {
				t, err := parseTime(at)
				if err != nil {
					return coded(exitUsage, fmt.Errorf("--clock: %w", err))
				}
				c.Clock = t
			}
			if err := answering.set(&c); err != nil {
				return err
			}
			return p.stayUp(cmd.Context(), c)
		},
	}
	cmd.Flags().StringVar(&kafka, "kafka", "", "address of the embedded broker (default: that of the last start, or a free port)")
	cmd.Flags().StringVar(&at, "clock", "", "simulated business time to begin with, RFC 3339")
	answering.add(cmd)
	show(cmd, "http", "admin")
	return cmd
}

// stayUp runs a process until it is told to stop or a part fails.
func (p *program) stayUp(ctx context.Context, c node.Config) (err error) {
	if c.Data == "" {
		if c.Data, err = os.MkdirTemp("", "tenure-up-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(c.Data)) }()
	} else if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	n, err := node.Start(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Stop(context.WithoutCancel(ctx))) }()
	at, err := n.Announce(ctx, c.Data)
	if err != nil {
		return err
	}
	p.say("Tenure is up. Kafka %s · HTTP %s · operator %s", at.Kafka, at.HTTP, at.Admin)
	p.say("How to reach it stands in %s/connection.json. Try: tenure send --help; stop with Ctrl-C.", c.Data)
	return n.Wait(ctx)
}

func (p *program) serve() *cobra.Command {
	prepare := true
	cmd := &cobra.Command{
		Use: "serve", Args: cobra.NoArgs,
		Short: "Run some or all roles against the configured Kafka and PostgreSQL",
		Long: "Runs the roles of this process until it is stopped: worker (decides and bills), feed (read models and the relay\n" +
			"to Kafka), scheduler (starts and closes runs), api (HTTP). Any number of processes share the work.",
		Example: "  TENURE_KAFKA_BROKERS=kafka-0:9092 TENURE_POSTGRES_DSN_FILE=/run/secrets/dsn tenure serve --roles worker,feed",
		RunE: func(cmd *cobra.Command, _ []string) error {
			kafka, err := p.kafka()
			if err != nil {
				return err
			}
			if p.config.Postgres.DSN == "" {
				return coded(exitUsage, errors.New("no database: set TENURE_POSTGRES_DSN or TENURE_POSTGRES_DSN_FILE"))
			}
			p.config.Kafka = kafka
			n, err := node.Start(cmd.Context(), node.Config{Config: p.config, Prepare: prepare, Version: release, Log: p.log})
			if err != nil {
				return err
			}
			p.log.Info("serving")
			err = n.Wait(cmd.Context())
			return errors.Join(err, n.Stop(context.WithoutCancel(cmd.Context())))
		},
	}
	cmd.Flags().BoolVar(&prepare, "prepare", true, "migrate the database and create missing topics first")
	show(cmd, "roles", "http", "admin")
	return cmd
}

// parseTime reads an instant, or a day as its first instant in UTC.
func parseTime(text string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%q is not a time such as 2026-10-30T12:00:00Z", text)
}

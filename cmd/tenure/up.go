package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/node"
	"tenure/internal/provider"
	"tenure/internal/telemetry"
)

// providerFlags configure the simulated PBX and mobile operator of "tenure up".
type providerFlags struct {
	behaviour string
	delay     time.Duration
}

// providerNone starts no simulated provider: a real one is connected.
const providerNone = "none"

func (f *providerFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.behaviour, "provider", "",
		"how a simulated PBX and mobile operator treat deletions: answer, refuse, silent, or none where real ones are "+
			"connected (default: answer with the embedded broker and database, else none)")
	cmd.Flags().DurationVar(&f.delay, "provider-delay", 0, "delay of their confirmations in business time, such as 26h")
}

// set configures a process.
func (f *providerFlags) set(c *node.Config) error {
	if f.delay < 0 {
		return coded(exitUsage, fmt.Errorf("--provider-delay: %s is negative", f.delay))
	}
	own := len(c.Kafka.Brokers) == 0 && c.Postgres.DSN == ""
	if f.behaviour == "" && own {
		f.behaviour = string(provider.Answer)
	}
	if f.behaviour == "" || f.behaviour == providerNone {
		return nil
	}
	behaviour, err := provider.Parse(f.behaviour)
	if err != nil {
		return coded(exitUsage, fmt.Errorf("--provider: %w", err))
	}
	c.Provider, c.ProviderDelay = behaviour, f.delay
	return nil
}

func (p *program) up() *cobra.Command {
	var kafka, at string
	var answering providerFlags
	cmd := &cobra.Command{
		Use:   "up",
		Args:  cobra.NoArgs,
		Short: "Run all roles in one process, with an embedded broker and a private database",
		Long: "Runs all parts in one process until it is stopped, with an embedded Kafka broker and a private\n" +
			"PostgreSQL where none are configured. With --data they keep their files there over restarts; without it\n" +
			"they are gone at the end. DIR/connection.json has, once everything is ready, the addresses of the\n" +
			"process: http, kafka with user and password, postgres, admin and the token of an ADMIN; kcat.conf and\n" +
			"client.properties beside it let other programs join the broker.\n\n" +
			"With --clock business time is fixed until \"tenure clock advance\" moves it. It is refused, with exit code 4,\n" +
			"on a database or topics that have lived on real time. A simulated PBX and mobile operator confirm the\n" +
			"requests of deletions; --provider sets how. It is refused for a live system on configured brokers.",
		Example: "  tenure up --data ./data\n" +
			"  tenure up --data ./data --http 127.0.0.1:8080 --kafka 127.0.0.1:19092 --clock 2026-10-30T12:00:00Z",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c := node.Config{Config: p.config, KafkaAddr: kafka, Prepare: true, Pages: consolePages, Refill: refillTopics,
				Getenv: os.Getenv, Version: buildVersion(), Log: p.log}
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
	cmd.Flags().
		StringVar(&kafka, "kafka", "", "address of the embedded broker (default: that of the last start, or a free port)")
	cmd.Flags().StringVar(&at, "clock", "", "simulated business time to begin with, RFC 3339")
	answering.add(cmd)
	show(cmd, "http", "admin")
	return cmd
}

// stayUp runs a process until it is stopped or a part fails.
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
	if errors.Is(err, node.ErrLive) {
		return coded(exitRefused, err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Stop(context.WithoutCancel(ctx))) }()
	at, err := n.Announce(ctx, c.Data)
	if err != nil {
		return err
	}
	p.sayUp(at, c.Data)
	return n.Wait(ctx)
}

// sayUp says where the process is, as a line of the log where a program reads its output.
func (p *program) sayUp(at node.Connection, data string) {
	if p.config.LogFormat.JSON() {
		p.log.Info("up: the addresses are in connection.json", telemetry.KeyAddress, at.HTTP)
		return
	}
	p.say("Tenure is up. Kafka %s · HTTP %s · admin %s", at.Kafka, at.HTTP, at.Admin)
	p.say("Its addresses are in %s/connection.json. Try: tenure send --help; stop with Ctrl-C.", data)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tenure/internal/node"
	"tenure/internal/telemetry"
)

func (p *program) serve() *cobra.Command {
	prepare := true
	cmd := &cobra.Command{
		Use:   "serve",
		Args:  cobra.NoArgs,
		Short: "Run roles against the configured Kafka and PostgreSQL",
		Long: "Runs the roles of this process until it is stopped: worker (decides and bills), feed (read models and\n" +
			"the relay to Kafka), scheduler (starts and closes runs), api (HTTP). Any number of processes share the\n" +
			"work.",
		Example: "  TENURE_KAFKA_BROKERS=kafka-0:9092 TENURE_POSTGRES_DSN_FILE=/run/secrets/dsn tenure serve --roles " +
			"worker,feed",
		RunE: func(cmd *cobra.Command, _ []string) error {
			kafka, err := p.kafka()
			if err != nil {
				return err
			}
			if p.config.Postgres.DSN == "" {
				return coded(exitUsage, errors.New("no database: set TENURE_POSTGRES_DSN or TENURE_POSTGRES_DSN_FILE"))
			}
			p.config.Kafka = kafka
			n, err := node.Start(cmd.Context(), node.Config{Config: p.config, Prepare: prepare, Pages: consolePages,
				Refill: refillTopics, Getenv: os.Getenv, Version: buildVersion(), Log: p.log})
			if err != nil {
				return err
			}
			p.log.Info("serving", telemetry.KeyRole, fmt.Sprint(p.config.Roles), telemetry.KeyVersion, buildVersion(),
				telemetry.KeySettings, p.changedSettings())
			err = n.Wait(cmd.Context())
			return errors.Join(err, n.Stop(context.WithoutCancel(cmd.Context())))
		},
	}
	cmd.Flags().BoolVar(&prepare, "prepare", true, "migrate the database and create missing topics first")
	show(cmd, "roles", "http", "admin")
	return cmd
}

// changedSettings are the settings that are not the defaults, secrets masked, as they are logged at the start.
func (p *program) changedSettings() string {
	var list []string
	for _, v := range p.config.Values {
		if v.Source != "default" {
			list = append(list, v.Name+"="+v.Value)
		}
	}
	return strings.Join(list, " ")
}

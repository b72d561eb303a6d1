package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"tenure/billing"
	"tenure/internal/bus"
	"tenure/internal/config"
	"tenure/internal/demo"
	"tenure/internal/node"
	"tenure/internal/store"
	"tenure/internal/telemetry"
)

func (p *program) demo() *cobra.Command {
	var lines string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run a sample company through a month end with everything embedded, and remove it",
		Args:  cobra.NoArgs,
		Long: "Starts a broker and a database in temporary directories, creates a sample company by commands over\n" +
			"Kafka, advances a simulated clock over a month end, and prints the events of four employees, the\n" +
			"documents with their lines as read back from the Kafka topics, and the control totals. Exit code 5 when\n" +
			"a total does not agree. Settings are ignored.",
		Example: "  tenure demo\n  tenure demo --lines all",
		RunE: func(cmd *cobra.Command, _ []string) error {
			n, all, err := demoLines(lines)
			if err != nil {
				return coded(exitUsage, err)
			}
			report, err := p.playDemo(cmd.Context())
			if err != nil {
				return err
			}
			switch {
			case p.json:
				err = p.printJSON(report)
			case all:
				report.Print(p.out)
			default:
				report.PrintScreen(p.out, n)
			}
			if err == nil && !report.Agrees() {
				err = coded(exitMismatch, errors.New("the lines on the topics differ from the announced totals"))
			}
			return err
		},
	}
	cmd.Flags().StringVar(&lines, "lines", "3", "lines of each document on one screen, or all for the whole report")
	return cmd
}

// demoLines reads --lines.
func demoLines(text string) (n int, all bool, err error) {
	if text == "all" || text == "0" {
		return 0, true, nil
	}
	if n, err = strconv.Atoi(text); err != nil || n < 0 {
		return 0, false, fmt.Errorf("--lines %q: use a number or all", text)
	}
	return n, false, nil
}

// playDemo runs a private process around the demonstration.
func (p *program) playDemo(ctx context.Context) (report *demo.Report, err error) {
	policy, err := demoPolicy()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	p.say("starting a private broker and database")
	c := config.Config{
		Roles: []config.Role{config.RoleWorker, config.RoleFeed, config.RoleScheduler}, Policy: policy, Group: "tenure",
		Kafka: bus.Config{ClientID: "tenure-demo"}, Partitions: bus.PartitionsDefault, Postgres: store.Config{},
	}
	n, err := node.Start(ctx, node.Config{Config: c, Ephemeral: true, Prepare: true, Clock: demo.Begin, Log: p.demoLog()})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, n.Stop(context.WithoutCancel(ctx))) }()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		if failed := n.Wait(ctx); failed != nil {
			cancel(failed)
		}
	}()
	p.say("ready after %s", time.Since(began).Round(time.Millisecond))
	report, err = demo.Run(ctx, demo.Config{Kafka: n.Kafka, Store: n.Store, Policy: policy, Say: p.say})
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = fmt.Errorf("%w (%w)", err, cause)
	}
	p.say("done after %s", time.Since(began).Round(time.Millisecond))
	return report, err
}

// policyLedgers is the key of the ledgers that are on.
const policyLedgers = "ledgers"

// demoPolicy is the default with all three ledgers on.
func demoPolicy() (billing.Policy, error) {
	policy, err := billing.DefaultPolicy().With(policyLedgers, "CUSTOMER,RESELLER,COST")
	if err != nil {
		return policy, err
	}
	return policy.Ready()
}

// demoLog leaves out what is only of interest in operation, unless a level is given.
func (p *program) demoLog() *slog.Logger {
	return telemetry.NewLogger(p.err, p.config.LogFormat, max(p.config.LogLevel, slog.LevelWarn))
}

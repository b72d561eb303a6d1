package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"tenure/access"
	"tenure/events"
	"tenure/internal/command"
	"tenure/internal/store"
	"tenure/internal/table"
)

// Manual billing and records of accounting: each of these commands composes one command message, shows it, and sends
// it.

// manualFlags is what all of them have in common.
type manualFlags struct {
	actor    events.Actor
	id       string
	reason   string
	yes, dry bool
	wait     bool
	timeout  time.Duration
}

// manual adds the shared flags to a command and sends what compose returns.
func (p *program) manual(
	cmd *cobra.Command,
	needsReason bool,
	compose func(ctx context.Context, args []string) (command.Command, error),
) *cobra.Command {
	var f manualFlags
	flags := cmd.Flags()
	actorFlags(cmd, &f.actor)
	flags.StringVar(&f.id, "id", "", "id of the command, under which it takes effect once (default: a random one)")
	flags.BoolVar(&f.dry, "dry-run", false, "show the command without sending it")
	flags.BoolVar(&f.yes, "yes", false, "send it")
	flags.BoolVar(&f.wait, "wait", true, "wait for the outcome and print it")
	flags.DurationVar(&f.timeout, "timeout", answerTime, "how long to wait for the outcome")
	if needsReason {
		flags.StringVar(&f.reason, "reason", "", "reason, recorded with the event")
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if needsReason && f.reason == "" {
			return coded(exitUsage, errors.New("--reason is required and recorded"))
		}
		o, err := compose(cmd.Context(), args)
		if err != nil {
			return err
		}
		return p.sendManual(cmd.Context(), f, o)
	}
	return cmd
}

// manualPreviewed is manual with a reason, for a command whose effect --dry-run shows instead of the command.
func (p *program) manualPreviewed(
	cmd *cobra.Command,
	preview func(context.Context, *store.Store, command.Command) error,
	compose func(ctx context.Context, args []string) (command.Command, error),
) *cobra.Command {
	p.manual(cmd, true, compose)
	send := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		flags := cmd.Flags()
		reason, err := flags.GetString("reason")
		dry, dryErr := flags.GetBool("dry-run")
		if err != nil || dryErr != nil || !dry || reason == "" {
			return send(cmd, args)
		}
		o, err := compose(cmd.Context(), args)
		if err != nil {
			return err
		}
		data, _ := o.Data.(map[string]any)
		data["reason"] = reason
		o.Actor = events.Actor{AccessLevel: access.Admin.String()}
		return p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			return preview(ctx, s, o)
		})(cmd, args)
	}
	return cmd
}

func (p *program) sendManual(ctx context.Context, f manualFlags, o command.Command) error {
	data, _ := o.Data.(map[string]any)
	if f.reason != "" {
		data["reason"] = f.reason
	}
	o.Actor, o.ID = f.actor, cmp.Or(f.id, uuid.NewString())
	if _, err := command.Compose(o); err != nil {
		return coded(exitUsage, err)
	}
	if f.dry {
		return p.printCommand(o, data)
	}
	if !f.yes {
		return coded(exitUsage, errors.New("use --yes to send it, or --dry-run to see it"))
	}
	return p.sendCommands(ctx, []command.Command{o}, f.wait, f.timeout)
}

func (p *program) printCommand(o command.Command, data map[string]any) error {
	t := table.New("WHAT", "VALUE")
	t.Add("type", o.Type)
	t.Add("subject", o.Subject)
	for _, name := range sortedKeys(data) {
		t.Add(name, fmt.Sprint(data[name]))
	}
	return p.print(struct {
		Type    string         `json:"type"`
		Subject string         `json:"subject"`
		ID      string         `json:"id"`
		Actor   events.Actor   `json:"actor"`
		Data    map[string]any `json:"data"`
	}{o.Type, o.Subject, o.ID, o.Actor, data}, t)
}

// given keeps the values that were given.
func given(all map[string]any) map[string]any {
	for name, value := range all {
		if value == "" {
			delete(all, name)
		}
	}
	return all
}

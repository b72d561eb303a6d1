package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/bus"
	"tenure/internal/clock"
	"tenure/internal/command"
	"tenure/internal/runs"
	"tenure/internal/status"
	"tenure/internal/store"
	"tenure/internal/table"
)

// levelWords are the lamps' levels as they are printed.
var levelWords = map[status.Level]string{
	status.OK: "ok", status.Running: "runs", status.Unknown: "not known", status.Attention: "NEEDS AN OPERATOR",
	status.Stopped: "BLOCKED",
}

// tonight is the command status.
func (p *program) tonight() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show whether the run is done and whether anything needs an operator",
		Args:  cobra.NoArgs,
		Long: "Shows the first page of the console: one sentence on the nightly run, ten lamps, and what needs an " +
			"operator, most\n" +
			"urgent first. The exit code is that of the worst lamp: 0 when nothing needs an operator, 4 when a decision is\n" +
			"waited for, 5 when something is blocked.",
		Example: "  tenure status --data ./data\n  tenure status --output json",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			c, err := clock.Follow(ctx, s)
			if err != nil {
				return err
			}
			_, simulated := c.(*clock.Simulated)
			from := status.Sources{
				Store: s, Now: c.Now(), Machine: time.Now(), Simulated: simulated, Zone: p.config.Policy.Zone(),
				ExpectBy: p.config.ExpectBy, Progress: runs.ProgressOf,
			}
			if _, lookup, err := p.lookup(); err == nil {
				defer lookup.Close()
				from.Waiting = waitingIn(s, lookup)
			}
			return p.printStatus(status.Read(ctx, from))
		}),
	}
}

func waitingIn(s *store.Store, lookup *bus.TopicReader) func(context.Context) (map[string]int64, error) {
	return func(ctx context.Context) (map[string]int64, error) { return command.Waiting(ctx, s, lookup) }
}

// printStatus prints a status; its error has the exit code of the worst lamp.
func (p *program) printStatus(s status.Status) error {
	var worst error
	switch s.Level {
	case status.Attention:
		worst = coded(exitRefused, errQuiet)
	case status.Stopped:
		worst = coded(exitMismatch, errQuiet)
	}
	if p.json {
		if err := p.printJSON(s); err != nil {
			return err
		}
		return worst
	}
	_, _ = fmt.Fprintf(p.out, "%s\n%s\n\n", s.Sentence, s.Detail)
	t := table.New("LAMP", "STATE", "VALUE", "DETAIL")
	for _, lamp := range s.Lamps {
		t.Add(lamp.Name, levelWords[lamp.Level], lamp.Value, lamp.Detail)
	}
	t.Write(p.out, "")
	if len(s.Todo) > 0 {
		_, _ = fmt.Fprintln(p.out, "\nNeeds an operator:")
		for _, todo := range s.Todo {
			_, _ = fmt.Fprintf(p.out, "  %s. %s\n    %s\n", todo.Title, todo.Text, todo.Command)
		}
	}
	return worst
}

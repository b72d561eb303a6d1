package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/replay"
	"tenure/internal/table"
)

func (p *program) replayPlan() *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use: "plan", Short: "Count what a replay would publish", Args: cobra.NoArgs,
		Example: "  tenure replay plan --target topic:week-30 --from 2026-07-20 --to 2026-07-27 --type 'employee.*'\n" +
			"  tenure replay plan --target topic:employee.events --missing --from 2026-06-01",
		RunE: p.orRebuild(&f, p.onReplay(func(ctx context.Context, r *replay.Runner, _ []string) error {
			o, err := f.order()
			if err != nil {
				return coded(exitUsage, err)
			}
			return p.replayPreview(ctx, r, o)
		})),
	}
	f.ask(cmd)
	return cmd
}

// planView is a plan as it is printed.
type planView struct {
	Topic     string         `json:"topic"`
	Positions int64          `json:"positions"` // that are read
	Counts    []replay.Count `json:"counts"`
	Messages  int64          `json:"messages"`
	Bytes     int64          `json:"bytes"`
	First     string         `json:"first,omitempty"` // business times
	Last      string         `json:"last,omitempty"`
	Has       *int64         `json:"has,omitempty"`     // messages that the topic has; with --missing
	Foreign   *int64         `json:"foreign,omitempty"` // of them, not of the log
}

// replayPreview counts and prints what a replay would publish; exit code 6 when that is nothing.
func (p *program) replayPreview(ctx context.Context, r *replay.Runner, o replay.Request) error {
	plan, err := r.Plan(ctx, o)
	if err != nil {
		return p.replayError(err)
	}
	v := planView{Topic: o.Topic, Counts: plan.Counts, Messages: plan.Messages, Bytes: plan.Bytes}
	for _, span := range plan.Spans {
		v.Positions += span.Last - span.First + 1
	}
	if plan.Messages > 0 {
		v.First, v.Last = plan.First.Format(time.RFC3339), plan.Last.Format(time.RFC3339)
	}
	if o.Missing {
		v.Has, v.Foreign = &plan.Has, &plan.Foreign
	}
	t := table.New("TOPIC", "TYPE", ">MESSAGES", ">BYTES")
	for _, c := range plan.Counts {
		t.Add(c.Topic, c.Type, count(c.Messages), count(c.Bytes))
	}
	if err := p.print(v, t); err != nil {
		return err
	}
	p.say("%s", planWords(v, o.Missing))
	if plan.Messages == 0 {
		return coded(exitNothing, errQuiet)
	}
	return nil
}

// planWords sums a plan up.
func planWords(v planView, missing bool) string {
	var words strings.Builder
	if missing {
		fmt.Fprintf(&words, "%s has %d messages", v.Topic, *v.Has)
		if *v.Foreign > 0 {
			fmt.Fprintf(&words, ", %d of them not of the log", *v.Foreign)
		}
		fmt.Fprintf(&words, "; it lacks %d", v.Messages)
	} else {
		fmt.Fprintf(&words, "%d messages, %d bytes", v.Messages, v.Bytes)
	}
	if v.Messages > 0 {
		fmt.Fprintf(&words, ", from %s to %s", v.First, v.Last)
	}
	return words.String()
}

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/history"
	"tenure/internal/store"
	"tenure/internal/table"
	"tenure/internal/timeline"
)

// historyEvent is an event of a history as it is printed.
type historyEvent struct {
	timeline.Moment
	Version int32         `json:"version"`
	Run     string        `json:"run,omitempty"`
	Actor   *events.Actor `json:"actor,omitempty"`
	Payload events.Event  `json:"payload"`
}

func (p *program) employeeHistory() *cobra.Command {
	return &cobra.Command{
		Use:     "history ID",
		Short:   "List the events of an employee with time, actor or rule of time, and command",
		Args:    cobra.ExactArgs(1),
		Example: "  tenure employee history 5e0000000000000000000007 --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			all, err := history.Of(ctx, s, domain.Stream(domain.KindEmployee, domain.CanonicalID(args[0])))
			if err != nil {
				return err
			}
			if len(all) == 0 {
				return fmt.Errorf("there is no employee %s", args[0])
			}
			list := make([]historyEvent, len(all))
			t := table.New("WHEN (UTC)", "WHAT", "BY", "COMMAND", "POSITION")
			for i, r := range all {
				f := historyEventOf(r)
				list[i] = f
				t.Add(f.At.Format(time.DateTime), f.What, f.By, f.Command, f.Position)
			}
			return p.print(list, t)
		}),
	}
}

func historyEventOf(r events.Recorded) historyEvent {
	f := historyEvent{
		Moment: timeline.Moment{
			At: r.At, What: timeline.Tell(r.Event), By: timeline.Cause(r), Command: r.CommandID,
			Position: fmt.Sprintf("%d:%d", r.Shard, r.Position), Type: r.Event.EventType(),
		},
		Version: r.Version, Run: r.RunID, Payload: r.Event,
	}
	if r.Actor != (events.Actor{}) {
		f.Actor = &r.Actor
	}
	return f
}

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
			history, err := readHistory(ctx, s, domain.CanonicalID(args[0]))
			if err != nil {
				return err
			}
			if len(history) == 0 {
				return fmt.Errorf("there is no employee %s", args[0])
			}
			list := make([]historyEvent, len(history))
			t := table.New("WHEN (UTC)", "WHAT", "BY", "COMMAND", "POSITION")
			for i, r := range history {
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

func readHistory(ctx context.Context, s *store.Store, id string) ([]events.Recorded, error) {
	var recorded []events.Recorded
	for from := int32(1); ; {
		page, err := s.StreamEvents(ctx, domain.Stream(domain.KindEmployee, id), from)
		if err != nil || len(page) == 0 {
			return recorded, err
		}
		for _, e := range page {
			r, err := history.Recorded(e)
			if err != nil {
				return nil, err
			}
			recorded = append(recorded, r)
		}
		from = page[len(page)-1].Version + 1
	}
}

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/store"
	"tenure/internal/table"
)

// parkedReason sums up a reason as it is printed.
type parkedReason struct {
	Reason   string    `json:"reason"`
	Messages int64     `json:"messages"`
	Subjects int64     `json:"subjects"`
	Oldest   time.Time `json:"oldest"`
}

// parkedView is the list as it is printed.
type parkedView struct {
	Reasons  []parkedReason  `json:"reasons"`
	Messages []parkedMessage `json:"messages"`
}

func (p *program) parkedList() *cobra.Command {
	var f store.ParkedFilter
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List parked messages and count them by reason; exit code 3 when there are any",
		Args:  cobra.NoArgs,
		Example: "  tenure parked list --data ./data\n" +
			"  tenure parked list --data ./data --cause broken --older-than 24h\n" +
			"  tenure parked list --data ./data --stream employee/5e0000000000000000000007",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			view, err := readParked(ctx, s, f)
			if err != nil {
				return err
			}
			if err := p.printParkedList(view); err != nil {
				return err
			}
			if len(view.Messages) > 0 && f.State == store.StateParked {
				return coded(exitParked, errQuiet)
			}
			return nil
		}),
	}
	filterFlags(cmd, &f)
	cmd.Flags().StringVar(&f.State, "state", store.StateParked, "parked, retried, moved or discarded")
	cmd.Flags().IntVar(&f.Limit, "limit", 100, "messages to list, up to 1000; the counts are of all")
	return cmd
}

func readParked(ctx context.Context, s *store.Store, f store.ParkedFilter) (parkedView, error) {
	view := parkedView{Reasons: []parkedReason{}, Messages: []parkedMessage{}}
	reasons, err := s.ParkedReasons(ctx, f)
	if err != nil {
		return view, err
	}
	for _, r := range reasons {
		view.Reasons = append(view.Reasons, parkedReason(r))
	}
	found, err := s.ParkedList(ctx, f)
	for _, m := range found {
		view.Messages = append(view.Messages, parkedOf(m))
	}
	return view, err
}

func (p *program) printParkedList(view parkedView) error {
	if p.json {
		return p.printJSON(view)
	}
	if len(view.Reasons) > 0 {
		t := table.New("REASON", ">MESSAGES", ">BLOCKED SUBJECTS", ">OLDEST")
		for _, r := range view.Reasons {
			t.Add(r.Reason, count(r.Messages), count(r.Subjects), age(r.Oldest))
		}
		t.Write(p.out, "")
		_, _ = fmt.Fprintln(p.out)
	}
	return p.print(view, parkedTable(view.Messages))
}

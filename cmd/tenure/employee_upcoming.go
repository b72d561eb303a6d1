package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/catalog"
	"tenure/internal/store"
	"tenure/internal/table"
	"tenure/internal/timeline"
)

// upcomingMonths is how far ahead the forecast goes by default.
const upcomingMonths = 3

func (p *program) employeeUpcoming() *cobra.Command {
	var until string
	var all bool
	cmd := &cobra.Command{
		Use:   "upcoming ID",
		Short: "Forecast what time and the nightly runs will do to an employee",
		Args:  cobra.ExactArgs(1),
		Long: "Simulates the coming months on a copy of the employee, with the present catalogue and no further\n" +
			"command: product changes, rate plans, the deletion, presence, and the lines of each nightly run. Nothing\n" +
			"is written. Automatic changes of presence are counted, and listed with --all.",
		Example: "  tenure employee upcoming 5e0000000000000000000007 --data ./data --until 2027-02-01",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			moments, err := p.upcoming(ctx, s, domain.CanonicalID(args[0]), until)
			if err != nil {
				return err
			}
			return p.printUpcoming(moments, all)
		}),
	}
	cmd.Flags().
		StringVar(&until, "until", "", "end of the forecast, RFC 3339 or a day (default: three months from business time)")
	cmd.Flags().BoolVar(&all, "all", false, "list automatic changes of presence as well")
	return cmd
}

func (p *program) upcoming(ctx context.Context, s *store.Store, id, until string) ([]timeline.Moment, error) {
	now, simulated, err := s.Clock(ctx)
	if err != nil {
		return nil, err
	}
	if !simulated {
		now = time.Now().UTC()
	}
	end := now.AddDate(0, upcomingMonths, 0)
	if until != "" {
		if end, err = parseTime(until); err != nil {
			return nil, coded(exitUsage, fmt.Errorf("--until: %w", err))
		}
	}
	e, ok, err := timeline.Load(ctx, s, id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("there is no employee %s", id)
	}
	latest, err := catalog.New(s, nil).Latest(ctx)
	if err != nil {
		return nil, err
	}
	return timeline.Upcoming(e, domain.World{Now: now, Catalog: latest.Catalog, Policy: latest.Catalog.PolicyAt(now,
		p.config.Policy)}, end)
}

func (p *program) printUpcoming(moments []timeline.Moment, all bool) error {
	t := table.New("WHEN (UTC)", "WHAT", "BY")
	shown, hidden := make([]timeline.Moment, 0, len(moments)), 0
	for _, m := range moments {
		if !all && m.Type == (events.PresenceChanged{}).EventType() {
			hidden++
			continue
		}
		shown = append(shown, m)
		t.Add(m.At.Format(time.DateTime), m.What, m.By)
	}
	if hidden > 0 {
		p.say("%d changes of presence are not listed; --all lists them", hidden)
	}
	return p.print(shown, t)
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/history"
	"tenure/internal/store"
	"tenure/internal/table"
	"tenure/internal/timeline"
	"tenure/projections"
)

// moment is how a point in an employee's past is named.
type moment struct {
	at       string
	position int64
}

func (m *moment) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&m.at, "at", "", "as she stood at a business time, RFC 3339 or a day")
	cmd.Flags().Int64Var(&m.position, "position", 0, "as she stood at a position of her shard")
	cmd.MarkFlagsMutuallyExclusive("at", "position")
}

func (m *moment) given() bool { return m.at != "" || m.position != 0 }

// asItStood folds the beginning of her history; false when she did not exist yet.
func (p *program) asItStood(ctx context.Context, s *store.Store, id string, m moment) (projections.Employee, billing.Date, bool, error) {
	var e projections.Employee
	until := time.Time{}
	if m.at != "" {
		at, err := parseTime(m.at)
		if err != nil {
			return e, 0, false, coded(exitUsage, fmt.Errorf("--at: %w", err))
		}
		until = at
	}
	history, err := readHistory(ctx, s, id)
	if err != nil {
		return e, 0, false, err
	}
	end := slices.IndexFunc(history, func(f events.Recorded) bool {
		return m.position != 0 && f.Position > m.position || !until.IsZero() && f.At.After(until)
	})
	if end >= 0 {
		history = history[:end]
	}
	if len(history) == 0 {
		return e, 0, false, nil
	}
	if until.IsZero() {
		until = history[len(history)-1].At
	}
	e, err = projections.EmployeeFrom(id, history)
	return e, billing.DateOf(until, p.config.Policy.Zone()), true, err
}

// fact is an event of a history as it is printed.
type fact struct {
	timeline.Moment
	Version int32         `json:"version"`
	Run     string        `json:"run,omitempty"`
	Actor   *events.Actor `json:"actor,omitempty"`
	Payload events.Event  `json:"payload"`
}

func (p *program) employeeHistory() *cobra.Command {
	return &cobra.Command{
		Use: "history ID", Short: "What happened to her, when, by whom or by which rule of time, and by which command", Args: cobra.ExactArgs(1),
		Example: "  tenure employee history 5e0000000000000000000007 --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			history, err := readHistory(ctx, s, domain.CanonicalID(args[0]))
			if err != nil {
				return err
			}
			if len(history) == 0 {
				return fmt.Errorf("there is no employee %s", args[0])
			}
			list := make([]fact, len(history))
			t := table.New("WHEN (UTC)", "WHAT", "BY", "COMMAND", "POSITION")
			for i, r := range history {
				f := factOf(r)
				list[i] = f
				t.Add(f.At.Format(time.DateTime), f.What, f.By, f.Command, f.Position)
			}
			return p.print(list, t)
		}),
	}
}

func factOf(r events.Recorded) fact {
	f := fact{
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

// upcomingMonths is how far ahead is looked unless told otherwise.
const upcomingMonths = 3

func (p *program) employeeUpcoming() *cobra.Command {
	var until string
	var all bool
	cmd := &cobra.Command{
		Use: "upcoming ID", Short: "What time and the nightly runs will do to her, without doing it", Args: cobra.ExactArgs(1),
		Long: "Lives the coming months on a copy of her, with the catalogue as it is and nobody ordering anything: product changes,\n" +
			"rate plans, her deletion, presence, and the lines of each night. Nothing is written. Automatic changes of presence are\n" +
			"counted and not listed unless --all.",
		Example: "  tenure employee upcoming 5e0000000000000000000007 --data ./data --until 2027-02-01",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			moments, err := p.upcoming(ctx, s, domain.CanonicalID(args[0]), until)
			if err != nil {
				return err
			}
			return p.printUpcoming(moments, all)
		}),
	}
	cmd.Flags().StringVar(&until, "until", "", "until when, RFC 3339 or a day (default: three months from business time)")
	cmd.Flags().BoolVar(&all, "all", false, "list automatic changes of presence too")
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
	e, catalog, ok, err := timeline.Load(ctx, s, id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("there is no employee %s", id)
	}
	return timeline.Upcoming(e, domain.World{Now: now, Catalog: catalog, Policy: p.config.Policy}, end)
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

// stalledDeletion is a deletion that waits for people, as it is printed.
type stalledDeletion struct {
	Employee string            `json:"employee"`
	Since    time.Time         `json:"since"` // the instant of the deletion
	Waiting  []string          `json:"waiting"`
	Refused  map[string]string `json:"refused,omitempty"`
}

func (p *program) employeeStalled() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use: "stalled", Short: "Deletions that nobody confirms; exit code 3 when there are any", Args: cobra.NoArgs,
		Long: "Lists employees whose extensions or MVNO accounts were asked to be deleted three times without a confirmation.\n" +
			"Nobody is asked any more. See that they are deleted, then confirm what was:\n" +
			"  tenure send --type employee.confirm_mvno_account_deleted.v1 --subject EMPLOYEE --body '{\"_id\":\"ACCOUNT\"}'",
		Example: "  tenure employee stalled --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			found, err := projections.StalledDeletions(ctx, s, limit)
			if err != nil {
				return err
			}
			list := make([]stalledDeletion, len(found))
			t := table.New("EMPLOYEE", "SINCE", "WAITS FOR", "REFUSED")
			for i := range found {
				list[i] = stalledOf(&found[i])
				t.Add(list[i].Employee, list[i].Since.Format(time.RFC3339), strings.Join(list[i].Waiting, ", "), reasons(list[i].Refused))
			}
			if err := p.print(list, t); err != nil {
				return err
			}
			if len(list) > 0 {
				return coded(exitParked, errQuiet)
			}
			return nil
		}),
	}
	cmd.Flags().IntVar(&limit, "limit", 100, "at most so many, up to 10000")
	return cmd
}

func stalledOf(e *projections.Employee) stalledDeletion {
	d := stalledDeletion{Employee: e.ID, Since: e.Deletion.At, Refused: e.Deletion.Refused}
	for _, x := range e.Extensions {
		d.Waiting = append(d.Waiting, "extension "+x.ID)
	}
	for _, a := range e.Accounts {
		d.Waiting = append(d.Waiting, "MVNO account "+a.ID)
	}
	return d
}

func reasons(refused map[string]string) string {
	var all []string
	for _, id := range sortedKeys(refused) {
		all = append(all, id+": "+refused[id])
	}
	return strings.Join(all, "; ")
}

// addPresence tells her presence, and how it changes by itself.
func addPresence(t *table.Table, e projections.Employee) {
	if e.Presence != nil {
		t.Add("presence", strings.TrimPrefix(timeline.Tell(events.PresenceChanged{Presence: *e.Presence}), "presence "))
	}
	for i, slot := range e.Auto {
		days, err := json.Marshal(slot.WeekDays)
		if err == nil {
			t.Add("autoPresence "+strconv.Itoa(i+1), slot.TimeOfDay+" "+slot.State+" on days "+string(days))
		}
	}
}

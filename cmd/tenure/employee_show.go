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
	cmd.Flags().StringVar(&m.at, "at", "", "state at a business time, RFC 3339 or a day")
	cmd.Flags().Int64Var(&m.position, "position", 0, "state at a position of the employee's shard")
	cmd.MarkFlagsMutuallyExclusive("at", "position")
}

func (m *moment) given() bool { return m.at != "" || m.position != 0 }

// employeeAt folds the beginning of a history; false before the employee existed.
func (p *program) employeeAt(
	ctx context.Context,
	s *store.Store,
	id string,
	m moment,
) (projections.Employee, billing.Date, bool, error) {
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

// addPresence adds the presence and its automatic changes.
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

func (p *program) employeeShow() *cobra.Command {
	var then moment
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show an employee now or at a point in its history", Args: cobra.ExactArgs(1),
		Example: "  tenure employee show 5e0000000000000000000007 --data ./data\n" +
			"  tenure employee show 5e0000000000000000000007 --data ./data --at 2026-10-31T12:00:00Z",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			on, err := p.today(ctx, s)
			if err != nil {
				return err
			}
			id := domain.CanonicalID(args[0])
			e, ok, err := projections.EmployeeByID(ctx, s, id)
			if then.given() {
				e, on, ok, err = p.employeeAt(ctx, s, id, then)
			}
			if err != nil {
				return err
			}
			if !ok {
				return fmt.Errorf("there is no employee %s", args[0])
			}
			if p.json {
				return p.printJSON(e)
			}
			p.writeEmployee(e, on)
			return nil
		}),
	}
	then.add(cmd)
	return cmd
}

func (p *program) writeEmployee(e projections.Employee, today billing.Date) {
	t := table.New("WHAT", "VALUE")
	t.Add("_id", e.ID)
	t.Add("number", count(e.Number))
	t.Add("customer", e.Customer)
	t.Add("reseller", e.Reseller)
	t.Add("billed to", e.PayerOn(today))
	t.Add("accessLevel", e.AccessLevel)
	t.Add("state", e.State)
	addSet(t, "product", e.ProductOn(today))
	addSet(t, "product invoiced until", e.InvoicedUntil(billing.ProductSource).String())
	if e.NewProduct != nil {
		t.Add("newProduct", e.NewProduct.Product+" from "+e.NewProduct.From.String())
	}
	if d := e.Deletion; d != nil {
		t.Add("deleteDate", d.At.Format(time.RFC3339))
	}
	addSet(t, "billing held", e.Held)
	addPresence(t, e)
	for _, x := range e.Extensions {
		t.Add("extension "+x.ID, x.Number)
	}
	for _, a := range e.Accounts {
		t.Add("MVNO account "+a.ID, a.Number+" "+a.State)
	}
	var properties map[string]json.RawMessage
	if json.Unmarshal(e.Properties, &properties) == nil {
		for _, name := range sortedKeys(properties) {
			t.Add(name, string(properties[name]))
		}
	}
	t.Write(p.out, "")
	if len(e.Addons) == 0 {
		return
	}
	_, _ = fmt.Fprintln(p.out)
	t = table.New("ADDON", "PRODUCT", ">UNITS", ">UNIT PRICE", "START", "TERMINATE", "INVOICED UNTIL")
	for i := range e.Addons {
		a := &e.Addons[i]
		on, price := max(today, a.Start), "catalogue"
		if own := a.UnitPriceOn(on); own != nil {
			price = own.StringFixed(2)
		}
		t.Add(
			a.ID,
			a.Product,
			a.UnitsOn(on).String(),
			price,
			a.Start.String(),
			a.Terminate.String(),
			e.InvoicedUntil(a.ID).String(),
		)
	}
	t.Write(p.out, "")
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
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

// pointFlag is a flag that names a point in a history.
type pointFlag struct{ *history.Point }

// Set reads a business time or a position.
func (f pointFlag) Set(text string) (err error) {
	*f.Point, err = history.ParsePoint(text)
	return err
}

// Type names the value in the help.
func (f pointFlag) Type() string { return "point" }

// addPoint adds the flags that name one point in the past.
func addPoint(cmd *cobra.Command, p *history.Point) {
	cmd.Flags().Var(pointFlag{p}, "at", "state at a business time (RFC 3339 or a day) or a position (120 or 3:120)")
	cmd.Flags().Var(pointFlag{p}, "position", "the same as --at")
	cmd.MarkFlagsMutuallyExclusive("at", "position")
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
	var then history.Point
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
			var e projections.Employee
			var ok bool
			if then.IsEnd() {
				e, ok, err = employeeNow(ctx, s, id)
			} else {
				var at time.Time
				e, at, ok, err = timeline.AsOf(ctx, s, id, then)
				on = billing.DateOf(at, p.config.Policy.Zone())
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
	addPoint(cmd, &then)
	return cmd
}

// employeeNow reads an employee of the read model, which has everything that was decided of it before: whoever saw a
// command applied sees its effect. Only the employee's own shard is waited for.
func employeeNow(ctx context.Context, s *store.Store, id string) (e projections.Employee, ok bool, err error) {
	subject, begun, err := s.Subject(ctx, domain.Stream(domain.KindEmployee, id))
	if err == nil && begun {
		err = caughtUpOn(ctx, s, subject.Shard, projections.Directory{}.Name())
	}
	if err != nil {
		return e, false, err
	}
	return projections.EmployeeByID(ctx, s, id)
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
	if len(e.Addons) > 0 {
		_, _ = fmt.Fprintln(p.out)
		addonTable(e, today, p.config.Policy.Decimals(e.Currency)).Write(p.out, "")
	}
}

// addonTable lists the addons; own prices have the decimals of the employee's currency, and more where they have more.
func addonTable(e projections.Employee, today billing.Date, decimals int) *table.Table {
	t := table.New("ADDON", "PRODUCT", ">UNITS", ">UNIT PRICE", "START", "TERMINATE", "INVOICED UNTIL")
	for i := range e.Addons {
		a := &e.Addons[i]
		on, price := max(today, a.Start), "catalogue"
		if own := a.UnitPriceOn(on); own != nil {
			price = own.StringFixed(decimals)
		}
		t.Add(a.ID, a.Product, a.UnitsOn(on).String(), price, a.Start.String(), a.Terminate.String(),
			e.InvoicedUntil(a.ID).String())
	}
	return t
}

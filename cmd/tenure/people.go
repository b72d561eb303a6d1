package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tenure/billing"
	"tenure/domain"
	"tenure/internal/store"
	"tenure/internal/table"
	"tenure/projections"
)

func (p *program) employee() *cobra.Command {
	cmd := &cobra.Command{Use: "employee", Short: "What is known of an employee"}
	cmd.AddCommand(p.employeeShow(), p.employeeHistory(), p.employeeDiff(), p.employeeUpcoming(), p.employeeStalled())
	return cmd
}

func (p *program) employeeShow() *cobra.Command {
	var then moment
	cmd := &cobra.Command{
		Use: "show ID", Short: "The employee as she stands, or as she stood", Args: cobra.ExactArgs(1),
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
				e, on, ok, err = p.asItStood(ctx, s, id, then)
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

// today is the day of business time in the billing zone.
func (p *program) today(ctx context.Context, s *store.Store) (billing.Date, error) {
	now, simulated, err := s.Clock(ctx)
	if !simulated {
		now = time.Now()
	}
	return billing.DateOf(now, p.config.Policy.Zone()), err
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
		t.Add(a.ID, a.Product, a.UnitsOn(on).String(), price, a.Start.String(), a.Terminate.String(), e.InvoicedUntil(a.ID).String())
	}
	t.Write(p.out, "")
}

func addSet(t *table.Table, name, value string) {
	if value != "" {
		t.Add(name, value)
	}
}

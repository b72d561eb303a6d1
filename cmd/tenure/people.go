package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
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
	cmd.AddCommand(p.employeeShow(), p.employeeHistory())
	return cmd
}

func (p *program) employeeShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "The employee as she stands", Args: cobra.ExactArgs(1),
		Example: "  tenure employee show 5e0000000000000000000007 --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			e, ok, err := projections.EmployeeByID(ctx, s, strings.ToLower(args[0]))
			if err != nil {
				return err
			}
			if !ok {
				return fmt.Errorf("there is no employee %s", args[0])
			}
			if p.json {
				return p.printJSON(e)
			}
			today, err := p.today(ctx, s)
			if err != nil {
				return err
			}
			p.writeEmployee(e, today)
			return nil
		}),
	}
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

// fact is one event of a history as it is printed.
type fact struct {
	Position string          `json:"position"`
	Version  int32           `json:"version"`
	At       time.Time       `json:"at"`
	Type     string          `json:"type"`
	Command  string          `json:"command,omitempty"`
	Run      string          `json:"run,omitempty"`
	Actor    json.RawMessage `json:"actor,omitempty"`
	Payload  json.RawMessage `json:"payload"`
}

func (p *program) employeeHistory() *cobra.Command {
	return &cobra.Command{
		Use: "history ID", Short: "What happened to her, when, and by which command", Args: cobra.ExactArgs(1),
		Example: "  tenure employee history 5e0000000000000000000007 --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			history, err := readHistory(ctx, s, domain.Stream(domain.KindEmployee, strings.ToLower(args[0])))
			if err != nil {
				return err
			}
			if len(history) == 0 {
				return fmt.Errorf("there is no employee %s", args[0])
			}
			t := table.New("WHEN (UTC)", "WHAT", "BY", "POSITION", "FACT")
			for _, f := range history {
				t.Add(f.At.Format(time.DateTime), strings.TrimPrefix(f.Type, "employee."), f.by(), f.Position, shortened(f.Payload))
			}
			return p.print(history, t)
		}),
	}
}

// by tells whose doing it was: a command, a run, or time.
func (f fact) by() string {
	switch {
	case f.Command != "":
		return "command " + f.Command
	case f.Run != "":
		return "run " + f.Run
	}
	return "time"
}

// payloadShown is how much of a fact a table shows; --output json shows it whole.
const payloadShown = 72

func shortened(payload json.RawMessage) string {
	if runes := []rune(string(payload)); len(runes) > payloadShown {
		return string(runes[:payloadShown]) + "…"
	}
	return string(payload)
}

func readHistory(ctx context.Context, s *store.Store, stream string) ([]fact, error) {
	var history []fact
	for from := int32(1); ; {
		page, err := s.StreamEvents(ctx, stream, from)
		if err != nil || len(page) == 0 {
			return history, err
		}
		for _, e := range page {
			history = append(history, fact{
				Position: fmt.Sprintf("%d:%d", e.Shard, e.Position), Version: e.Version, At: e.At, Type: e.Type,
				Command: e.CommandID, Run: e.RunID, Actor: slices.Clone(e.Actor), Payload: e.Payload,
			})
		}
		from = page[len(page)-1].Version + 1
	}
}

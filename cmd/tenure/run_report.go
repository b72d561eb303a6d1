package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"tenure/events"
	"tenure/internal/runs"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/internal/table"
)

func (p *program) runReport() *cobra.Command {
	var compare, due bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "report [RUN]",
		Short: "Report what a run billed and did not bill, beside the last comparable run",
		Args:  cobra.MaximumNArgs(1),
		Long: "Reports counts and amounts per ledger, currency and product, every employee who was not billed with the\n" +
			"reason, the employees that changed between plan and start, and the bounds that are exceeded. With\n" +
			"--compare it is printed beside the last comparable run: that of the previous first of a month, else the\n" +
			"last other run. With --output json every employee is one object of notBilled; the table shows the first\n" +
			"100.",
		Example: "  tenure run report --compare --data ./data\n  tenure run report nightly/2026-11-01 --output json",
		RunE: p.onStoreWithin(&timeout, func(ctx context.Context, s *store.Store, args []string) error {
			id, err := p.runNamed(ctx, s, args)
			if err != nil {
				return err
			}
			if id == "" {
				p.say("no run yet")
				return coded(exitNothing, errQuiet)
			}
			report, err := runs.ReportOf(ctx, s, id, p.config.Bounds, compare)
			if err != nil {
				return err
			}
			if p.json {
				return p.streamReport(ctx, s, report, due)
			}
			return p.writeReport(ctx, s, report, due)
		}),
	}
	cmd.Flags().BoolVar(&compare, "compare", false, "compare with the last comparable run")
	cmd.Flags().BoolVar(&due, "all", false, "list employees with nothing due as well")
	cmd.Flags().DurationVar(&timeout, "timeout", time.Hour, "how long to wait")
	return cmd
}

// reportHead is a report without the employees.
type reportHead struct {
	Run       string                `json:"run"`
	State     string                `json:"state"`
	Examined  int64                 `json:"examined"`
	Billed    int64                 `json:"billed"`
	NotBilled int64                 `json:"notBilledCount"`
	Totals    []events.ControlTotal `json:"totals"`
	Products  []productView         `json:"products"`
	Reasons   map[string]int64      `json:"reasons"`
	Breaches  []events.Breach       `json:"breaches"`
	Changed   []string              `json:"changedSincePlan"`
	Compared  *comparedView         `json:"compared,omitempty"`
}

type productView struct {
	Ledger   string `json:"ledger"`
	Currency string `json:"currency"`
	Product  string `json:"product"`
	Lines    int64  `json:"lines"`
	Amount   string `json:"amount"`
}

// comparedView is the other run with the payers whose amount differs.
type comparedView struct {
	Run      string                `json:"run"`
	Examined int64                 `json:"examined"`
	Billed   int64                 `json:"billed"`
	Totals   []events.ControlTotal `json:"totals"`
	Products []productView         `json:"products"`
	Counts   []payerCountView      `json:"payerCounts"`
	Payers   []payerView           `json:"payers"` // the largest differences
}

type payerCountView struct {
	Change   string `json:"change"` // new, gone, changed
	Ledger   string `json:"ledger"`
	Currency string `json:"currency"`
	Payers   int64  `json:"payers"`
	Was      string `json:"was"`
	Is       string `json:"is"`
}

type payerView struct {
	Change   string `json:"change"`
	Ledger   string `json:"ledger"`
	Payer    string `json:"payer"`
	Currency string `json:"currency"`
	Was      string `json:"was"`
	Is       string `json:"is"`
}

// plain writes an amount with two decimals, or more where it has them.
func plain(d decimal.Decimal) string { return d.StringFixed(max(2, -d.Exponent())) }

func viewReport(r runs.Report) reportHead {
	v := reportHead{
		Run: r.Progress.Run.ID, State: r.Progress.State, Examined: r.Progress.Examined, Billed: r.Progress.Billed,
		NotBilled: r.Progress.NotBilled, Totals: r.Totals, Products: viewProducts(r.Products), Reasons: r.Reasons,
		Breaches: r.Breaches, Changed: r.Changed,
	}
	c := r.Compared
	if c == nil {
		return v
	}
	v.Compared = &comparedView{
		Run:      c.With.Run,
		Examined: c.With.Examined,
		Billed:   c.With.Billed,
		Totals:   c.With.Totals,
		Products: viewProducts(c.Products),
	}
	for _, n := range c.Counts {
		v.Compared.Counts = append(
			v.Compared.Counts,
			payerCountView{n.Change, n.Ledger, n.Currency, n.Payers, plain(n.Was), plain(n.Is)},
		)
	}
	for _, n := range c.Payers {
		v.Compared.Payers = append(
			v.Compared.Payers,
			payerView{n.Change, n.Ledger, n.BillTo, n.Currency, plain(n.Was), plain(n.Is)},
		)
	}
	return v
}

func viewProducts(all []store.Product) []productView {
	out := make([]productView, len(all))
	for i, one := range all {
		out[i] = productView{one.Ledger, one.Currency, one.Product, one.Lines, plain(one.Amount)}
	}
	return out
}

// streamReport writes one JSON object whose last property has every employee, without keeping them.
func (p *program) streamReport(ctx context.Context, s *store.Store, r runs.Report, due bool) error {
	head, err := json.Marshal(viewReport(r))
	if err != nil {
		return fmt.Errorf("print: %w", err)
	}
	if _, err := fmt.Fprintf(p.out, "%s,\n\"notBilled\":[", head[:len(head)-1]); err != nil {
		return err
	}
	separator := "\n"
	err = runs.NotBilled(ctx, s, r.Progress.Run.ID, due, func(reason store.Reason) error {
		raw, err := json.Marshal(reasonView(reason))
		if err == nil {
			_, err = fmt.Fprintf(p.out, "%s%s", separator, raw)
		}
		separator = ",\n"
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(p.out, "\n]}\n")
	return err
}

func (p *program) writeReport(ctx context.Context, s *store.Store, r runs.Report, due bool) error {
	v := viewReport(r)
	t := table.New("RUN", "STATE", ">EXAMINED", ">BILLED", ">NOT BILLED")
	t.Add(v.Run, v.State, count(v.Examined), count(v.Billed), count(v.NotBilled))
	if c := r.Compared; c != nil {
		t.Add(c.With.Run, runstate.StateCompleted, count(c.With.Examined), count(c.With.Billed), count(c.With.NotBilled))
	}
	t.Write(p.out, "")
	p.writeTotals(v)
	p.writePayers(v.Compared)
	p.writeReasons(v.Reasons)
	if len(v.Changed) > 0 {
		_, _ = fmt.Fprintf(p.out, "\n%d employees changed between plan and start\n", len(v.Changed))
	}
	if len(v.Breaches) > 0 {
		_, _ = fmt.Fprintln(p.out)
		breachTable(v.Breaches).Write(p.out, "")
	}
	return p.writeNotBilled(ctx, s, v.Run, due)
}

// writeTotals puts ledgers and products of both runs beside each other.
func (p *program) writeTotals(v reportHead) {
	type key struct{ ledger, currency, product string }
	was := map[key]productView{}
	if v.Compared != nil {
		for _, t := range v.Compared.Totals {
			k := key{string(t.Ledger), t.Currency, ""}
			was[k] = productView{k.ledger, k.currency, "", t.Lines, plain(t.Amount.Decimal)}
		}
		for _, t := range v.Compared.Products {
			was[key{t.Ledger, t.Currency, t.Product}] = t
		}
	}
	_, _ = fmt.Fprintln(p.out)
	t := table.New("LEDGER", "CURRENCY", "PRODUCT", ">LINES", ">AMOUNT", ">LINES BEFORE", ">AMOUNT BEFORE")
	add := func(one productView) {
		before := was[key{one.Ledger, one.Currency, one.Product}]
		delete(was, key{one.Ledger, one.Currency, one.Product})
		t.Add(one.Ledger, one.Currency, one.Product, count(one.Lines), one.Amount, count(before.Lines), before.Amount)
	}
	for _, one := range v.Totals {
		add(productView{string(one.Ledger), one.Currency, "", one.Lines, plain(one.Amount.Decimal)})
	}
	for _, one := range v.Products {
		add(one)
	}
	if v.Compared != nil {
		for _, gone := range v.Compared.Products {
			if _, left := was[key{gone.Ledger, gone.Currency, gone.Product}]; left {
				t.Add(gone.Ledger, gone.Currency, gone.Product, "0", "", count(gone.Lines), gone.Amount)
			}
		}
	}
	t.Write(p.out, "")
}

func (p *program) writePayers(c *comparedView) {
	if c == nil {
		return
	}
	_, _ = fmt.Fprintln(p.out)
	t := table.New("PAYERS", "LEDGER", "CURRENCY", ">HOW MANY", ">AMOUNT BEFORE", ">AMOUNT")
	for _, n := range c.Counts {
		t.Add(n.Change, n.Ledger, n.Currency, count(n.Payers), n.Was, n.Is)
	}
	t.Write(p.out, "")
	_, _ = fmt.Fprintln(p.out)
	t = table.New("PAYER", "", "LEDGER", "CURRENCY", ">AMOUNT BEFORE", ">AMOUNT")
	for _, n := range c.Payers {
		t.Add(n.Payer, n.Change, n.Ledger, n.Currency, n.Was, n.Is)
	}
	t.Write(p.out, "")
}

// writeNotBilled lists the first employees who were not billed.
func (p *program) writeNotBilled(ctx context.Context, s *store.Store, id string, due bool) error {
	t, more := table.New("EMPLOYEE", "REASON", "DETAIL"), 0
	err := runs.NotBilled(ctx, s, id, due, func(r store.Reason) error {
		if t.Len() == heldShown {
			more++
			return nil
		}
		t.Add(r.Stream, r.Reason, r.Detail)
		return nil
	})
	if err != nil || t.Len() == 0 {
		return err
	}
	_, _ = fmt.Fprintln(p.out)
	t.Write(p.out, "")
	if more > 0 {
		_, _ = fmt.Fprintf(p.out, "and %d more: --output json has all of them\n", more)
	}
	return nil
}

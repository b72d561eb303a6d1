package console

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/runstate"
	"tenure/internal/status"
	"tenure/internal/store"
	"tenure/projections"
)

// behindRow is an employee behind a plan's figure: what is planned, beside what the comparable run billed it.
type behindRow struct {
	Employee, Currency   string
	Before, Plan, Change string
	Lines                int64
}

// behind is whom a plan bills most: the rest is a sum, since a page never counts a million.
type behind struct {
	Rows      []behindRow
	Others    int64  // employees
	OthersSum string // with its currency; empty where there are several currencies
}

// behindPlan names the employees with the largest amounts of a plan.
func (h *console) behindPlan(ctx context.Context, plan *events.RunPlanned, compared string) (b behind, err error) {
	largest := plan.Summary.Largest
	before, err := h.billedBy(ctx, compared, largest)
	if err != nil {
		return b, err
	}
	sum := decimal.Zero
	for i := range largest {
		one := &largest[i]
		row := behindRow{Employee: one.Employee, Currency: one.Currency, Plan: status.Money(one.Amount), Lines: one.Lines,
			Before: "–", Change: "–"}
		if was, known := before[one.Employee+" "+one.Currency]; known {
			row.Before, row.Change = status.Amount(was.StringFixed(int32(scaleOf(row.Plan)))), change(was, one.Amount.Decimal)
		}
		sum = sum.Add(one.Amount.Decimal)
		b.Rows = append(b.Rows, row)
	}
	b.rest(plan, sum)
	return b, nil
}

// billedBy is what a run billed employees, by employee and currency.
func (h *console) billedBy(ctx context.Context, run string, all []events.PlanEmployee) (map[string]decimal.Decimal,
	error) {
	sums := map[string]decimal.Decimal{}
	if run == "" {
		return sums, nil
	}
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].Employee
	}
	lines, err := projections.LinesOfRunFor(ctx, h.Store, run, names)
	for i := range lines {
		if l := &lines[i].Line; l.Ledger == billing.Customer {
			key := l.Employee + " " + l.Currency
			sums[key] = sums[key].Add(l.Amount.Decimal())
		}
	}
	return sums, err
}

// customersTotal is what a plan bills customers; false where it does so in several currencies, or bills nothing.
func customersTotal(plan *events.RunPlanned) (one events.PlanTotal, single bool) {
	for _, total := range plan.Summary.Totals {
		if total.Ledger == billing.Customer {
			one, single = total, one.Currency == ""
		}
	}
	return one, single
}

// rest is what all others are billed.
func (b *behind) rest(plan *events.RunPlanned, named decimal.Decimal) {
	if b.Others = plan.Summary.Billed - int64(len(b.Rows)); b.Others <= 0 {
		b.Others = 0
		return
	}
	if total, single := customersTotal(plan); single {
		left := total.Amount.Sub(named)
		b.OthersSum = status.Amount(left.StringFixed(int32(scaleOf(status.Money(total.Amount))))) + " " + total.Currency
	}
}

// scaleOf is how many decimals an amount is written with.
func scaleOf(amount string) int {
	_, decimals, _ := strings.Cut(amount, ".")
	return len(decimals)
}

// heldPage lists whom a run did not bill for a reason.
type heldPage struct {
	Run, Reason, Next string
	Rows              []heldRow
}

type heldRow struct{ Employee, Detail string }

// notBilled lists the employees behind a reason, in pages by key.
func (h *console) notBilled(w http.ResponseWriter, r *request) error {
	p := heldPage{Run: r.PathValue("run"), Reason: r.URL.Query().Get("reason")}
	if _, err := runstate.NightOf(p.Run); err != nil || p.Reason == "" {
		return errNotFound
	}
	after := store.ReasonPage{Shard: -1}
	if shard, stream, ok := strings.Cut(r.URL.Query().Get("after"), " "); ok {
		n, err := strconv.ParseInt(shard, 10, 32)
		if err != nil {
			return errNotFound
		}
		after = store.ReasonPage{Shard: store.ShardID(n), Stream: stream}
	}
	found, next, err := h.Store.Held(r.Context(), p.Run, p.Reason, after, heldShown)
	if err != nil {
		return err
	}
	for _, one := range found {
		_, id := domain.SplitStream(one.Stream)
		p.Rows = append(p.Rows, heldRow{Employee: id, Detail: one.Detail})
	}
	if len(found) == heldShown {
		p.Next = url.QueryEscape(strconv.Itoa(int(next.Shard)) + " " + next.Stream)
	}
	return h.show(w, r, view{Name: "held", Title: "Not billed: " + p.Reason, Content: p})
}

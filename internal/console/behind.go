package console

import (
	"context"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/history"
	"tenure/internal/status"
	"tenure/internal/timeline"
	"tenure/projections"
)

// behindRow is an employee behind a plan's figure: what is planned, beside what the comparable run billed it.
type behindRow struct {
	Employee, Currency   string
	Number               int64 // 0: not known
	Before, Plan, Change string
	Difference           string
	Lines                int64
	Cause, CauseBy       string // what last changed for the employee; empty: not looked for, or nothing

	difference decimal.Decimal
}

// behind is whom a plan bills most: the rest is a sum, since a page never counts a million.
type behind struct {
	Rows      []behindRow
	Others    int64  // employees
	OthersSum string // with its currency; empty where there are several currencies
	Share     string // how much of the change against the comparable run the first employee makes
	Without   string // what the plan comes to without it, and the change that is left
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
		was, known := before[one.Employee+" "+one.Currency]
		if known {
			row.Before, row.Change = status.Amount(was.StringFixed(int32(scaleOf(row.Plan)))), change(was, one.Amount.Decimal)
		}
		row.difference = one.Amount.Sub(was)
		row.Difference = status.Amount(row.difference.StringFixed(int32(scaleOf(row.Plan))))
		sum = sum.Add(one.Amount.Decimal)
		b.Rows = append(b.Rows, row)
	}
	if compared != "" { // what differs most is what broke a bound
		slices.SortStableFunc(b.Rows, func(x, y behindRow) int { return y.difference.Abs().Cmp(x.difference.Abs()) })
	}
	b.rest(plan, sum)
	return b, h.causes(ctx, b.Rows, compared)
}

const (
	// causesShown are the employees of whom is read what changed: bounds are broken by a few.
	causesShown = 5
	// causeEvents are how many of an employee's last events may hold it.
	causeEvents = 30
)

// causes reads what last changed for the employees that differ most, and their numbers.
func (h *console) causes(ctx context.Context, rows []behindRow, compared string) error {
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].Employee
	}
	known, err := projections.FindByIDs(ctx, h.Store, ids)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Number = known[rows[i].Employee].Number
		if i >= causesShown || rows[i].difference.IsZero() {
			continue
		}
		if err := h.causeOf(ctx, &rows[i], compared); err != nil {
			return err
		}
	}
	return nil
}

// causeOf finds the newest event that a run bills by, and that no run has billed yet.
func (h *console) causeOf(ctx context.Context, row *behindRow, compared string) error {
	stream := domain.Stream(domain.KindEmployee, row.Employee)
	subject, ok, err := h.Store.Subject(ctx, stream)
	if err != nil || !ok {
		return err
	}
	page, err := h.Store.StreamEvents(ctx, stream, max(1, subject.Version-causeEvents+1))
	if err != nil {
		return err
	}
	for i := len(page) - 1; i >= 0; i-- {
		r, err := history.Recorded(page[i])
		switch {
		case err != nil:
			return err
		case r.RunID == compared && compared != "":
			return nil // billed since: nothing changed
		case r.RunID != "" || !bills(r.Event):
			continue
		}
		row.Cause, row.CauseBy = timeline.Tell(r.Event), momentIn(r.At, h.Policy.Zone())+", "+timeline.Cause(r)
		return nil
	}
	return nil
}

// bills reports whether an event may change what an employee is billed: what others see of it all day does not.
func bills(event events.Event) bool {
	switch event.(type) {
	case events.PresenceChanged, events.EmployeeUpdated:
		return false
	}
	return true
}

// weigh says how much of the plan's change is the first employee's, where customers pay in one currency.
func (b *behind) weigh(before decimal.Decimal, plan *events.RunPlanned) {
	total, single := customersTotal(plan)
	if !single || len(b.Rows) == 0 || before.IsZero() {
		return
	}
	first, whole := &b.Rows[0], total.Amount.Sub(before)
	if whole.IsZero() || first.difference.IsZero() || first.difference.Sign() != whole.Sign() {
		return
	}
	share := first.difference.Mul(decimal.NewFromInt(100)).DivRound(whole, 0)
	left := total.Amount.Sub(first.difference)
	b.Share = share.String() + " %"
	b.Without = status.Amount(left.StringFixed(int32(scaleOf(status.Money(total.Amount))))) + " " + total.Currency + ", " +
		change(before, left)
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

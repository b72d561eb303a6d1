package scheduler

import (
	"fmt"

	"github.com/shopspring/decimal"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// Bounds are what a plan may do without an approval. Zero is off, in each of them.
type Bounds struct {
	Lines        int64           // of one employee
	Amount       decimal.Decimal // of one employee in a ledger, in whatever currency, without sign
	Credit       decimal.Decimal // to one employee in a ledger, in whatever currency
	CreditShare  int64           // percent of the charges of a ledger and currency that its credits may be
	Deletions    int64           // due by the end of the business date
	Held         int64           // employees not billed for another reason than that nothing is due
	BilledChange int64           // percent by which the number of billed employees may differ from the comparable run's
	LinesChange  int64           // percent, of lines
	AmountChange int64           // percent, of the total of each ledger and currency
	ChangedShare int64           // percent of the examined employees that may change between plan and start
	DaysBehind   int64           // days between the business date and the day on which it is planned
}

// The names of the bounds, which are those of their settings.
const (
	BoundLines        = "run-max-lines"
	BoundAmount       = "run-max-amount"
	BoundCredit       = "run-max-credit"
	BoundCreditShare  = "run-max-credit-share"
	BoundDeletions    = "run-max-deletions"
	BoundHeld         = "run-max-held"
	BoundBilledChange = "run-max-billed-change"
	BoundLinesChange  = "run-max-lines-change"
	BoundAmountChange = "run-max-amount-change"
	BoundChanged      = "run-max-changed"
	BoundDaysBehind   = "run-max-days-behind"
)

// DefaultBounds are for a system without its own settings.
func DefaultBounds() Bounds {
	return Bounds{
		Lines:  5000,
		Amount: decimal.New(1, 6),
		Credit: decimal.New(1, 4), CreditShare: 20,
		Deletions:    5000,
		Held:         1000,
		BilledChange: 30,
		LinesChange:  30,
		AmountChange: 30,
		ChangedShare: 20,
		DaysBehind:   1,
	}
}

const (
	// comparableMin is from how many billed employees on the change against another run means anything: of a hundred, the
	// sale of one day is a third.
	comparableMin = 1000
	// changedAlways may change between plan and start, however small the night is.
	changedAlways = 1000
)

// Comparable is the run that a plan is compared with.
type Comparable struct {
	Run    string
	Billed int64
	Lines  int64
	Totals []events.ControlTotal
}

// ComparableWith reports whether two nights are comparable: those of a first bill everybody's month, the others what
// has begun or changed since.
func ComparableWith(a, b billing.Date) bool { return first(a) == first(b) }

func first(d billing.Date) bool { return d.AddMonths(0, 1) == d }

// ComparableOf is a run as a plan compares itself with it.
func ComparableOf(c events.RunCompleted) *Comparable {
	out := &Comparable{Run: c.Run, Billed: c.Billed, Totals: c.Totals}
	for _, t := range c.Totals {
		out.Lines += t.Lines
	}
	return out
}

// Check lists the bounds that a plan exceeds. It is compared with its forecast: with what the catalogue and policy of
// the last run would bill of the same employees. Without one there is nothing to compare it with: what differs from the
// last run then is what was sent since, so that a night after a busy one is no alarm, nor is the first one.
func (b Bounds) Check(plan events.PlanSummary, behind int64) []events.Breach {
	var found breaches
	found.above(BoundLines, b.Lines, plan.LinesMax)
	found.amount(BoundAmount, b.Amount, plan.AmountMax)
	found.amount(BoundCredit, b.Credit, plan.CreditMax)
	b.checkCredits(&found, plan)
	found.above(BoundDeletions, b.Deletions, plan.Deletions)
	found.above(BoundHeld, b.Held, plan.Held)
	found.above(BoundDaysBehind, b.DaysBehind, behind)
	if with := plan.Forecast; with != nil && max(plan.Billed, with.Billed) >= comparableMin {
		b.compare(&found, plan, with)
	}
	return found
}

// checkCredits compares the credits of each ledger and currency with its charges. Credits that are less in all than one
// employee may be given are no alarm, however little is charged that night.
func (b Bounds) checkCredits(found *breaches, plan events.PlanSummary) {
	if b.CreditShare <= 0 {
		return
	}
	for _, credit := range plan.Credits {
		given := credit.Amount.Abs()
		if given.LessThanOrEqual(b.Credit) {
			continue
		}
		charged := sumOf(plan.Totals, credit.Ledger, credit.Currency).Add(given)
		if given.Mul(decimal.NewFromInt(100)).GreaterThan(charged.Mul(decimal.NewFromInt(b.CreditShare))) {
			found.add(BoundCreditShare, fmt.Sprintf("%d %%", b.CreditShare),
				fmt.Sprintf("%s %s %s credited of %s charged", credit.Ledger, given, credit.Currency, charged))
		}
	}
}

// compare checks what changed against the forecast.
func (b Bounds) compare(found *breaches, plan events.PlanSummary, with *events.PlanForecast) {
	than := "by what held in " + with.Run
	found.change(BoundBilledChange, b.BilledChange, decimal.NewFromInt(with.Billed), decimal.NewFromInt(plan.Billed),
		"employees", than)
	found.change(BoundLinesChange, b.LinesChange, linesOf(with.Totals), linesOf(plan.Totals), "lines", than)
	for _, was := range with.Totals {
		is := sumOf(plan.Totals, was.Ledger, was.Currency)
		found.change(BoundAmountChange, b.AmountChange, was.Amount.Decimal, is, string(was.Ledger)+" "+was.Currency, than)
	}
}

func linesOf(totals []events.PlanTotal) decimal.Decimal {
	lines := int64(0)
	for _, t := range totals {
		lines += t.Lines
	}
	return decimal.NewFromInt(lines)
}

func sumOf(totals []events.PlanTotal, ledger billing.Ledger, currency string) decimal.Decimal {
	for _, t := range totals {
		if t.Ledger == ledger && t.Currency == currency {
			return t.Amount.Decimal
		}
	}
	return decimal.Zero
}

// ChangedMax is how many employees may change between a plan and its start; -1: any number.
func (b Bounds) ChangedMax(plan events.PlanSummary) int64 {
	if b.ChangedShare == 0 {
		return -1
	}
	return max(changedAlways, plan.Examined*b.ChangedShare/100)
}

// breaches are collected in the order in which the bounds are checked.
type breaches []events.Breach

func (l *breaches) add(bound, limit, found string) {
	*l = append(*l, events.Breach{Bound: bound, Limit: limit, Found: found})
}

func (l *breaches) above(bound string, limit, found int64) {
	if limit > 0 && found > limit {
		l.add(bound, fmt.Sprint(limit), fmt.Sprint(found))
	}
}

func (l *breaches) amount(bound string, limit decimal.Decimal, found *events.PlanTotal) {
	if found != nil && limit.IsPositive() && found.Amount.Abs().GreaterThan(limit) {
		l.add(bound, limit.String(), fmt.Sprintf("%s %s", found.Amount.StringFixed(int32(found.Amount.Decimals)),
			found.Currency))
	}
}

// change compares in percent, where there was something.
func (l *breaches) change(bound string, limit int64, was, is decimal.Decimal, what, than string) {
	if limit <= 0 || was.IsZero() {
		return
	}
	percent := is.Sub(was).Mul(decimal.NewFromInt(100)).DivRound(was.Abs(), 1)
	if percent.Abs().GreaterThan(decimal.NewFromInt(limit)) {
		l.add(
			bound,
			fmt.Sprintf("%d %%", limit),
			fmt.Sprintf("%s %%: %s %s instead of %s %s", percent, what, is, was, than),
		)
	}
}

// Behind is how many days a night is late on a day.
func Behind(night, today billing.Date) int64 { return max(0, int64(today-night)) }

// NeedsApproval reports whether a plan may not start automatically.
func NeedsApproval(run *domain.Run) bool {
	return run.Planned != nil && len(run.Planned.Breaches) > 0 && run.Approved != run.Planned.Digest
}

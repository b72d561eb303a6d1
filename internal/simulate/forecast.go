package simulate

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"tenure/billing"
)

// Described is an employee as a file describes it: what is given, and changes with the day on which they become known.
type Described struct {
	policy  []Override
	given   given
	changes []change
}

// nightsMax bounds a forecast: a hundred years of nights.
const nightsMax = 36_525

// ReadEmployee reads a described employee: the properties of what is given in a case, a policy, and changes that each
// have a date on. The error is an *InputError that names the property.
func ReadEmployee(raw []byte) (Described, error) {
	r := &reading{}
	o := r.root(raw, append([]string{"policy", "changes", "note"}, givenKeys...)...)
	d := Described{}
	if r.err == nil {
		d.policy, d.given = o.overrides("policy"), o.givenState()
	}
	o.list("changes", func(path string, raw json.RawMessage) {
		if r.err != nil {
			return
		}
		c := r.change(path, raw, "on")
		if c.on.none() {
			r.fail(path+".on", "is missing: the day on which the change becomes known")
		}
		d.changes = append(d.changes, c)
	})
	return d, r.err
}

// officeHour is when a change of a day becomes known: after that day's run.
const officeHour = 12 * time.Hour

// known is when a change becomes known.
func (h *history) known(c change) time.Time {
	if c.on.at.IsZero() {
		return h.instant(c.on).Add(officeHour)
	}
	return c.on.at
}

// Forecast is what an employee will be billed, month by month.
type Forecast struct {
	From     billing.Date     `json:"from"`  // the first night
	Until    billing.Date     `json:"until"` // the last night
	Months   []Month          `json:"months"`
	Totals   []Total          `json:"totals"`
	Held     []HeldNights     `json:"held"`
	Refused  []RefusedChange  `json:"refused"`
	Reviews  []billing.Review `json:"reviews"` // days that another party billed and that it does not get (rule 15)
	NextDue  billing.Date     `json:"nextDue"` // the night after Until that could bill it; none: never
	State    string           `json:"state"`   // its state after the last night
	Invoiced []Invoiced       `json:"invoiced"`
}

// Month holds the lines of a month's nights.
type Month struct {
	Month  string         `json:"month"` // 2025-07
	Lines  []ForecastLine `json:"lines"`
	Totals []Total        `json:"totals"`
}

// ForecastLine is a line with the night that makes it and why it is what it is.
type ForecastLine struct {
	Night billing.Date `json:"night"`
	Line
	Reason      string `json:"reason"`
	PriceSource string `json:"priceSource"`
	Formula     string `json:"formula"`
	Explanation string `json:"explanation"` // the formula, and where the price came from

	amount decimal.Decimal
}

// Total is the signed sum of lines of one ledger, payer and currency.
type Total struct {
	Ledger   billing.Ledger `json:"ledger"`
	BillTo   string         `json:"billTo"`
	Currency string         `json:"currency"`
	Amount   string         `json:"amount"`
}

// HeldNights are nights in a row in which its billing was held for one reason.
type HeldNights struct {
	From   billing.Date `json:"from"`
	Until  billing.Date `json:"until"` // inclusive
	Reason string       `json:"reason"`
	Detail string       `json:"detail"`
}

// RefusedChange is a change that the program would refuse.
type RefusedChange struct {
	On   string `json:"on"`
	Op   string `json:"op"`
	Code string `json:"code"`
}

// Invoiced tells how far one of its sources is billed.
type Invoiced struct {
	Source string        `json:"source"`
	Until  *billing.Date `json:"until"` // inclusive; nil: not at all
}

// Forecast runs every night from the first to the last, 0 from being the first day of anything it has. What was due
// before the first night is caught up in it. The policy is the one given, with the file's keys and then the last
// arguments in its own place. Errors are those of File.Run.
func (d Described) Forecast(p billing.Policy, from, until billing.Date, policy ...Override) (Forecast, error) {
	p, err := policyOf("", p, d.policy, policy)
	if err != nil {
		return Forecast{}, err
	}
	if from == 0 {
		from = d.firstDay(p.Zone())
	}
	switch {
	case from > until:
		return Forecast{}, &InputError{Path: "--until", Problem: until.String() + " is before the first night, " +
			from.String()}
	case int(until-from) >= nightsMax:
		return Forecast{}, &InputError{Path: "--from", Problem: "is more than a hundred years before --until"}
	}
	h, err := begin(d.given, p, false)
	if err != nil {
		return Forecast{}, err
	}
	n := nights{h: h, f: empty(from, until), changes: slices.Clone(d.changes)}
	slices.SortStableFunc(n.changes, func(a, b change) int { return h.known(a).Compare(h.known(b)) })
	for day := from; day <= until; day++ {
		if err := n.night(day); err != nil {
			return Forecast{}, err
		}
	}
	return n.finish(), nil
}

func empty(from, until billing.Date) Forecast {
	return Forecast{
		From: from, Until: until, Months: []Month{}, Totals: []Total{}, Held: []HeldNights{}, Refused: []RefusedChange{},
		Reviews: []billing.Review{}, Invoiced: []Invoiced{},
	}
}

// firstDay is the first day of anything it has.
func (d Described) firstDay(zone *time.Location) billing.Date {
	first := d.given.employee.productStart.day(zone)
	earlier := func(m moment) {
		if day := m.day(zone); day != 0 && (first == 0 || day < first) {
			first = day
		}
	}
	for _, a := range d.given.addons {
		earlier(a.start)
	}
	for _, c := range d.changes {
		earlier(c.on)
	}
	return max(first, firstDay)
}

// nights is a forecast under way.
type nights struct {
	h       *history
	f       Forecast
	changes []change // not known yet, oldest first
}

// night makes known what became known since the last one, and bills it.
func (n *nights) night(day billing.Date) error {
	midnight := n.h.world.Midnight(day)
	for len(n.changes) > 0 && !n.h.known(n.changes[0]).After(midnight) {
		c := n.changes[0]
		n.changes = n.changes[1:]
		if err := n.h.advance(n.h.known(c)); err != nil {
			return err
		}
		code, err := n.h.change(c)
		if err != nil {
			return err
		}
		if code != "" {
			on := c.on.day(n.h.world.Policy.Zone()).String()
			n.f.Refused = append(n.f.Refused, RefusedChange{On: on, Op: c.op, Code: code})
		}
	}
	b, err := n.h.run(moment{date: day})
	if err != nil {
		return err
	}
	n.add(day, b)
	return nil
}

func (n *nights) add(day billing.Date, b billed) {
	for _, review := range b.reviews {
		if !slices.Contains(n.f.Reviews, review) {
			n.f.Reviews = append(n.f.Reviews, review)
		}
	}
	if b.held != nil {
		n.hold(HeldNights{From: day, Until: day, Reason: b.held.Reason, Detail: b.held.Detail})
		return
	}
	if len(b.lines) == 0 {
		return
	}
	name := day.String()[:len("2006-01")]
	if last := len(n.f.Months) - 1; last < 0 || n.f.Months[last].Month != name {
		n.f.Months = append(n.f.Months, Month{Month: name})
	}
	month := &n.f.Months[len(n.f.Months)-1]
	for i := range b.lines {
		l := &b.lines[i]
		month.Lines = append(month.Lines, ForecastLine{
			Night: day, Line: n.h.line(l), Reason: l.Reason, PriceSource: l.PriceSource, Formula: l.Formula(),
			Explanation: l.Explanation(), amount: l.Amount.Decimal(),
		})
	}
}

func (n *nights) hold(one HeldNights) {
	if last := len(n.f.Held) - 1; last >= 0 {
		held := &n.f.Held[last]
		if held.Until == one.From-1 && held.Reason == one.Reason && held.Detail == one.Detail {
			held.Until = one.Until
			return
		}
	}
	n.f.Held = append(n.f.Held, one)
}

func (n *nights) finish() Forecast {
	policy := &n.h.world.Policy
	var all []ForecastLine
	for i := range n.f.Months {
		month := &n.f.Months[i]
		month.Totals = totals(month.Lines, policy)
		all = append(all, month.Lines...)
	}
	n.f.Totals = totals(all, policy)
	for _, id := range n.h.sources() {
		until := Invoiced{Source: id}
		if day := n.h.employee.InvoicedUntil(id); day != 0 {
			until.Until = &day
		}
		n.f.Invoiced = append(n.f.Invoiced, until)
	}
	w := n.h.world
	w.Now = w.Midnight(n.f.Until + 1)
	if due := n.h.employee.BillDue(w); due != 0 {
		n.f.NextDue = max(due, n.f.Until+1) // one who is held is due every night
	}
	n.f.State = n.h.employee.State
	return n.f
}

// totals sums lines by ledger, payer and currency, in that order. Sums have the decimals of their currency.
func totals(lines []ForecastLine, policy *billing.Policy) []Total {
	sums := map[Total]decimal.Decimal{}
	for _, l := range lines {
		key := Total{Ledger: l.Ledger, BillTo: l.BillTo, Currency: l.Currency}
		sums[key] = sums[key].Add(l.amount)
	}
	out := []Total{}
	for key, sum := range sums {
		key.Amount = sum.StringFixed(int32(policy.Decimals(key.Currency)))
		out = append(out, key)
	}
	slices.SortFunc(out, func(a, b Total) int {
		return cmp.Or(cmp.Compare(a.Ledger, b.Ledger), cmp.Compare(a.BillTo, b.BillTo), cmp.Compare(a.Currency, b.Currency))
	})
	return out
}

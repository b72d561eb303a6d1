package simulate

import (
	"fmt"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// life draws a random employee and what happens to it: every operation of the cases, and runs at any days between them.
// It keeps what it did, so that the same can be done again in another way.
type life struct {
	*rapid.T
	policy   billing.Policy
	policies []billing.Policy // all that hold on some day
	money    currencies
	given    given
	done     []deed
	h        *history
	today    billing.Date
	lines    []billing.Line
	addons   []string

	wholeLedgers bool // no line is voided, of which the other ledgers keep theirs
}

// deed is a change, a command, a reply that is sent back, or a run.
type deed struct {
	change  *change
	command domain.Command
	echo    bool
	on      moment       // of a command and a reply
	asOf    billing.Date // of a run
}

var (
	drawPrice = rapid.SampledFrom([]string{"100", "0.03", "29.95", "0.01", "0", "95", "0.155", "1234.567891", "49"})
	drawOwn   = rapid.SampledFrom([]string{"80", "0.02", "-25", "0", "100", "0.125", "29.95"})
	drawUnits = rapid.SampledFrom([]string{"1", "2", "3", "0", "-1", "0.5", "7", "1.333333"})
)

func (l *life) pick(label string, n int) int { return rapid.IntRange(0, n-1).Draw(l.T, label) }

func (l *life) chance(label string, percent int) bool { return l.pick(label, 100) < percent }

func (l *life) amount(g *rapid.Generator[string], label string) *billing.Amount {
	a := billing.MustAmount(g.Draw(l.T, label))
	return &a
}

// near is a day around today.
func (l *life) near(label string, back, ahead int) moment {
	return moment{date: l.today.AddDays(rapid.IntRange(-back, ahead).Draw(l.T, label))}
}

// drawPolicies draws a policy, and often others that replace it from later days; they share the zone.
func drawPolicies(t *rapid.T, first billing.Date) []billing.Effective[billing.Policy] {
	zone := rapid.SampledFrom([]string{"Europe/Copenhagen", "America/Los_Angeles", "Pacific/Auckland"}).Draw(t, "timezone")
	var all []billing.Effective[billing.Policy]
	for i := range rapid.SampledFrom([]int{1, 1, 1, 2, 3}).Draw(t, "policies") {
		from := billing.Date(0)
		if i > 0 {
			from = first.AddDays(rapid.IntRange(-100, 300).Draw(t, "policy from"))
		}
		all = append(all, billing.Effective[billing.Policy]{From: from, Value: drawPolicy(t, zone)})
	}
	return all
}

func drawPolicy(t *rapid.T, zone string) billing.Policy {
	one := func(key string, words ...string) Override {
		return Override{Key: key, Value: rapid.SampledFrom(words).Draw(t, key)}
	}
	keys := []Override{
		one("billingMode", billing.InAdvance, billing.InAdvance, billing.InArrears),
		one("alignment", billing.Calendar, billing.Calendar, billing.Anniversary),
		one("proration", billing.MonthFirst, billing.MonthFirst, billing.PeriodDays, billing.NoProration),
		one("rounding", billing.HalfAwayFromZero, billing.HalfEven),
		one("changeDay", billing.NewState, billing.NewState, billing.OldState),
		one("billingCustomerSwitch", billing.Split, billing.Split, billing.NextPeriod),
		{Key: "timezone", Value: zone},
		{Key: "ledgers", Value: "CUSTOMER,RESELLER,COST"},
		{Key: "periodsMax", Value: "1200"},
	}
	if keys[1].Value == billing.Anniversary {
		keys = append(keys, one("anchorDay", "", "15", "31"), one("anchorMonth", "", "", "2", "11"))
	}
	p, err := policyOf("", casePolicy(), keys)
	require.NoError(t, err)
	return p
}

func newLife(t *rapid.T) *life {
	l := &life{T: t}
	l.today = billing.MustDate("2024-01-01").AddDays(l.pick("first day", 400))
	log := billing.PolicyLog{}
	for _, entry := range drawPolicies(t, l.today) {
		log = log.With(entry.From, entry.Value)
		l.policies = append(l.policies, entry.Value)
	}
	l.policy = log.On(l.today)
	l.money = drawCurrencies(t)
	recurrences := []string{"MONTHLY", "MONTHLY", "QUARTERLY", "YEARLY", "NONE"}
	for i := range 4 {
		l.given.products = append(l.given.products, l.product(fmt.Sprintf("P%d", i), recurrences[l.pick("recurrence", 5)]))
	}
	l.given.products = append(l.given.products, product{id: "P9", inheritsReseller: "P0"})
	for i := range 3 {
		p := l.product(fmt.Sprintf("U%d", i), recurrences[l.pick("user recurrence", 4)])
		if l.chance("includes", 50) {
			p.included = []events.Included{{Product: "P0", Amount: *l.amount(drawUnits, "included")}}
		}
		l.given.products = append(l.given.products, p)
	}
	l.given.employee = employee{customer: "C1", reseller: "R1"}
	if l.chance("has product", 60) {
		l.given.employee.product, l.given.employee.productStart = "U0", l.near("product start", 60, 60)
	}
	for range 1 + l.pick("addons", 3) {
		l.given.addons = append(l.given.addons, l.addon())
	}
	l.h = l.begin(false)
	return l
}

func (l *life) product(id, recurrence string) product {
	full := l.chance("full month", 25)
	return product{
		id: id, recurrence: recurrence, fullMonth: &full, price: l.amount(drawPrice, "price"),
		wholesale: l.amount(drawPrice, "wholesale"), cost: l.amount(drawPrice, "cost"),
	}
}

func (l *life) addon() addon {
	products := []string{"P0", "P1", "P2", "P3", "P9"}
	a := addon{
		id: fmt.Sprintf("A%d", len(l.addons)), product: products[l.pick("product", len(products))],
		start: l.near("start", 100, 100), units: l.amount(drawUnits, "units"),
	}
	if l.chance("own price", 40) {
		a.unitPrice = l.amount(drawOwn, "own price")
	}
	if l.chance("ends", 30) {
		a.terminate = moment{date: a.start.date.AddDays(l.pick("length", 300) - 10)}
	}
	l.addons = append(l.addons, a.id)
	return a
}

func (l *life) begin(stored bool) *history {
	h, err := begin(l.given, l.policy, stored)
	require.NoError(l, err)
	l.money.put(l, h)
	return h
}

// change draws one operation, known on a day that is not before the last, and often the same: what begins and ends on
// one day with a run between must be as if it had never been.
func (l *life) change() {
	if !l.chance("same day", 30) {
		l.today = l.today.AddDays(l.pick("days later", 40))
	}
	c := change{on: moment{date: l.today}, addon: l.addons[l.pick("addon", len(l.addons))]}
	switch op := l.pick("op", 16); op {
	case 10, 11:
		l.holding()
	case 14:
		l.do(deed{command: l.rentAgain(), on: moment{date: l.today}})
	case 15:
		l.do(deed{command: l.relist(), on: moment{date: l.today}})
	case 12:
		l.do(deed{echo: true, on: moment{date: l.today}})
	default:
		if l.draw(&c, op) {
			l.do(deed{change: &c})
		}
	}
}

// draw fills a change by its operation; false where there is none to make.
func (l *life) draw(c *change, op int) bool {
	switch op {
	case 0:
		c.op, c.date = "terminate", l.near("terminate", 90, 200)
	case 1:
		c.op = "terminate"
	case 2, 3:
		c.op, c.effective, c.units = "update", l.near("units from", 120, 60), l.amount(drawUnits, "units")
	case 4:
		c.op, c.effective, c.clearsPrice = "update", l.near("price from", 120, 60), l.chance("catalogue price", 30)
		if !c.clearsPrice {
			c.unitPrice = l.amount(drawOwn, "own price")
		}
	case 5:
		c.op, c.effective = "billingCustomer", l.near("payer from", 60, 60)
		c.to = []string{"C1", "C2", ""}[l.pick("payer", 3)]
	case 6:
		l.leave(c)
	case 7:
		return l.setStart(c)
	case 8:
		c.op, c.product = "newProduct", []string{"U0", "U1", "U2", ""}[l.pick("new product", 4)]
	case 9:
		c.op, c.product, c.from = "catalogPrice", fmt.Sprintf("P%d", l.pick("priced product", 4)), l.unbilledYear()
		c.price = l.amount(drawPrice, "new price")
	default:
		c.op, c.added = "addAddon", l.addon()
	}
	return true
}

// unbilledYear is the next 1 January that nothing billed reaches: back-dated catalogue prices are an exception from
// path independence, and every calendar period lies on one side of that day.
func (l *life) unbilledYear() moment {
	last := max(l.today, l.furthest())
	return moment{date: billing.NewDate(last.Time().Year()+1, 1, 1)}
}

// furthest is the end of the furthest period that was ever billed.
func (l *life) furthest() (to billing.Date) {
	for i := range l.lines {
		to = max(to, l.lines[i].Period.To)
	}
	return to
}

// night runs on a day around today, and often today.
func (l *life) night() billed {
	if l.chance("tonight", 30) {
		return l.run(l.today)
	}
	return l.run(l.near("as of", 5, 60).date)
}

func (l *life) run(asOf billing.Date) billed {
	l.today = max(l.today, asOf)
	return l.do(deed{asOf: asOf})
}

func (l *life) do(d deed) billed {
	l.done = append(l.done, d)
	b := l.again(l.h, d)
	l.lines = append(l.lines, b.lines...)
	return b
}

// again does to a history what was done to another.
func (l *life) again(h *history, d deed) (b billed) {
	var err error
	switch {
	case d.command != nil:
		l.order(h, d)
		return b
	case d.echo:
		require.NoError(l, h.advance(h.instant(d.on)))
		if h == l.h {
			l.sendBack()
		}
		require.NoError(l, h.settle())
		return b
	case d.change == nil:
		b, err = h.run(moment{date: d.asOf})
		require.NoError(l, err)
		if b.held != nil {
			require.Equal(l, domain.ReasonHold, b.held.Reason, b.held.Detail)
		}
		return b
	}
	require.NoError(l, h.advance(h.known(*d.change)))
	_, err = h.change(*d.change)
	require.NoError(l, err)
	return b
}

// play draws changes and runs, and calls check after each run.
func (l *life) play(check func(billed)) {
	for range 1 + l.pick("steps", 12) {
		if l.chance("run", 50) {
			check(l.night())
		} else {
			l.change()
		}
	}
}

// last is a day by which everything that was ever billed is due anyway. In arrears the days of an end that was
// withdrawn stay billed, so their period has to be over.
func (l *life) last() billing.Date {
	d := max(l.today, l.furthest())
	if l.arrears() {
		d = d.AddMonths(12, 0)
	}
	return d
}

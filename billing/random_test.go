package billing

import (
	"encoding/json"
	"fmt"

	"pgregory.net/rapid"
)

// world draws random histories: an account with addons and a user product, every
// operation of the vectors, and runs between them.
type world struct {
	*rapid.T
	h     *history
	today Date // the day of the last command or run
	runs  int
}

var (
	drawPrice = rapid.SampledFrom([]string{"100", "0.03", "29.95", "0.01", "0", "95", "0.155", "1234.567891",
		"0.0775", "49"})
	drawOwn   = rapid.SampledFrom([]string{"80", "0.02", "-25", "0", "100", "0.125", "29.95", "-0.03"})
	drawUnits = rapid.SampledFrom([]string{"1", "2", "3", "0", "-1", "0.5", "7", "1.333333"})
)

func (w *world) pick(label string, n int) int { return rapid.IntRange(0, n-1).Draw(w.T, label) }

func (w *world) chance(label string, percent int) bool { return w.pick(label, 100) < percent }

func (w *world) amount(g *rapid.Generator[string], label string) *Amount {
	a := MustAmount(g.Draw(w.T, label))
	return &a
}

// near is a day around today.
func (w *world) near(label string, back, ahead int) Date {
	return w.today.AddDays(rapid.IntRange(-back, ahead).Draw(w.T, label))
}

func drawPolicy(t *rapid.T) Policy {
	one := func(label string, words ...string) string { return rapid.SampledFrom(words).Draw(t, label) }
	p := DefaultPolicy()
	p.BillingMode = one("mode", InAdvance, InAdvance, InArrears)
	p.Alignment = one("alignment", Calendar, Calendar, Anniversary)
	if p.Alignment == Anniversary {
		p.AnchorDay = rapid.SampledFrom([]int{0, 0, 15, 31}).Draw(t, "anchorDay")
		p.AnchorMonth = rapid.SampledFrom([]int{0, 0, 2, 11}).Draw(t, "anchorMonth")
	}
	p.Proration = one("proration", MonthFirst, MonthFirst, PeriodDays, NoProration)
	p.Rounding = one("rounding", HalfAwayFromZero, HalfEven)
	p.ChangeDay = one("changeDay", NewState, NewState, OldState)
	p.BillingCustomerSwitch = one("switch", Split, Split, NextPeriod)
	p.CatalogPriceChange = one("catalog", NextPeriod, NextPeriod, Split)
	p.Ledgers = rapid.SampledFrom([][]Ledger{{Customer, Reseller, Cost}, {Customer, Reseller, Cost},
		{Customer, Reseller, Cost}, {Customer}, {Customer, Reseller}}).Draw(t, "ledgers")
	p.PeriodsMax = periodsMaxMax
	return p
}

// drawLog draws a policy, often with others that hold from later days.
func drawLog(t *rapid.T, first Date) Policy {
	log := PolicyLog{}
	for i := range rapid.SampledFrom([]int{1, 1, 1, 2, 3}).Draw(t, "policies") {
		p, err := drawPolicy(t).Ready()
		if err != nil {
			t.Fatal(err)
		}
		from := Date(0)
		if i > 0 {
			from = first.AddDays(rapid.IntRange(-100, 300).Draw(t, "policy from"))
		}
		log = log.With(from, p)
	}
	return log.On(first)
}

// mode is the one billing mode of all policies, or empty.
func (w *world) arrears() bool {
	return w.h.policy.any(func(p *Policy) bool { return p.BillingMode == InArrears })
}

// keepsAll reports whether all ledgers are on at all times: else they cover other days.
func (w *world) keepsAll() bool {
	return !w.h.policy.any(func(p *Policy) bool { return len(p.Ledgers) < len(allLedgers) })
}

func (w *world) calendar() bool {
	return !w.h.policy.any(func(p *Policy) bool { return p.Alignment != Calendar })
}

func newWorld(t *rapid.T) *world {
	first := MustDate("2024-01-01").AddDays(rapid.IntRange(0, 399).Draw(t, "first day"))
	p := drawLog(t, first)
	w := &world{T: t, h: &history{policy: &p, catalog: Products{}}, today: first}
	w.h.account = Account{Employee: "E1", Customer: "C1", Reseller: "R1", Billed: &Billed{}}
	w.h.account.ResellerCurrency = rapid.SampledFrom([]string{"", "EUR", "JPY"}).Draw(t, "reseller's currency")
	w.h.account.PayerCurrencies = map[string]string{"C2": rapid.SampledFrom([]string{"", "KWD"}).Draw(t,
		"payer's currency")}
	recurrences := []Recurrence{Monthly, Monthly, Quarterly, Yearly, None}
	for i := range 4 {
		id := fmt.Sprintf("P%d", i)
		full := w.chance("full month", 25)
		w.h.catalog[id] = &Product{
			ID: id, Recurrence: recurrences[w.pick("recurrence", len(recurrences))], RecurrenceFullMonth: &full,
			Price: Always(w.amount(drawPrice, "price")), Wholesale: Always(w.amount(drawPrice, "wholesale")),
			Cost:  Always(w.amount(drawPrice, "cost")),
			Named: w.named(),
		}
	}
	w.h.catalog["P9"] = &Product{ID: "P9", InheritFromReseller: "P0"}
	for i := range 3 {
		id := fmt.Sprintf("U%d", i)
		w.h.catalog[id] = &Product{ID: id, Recurrence: recurrences[w.pick("user recurrence", 4)],
			Price:     Always(w.amount(drawPrice, "price")),
			Wholesale: Always(w.amount(drawPrice, "wholesale")), Cost: Always(w.amount(drawPrice, "cost")), Named: w.named()}
		if w.chance("includes", 50) {
			w.h.catalog[id].Included = []Included{{"P0", *w.amount(drawUnits, "included")}}
		}
	}
	if w.chance("has product", 60) {
		start := w.near("product start", 60, 60)
		w.h.account.Sources = append(w.h.account.Sources, Source{ID: ProductSource, Start: start,
			Products: Timeline[string]{{start, "U0"}}})
	}
	for range 1 + w.pick("addons", 3) {
		w.addAddon()
	}
	if w.chance("has an account", 30) {
		w.h.account.Sources = append(w.h.account.Sources, Source{ID: ratePlanSource,
			Products: Timeline[string]{{w.near("attached", 60, 30), "U1"}}})
	}
	return w
}

// ratePlanSource is the rate plan of an account, which recurs: its product changes, and ends.
const ratePlanSource = "mvno/m1"

// replan replaces the rate plan on a first, or takes it away from a day on.
func (w *world) replan(s *Source) {
	plan, from := []string{"U1", "U2", ""}[w.pick("rate plan", 3)], w.today.AddMonths(1, 1)
	if plan == "" {
		from = w.near("detached", 0, 30)
	}
	s.Products = s.Products.Without(w.today).Set(from, plan)
}

// named are prices in other currencies than the policy's.
func (w *world) named() []PriceList {
	return []PriceList{
		{Customer, "KWD", Always(w.amount(drawPrice, "in KWD"))}, {Reseller, "EUR", Always(w.amount(drawPrice, "in EUR"))},
		{Reseller, "JPY", Always(w.amount(drawPrice, "in JPY"))},
	}
}

func (w *world) addAddon() {
	products := []string{"P0", "P1", "P2", "P3", "P9"}
	s := Source{
		ID: fmt.Sprintf("A%d", len(w.h.account.Sources)), Products: Always(products[w.pick("product", len(products))]),
		Start: w.near("start", 100, 100), Units: Always(*w.amount(drawUnits, "units")),
	}
	if w.chance("own price", 40) {
		s.UnitPrice = Always(w.amount(drawOwn, "own price"))
	}
	if w.chance("ends", 30) {
		s.Terminate = s.Start.AddDays(w.pick("length", 300) - 10)
	}
	if w.chance("imported", 15) {
		s.InvoicedFrom, s.InvoicedUntil = s.Start, s.Start.AddDays(w.pick("imported days", 80))
	}
	w.h.account.Sources = append(w.h.account.Sources, s)
}

// step changes something.
func (w *world) step() {
	w.today = w.today.AddDays(w.pick("days later", 40))
	s := &w.h.account.Sources[w.pick("source", len(w.h.account.Sources))]
	addon, op := s.ID != ProductSource, w.pick("op", 11)
	if s.ID == ratePlanSource {
		w.replan(s)
		return
	}
	switch {
	case op <= 1:
		w.terminate(s, op == 0)
	case addon && (op <= 4 || op == 10):
		w.changeAddon(s, op)
	case op == 5:
		to := []string{"C1", "C2", ""}[w.pick("payer", 3)]
		w.h.account.Payers = w.h.account.Payers.Set(w.near("payer from", 60, 60), to)
	case op == 6:
		w.leave()
	case op == 7 && w.calendar():
		w.moveStart(s)
	case op == 9:
		w.catalogPrice()
	case !addon:
		w.h.newProduct(&vectorChange{CommandAt: w.today.String(), Product: fmt.Sprintf("U%d", w.pick("new product", 3))})
	}
}

// changeAddon rents an addon again, or gives it another price or other units.
func (w *world) changeAddon(s *Source, op int) {
	switch op {
	case 10:
		w.rentAgain(s)
	case 4:
		w.reprice(s)
	default:
		s.Units = s.Units.Set(w.near("units from", 120, 60), *w.amount(drawUnits, "units"))
	}
}

// terminate ends a source, or lets it continue.
func (w *world) terminate(s *Source, ends bool) {
	s.Terminate = 0
	if ends {
		s.Terminate = w.near("terminate", 90, 200)
	}
}

// leave ends the account, or takes that back.
func (w *world) leave() {
	w.h.account.Ends = 0
	if w.chance("deleted", 60) {
		w.h.account.Ends = w.near("deleted", 40, 200)
	}
}

func (w *world) moveStart(s *Source) {
	if start := w.near("start moved", 90, 60); start > s.since() {
		s.Start = start
	}
}

// rentAgain begins a second rental of an addon that has ended.
func (w *world) rentAgain(s *Source) {
	if s.Terminate == 0 || s.Terminate > w.today || s.Terminate <= s.Start {
		return
	}
	first := *s
	first.Before = nil
	*s = Source{
		ID: s.ID, Products: s.Products, Units: Always(*w.amount(drawUnits, "units again")),
		Start: s.Terminate.AddDays(w.pick("days between", 60)), Before: append(s.Before, first),
	}
}

func (w *world) reprice(s *Source) {
	var price *Amount
	if w.chance("own price", 70) {
		price = w.amount(drawOwn, "own price")
	}
	s.UnitPrice = s.UnitPrice.Set(w.near("price from", 120, 60), price)
}

// catalogPrice changes a price on a 1 January that nothing billed reaches: the
// rules except back-dated catalogue prices from path independence, and every
// calendar period begins on that day or lies on one side of it.
func (w *world) catalogPrice() {
	from := max(w.today, w.h.account.Billed.furthestOfAll())
	year, _, _ := from.parts()
	p := *w.h.catalog[fmt.Sprintf("P%d", w.pick("priced product", 4))]
	p.Price = p.Price.Set(NewDate(year+1, 1, 1), w.amount(drawPrice, "new price"))
	w.h.catalog[p.ID] = &p
}

// run bills the account, and stores and loads its state as a store would.
func (w *world) run(asOf Date) []Line {
	w.runs++
	w.today = max(w.today, asOf)
	lines, err := w.h.run(asOf)
	if err != nil {
		w.Fatal(err)
	}
	stored, err := json.Marshal(w.h.account.Billed)
	if err != nil {
		w.Fatal(err)
	}
	w.h.account.Billed = &Billed{}
	if err := json.Unmarshal(stored, w.h.account.Billed); err != nil {
		w.Fatal(err)
	}
	return lines
}

// play draws a history of commands and runs, and calls check after each run.
func (w *world) play(check func(lines []Line, asOf Date)) {
	for range 1 + w.pick("steps", 12) {
		if w.chance("run", 50) {
			asOf := w.near("as of", 5, 60)
			check(w.run(asOf), asOf)
		} else {
			w.step()
		}
	}
}

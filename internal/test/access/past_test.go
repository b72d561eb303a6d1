package access

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// Requests of the generator: each history has an employee of several billed months, to which a caller below RESELLER
// sends whatever it likes.
const (
	histories = 250
	requests  = 40 // a history
)

// generatorNow is inside a month that is billed whole.
var generatorNow = time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)

func TestAccess_NothingBelowRESELLERChangesThePastOrPaysTheCustomer(t *testing.T) {
	t.Parallel()
	applied := 0
	for seed := range uint64(histories) {
		g := newGenerator(t, seed)
		for range requests {
			kind, data := g.request()
			if g.send(kind, data) {
				applied++
				g.check(fmt.Sprintf("seed %d: a %s sent %s %s", seed, g.world.Actor.AccessLevel, kind, data))
			}
		}
	}
	require.Greater(t, applied, histories, "what is refused tries nothing")
	t.Logf("%d of %d requests were applied", applied, histories*requests)
}

// generator is one employee, and a caller that is random.
type generator struct {
	t        *testing.T
	rand     *rand.Rand
	world    domain.World
	employee *domain.Employee
	billed   []billing.Line
	earned   map[billing.Ledger]decimal.Decimal // the part of what was billed that lies before today
}

// The ids of the generator.
const (
	genReseller, genCustomer, genPayer = "5a0000000000000000000001", "5c0000000000000000000001", "5c0000000000000000000002"
	genEmployee                        = "5e0000000000000000000001"
)

func productID(n int) string { return fmt.Sprintf("5b%022d", n) }
func addonID(n int) string   { return fmt.Sprintf("5d%022d", n) }

func newGenerator(t *testing.T, seed uint64) *generator {
	t.Helper()
	g := &generator{
		t: t, rand: rand.New(rand.NewPCG(seed, 27)), employee: &domain.Employee{ID: genEmployee},
		earned: map[billing.Ledger]decimal.Decimal{},
		world:  domain.World{Now: generatorNow, Catalog: generatorCatalog(), Policy: billing.DefaultPolicy(), Number: 1},
	}
	g.world.Actor = events.Actor{AccessLevel: "ADMIN"}
	require.True(t, g.send("employee.create.v1",
		fmt.Sprintf(`{"customer":%q,"accessLevel":"VIEWER","name":"Sample","emailAddress":"sample@sample.example",
		"product":%q,"effective":"2026-05-01","addonProducts":[{"_id":%q,"product":%q,"units":"2","start":"2026-06-10"},
		{"_id":%q,"product":%q,"start":"2026-09-01"},{"_id":%q,"product":%q,"start":"2026-01-01","terminate":"2026-12-24"}]}`,
			genCustomer, productID(1), addonID(1), productID(3), addonID(2), productID(4), addonID(3), productID(5))))
	g.billed = g.invoice(g.world.Today())
	g.employee.Evolve(events.EmployeeInvoiced{Run: "r1", AsOf: g.world.Today(), Lines: g.billed})
	for _, l := range g.billed {
		g.earned[l.Ledger] = g.earned[l.Ledger].Add(before(l, g.world.Today()))
	}
	level := []string{"VIEWER", "MANAGER", "OWNER"}[g.rand.IntN(3)]
	g.world.Actor = events.Actor{Employee: "5e0000000000000000000002", AccessLevel: level, Customer: genCustomer,
		Reseller: genReseller}
	if g.rand.IntN(4) == 0 {
		g.world.Actor.Employee, g.world.Actor.AccessLevel = genEmployee, "VIEWER"
	}
	return g
}

func generatorCatalog() *domain.Catalog {
	c := domain.EmptyCatalog()
	put := func(stream string, list ...events.Event) {
		for _, e := range list {
			c.Fold(events.Recorded{Stream: stream, Event: e})
		}
	}
	put("reseller/"+genReseller, events.ResellerPut{Name: "R"})
	put("customer/"+genPayer, events.CustomerPut{Reseller: genReseller, Features: []string{domain.FeaturePBX}})
	put("customer/"+genCustomer, events.CustomerPut{Reseller: genReseller, Features: []string{domain.FeaturePBX},
		BillingCustomers: []string{genPayer}})
	recurrences := []string{"MONTHLY", "MONTHLY", "MONTHLY", "QUARTERLY", "YEARLY", "NONE"}
	for i, recurrence := range recurrences {
		kind := "OTHER"
		if i < 2 {
			kind = "PBX_USER"
		}
		put("product/"+productID(i+1), events.ProductPut{Type: kind, Name: "P", Recurrence: recurrence})
		for _, ledger := range []billing.Ledger{billing.Customer, billing.Reseller, billing.Cost} {
			amount := billing.MustAmount(fmt.Sprintf("%d.50", 20*(i+1)))
			put("product/"+productID(i+1), events.PriceSet{Ledger: ledger, From: billing.MustDate("2000-01-01"),
				Amount: &amount})
		}
	}
	return c
}

// send decides a command, and applies it where it is accepted.
func (g *generator) send(kind, data string) bool {
	g.t.Helper()
	command, err := domain.DecodeCommand(kind, []byte(data))
	if err != nil {
		return false
	}
	for _, e := range g.employee.Advance(g.world) {
		g.employee.Evolve(e)
	}
	decided, err := g.employee.Decide(command, g.world)
	if _, refused := domain.AsRejection(err); refused {
		return false
	}
	require.NoError(g.t, err, "%s %s", kind, data)
	for _, e := range decided {
		g.employee.Evolve(e)
	}
	return len(decided) > 0
}

// invoice is what a run would bill as of a day.
func (g *generator) invoice(asOf billing.Date) (lines []billing.Line) {
	g.t.Helper()
	made, _, err := g.employee.Invoice(g.world, "r", asOf)
	require.NoError(g.t, err)
	for _, e := range made {
		if invoiced, ok := e.(events.EmployeeInvoiced); ok {
			lines = append(lines, invoiced.Lines...)
		}
	}
	return lines
}

// before is the part of a line's amount for its days before a day.
func before(l billing.Line, day billing.Date) decimal.Decimal {
	switch {
	case day >= l.Period.To || l.Months == (billing.Ratio{}):
		return l.Amount.Decimal()
	case day <= l.Period.From:
		return decimal.Zero
	}
	days := decimal.NewFromInt(int64(l.Period.To - l.Period.From))
	return l.Amount.Decimal().Mul(decimal.NewFromInt(int64(day-l.Period.From))).DivRound(days, 6)
}

// roundings is what lines of one employee may lose by rounding, and what whole months cost otherwise than days do.
var roundings = decimal.RequireFromString("3.00")

// check looks at what the next runs would make of the employee.
func (g *generator) check(what string) {
	g.t.Helper()
	today := g.world.Today()
	for _, asOf := range []billing.Date{today, today.AddMonths(2, 1)} {
		net := map[billing.Ledger]decimal.Decimal{}
		for _, l := range g.billed {
			net[l.Ledger] = net[l.Ledger].Add(l.Amount.Decimal())
		}
		for _, l := range g.invoice(asOf) {
			require.GreaterOrEqual(g.t, l.Period.From, today, "%s: a line for days before today: %+v", what, l)
			require.False(g.t, l.Kind == billing.Charge && l.Amount.Sign() < 0, "%s: a charge that pays: %+v", what, l)
			net[l.Ledger] = net[l.Ledger].Add(l.Amount.Decimal())
		}
		for ledger, left := range net {
			least := g.earned[ledger].Sub(roundings)
			require.True(g.t, left.GreaterThanOrEqual(least), "%s: %s is left with %s of %s", what, ledger, left,
				g.earned[ledger])
		}
	}
}

// one picks a text.
func (g *generator) one(texts ...string) string { return texts[g.rand.IntN(len(texts))] }

func (g *generator) date() string {
	if g.rand.IntN(12) == 0 {
		return g.one("null", `""`, `"2026-02-30"`)
	}
	day := generatorNow.AddDate(0, 0, g.rand.IntN(900)-450)
	if g.rand.IntN(3) == 0 {
		day = generatorNow.AddDate(0, 0, g.rand.IntN(5)-2)
	}
	return fmt.Sprintf("%q", day.Format(time.DateOnly))
}

// terms are members of an addon; each is there by chance.
func (g *generator) terms() string {
	addon := map[string]json.RawMessage{"_id": json.RawMessage(fmt.Sprintf("%q", addonID(1+g.rand.IntN(5))))}
	for _, member := range []struct {
		name  string
		value func() string
	}{
		{"product", func() string { return fmt.Sprintf("%q", productID(1+g.rand.IntN(6))) }},
		{"units", func() string { return g.one("-50", "-0.5", "0", "1", "2", "50", `"3.5"`, `"-1"`, "null") }},
		{"unitPrice", func() string { return g.one("-10", "0", `"0.01"`, "1000", "null") }},
		{"start", g.date}, {"terminate", g.date}, {"effective", g.date}, {"invoicedUntil", g.date},
	} {
		if g.rand.IntN(3) == 0 {
			addon[member.name] = json.RawMessage(member.value())
		}
	}
	raw, err := json.Marshal(addon)
	require.NoError(g.t, err)
	return string(raw)
}

// request is a random command.
func (g *generator) request() (kind, data string) {
	switch g.rand.IntN(16) {
	case 12, 13, 14, 15:
		kind = employeeCommands[g.rand.IntN(len(employeeCommands))]
		return kind, g.any(kind)
	case 0:
		return "employee.add_addon.v1", g.terms()
	case 1:
		return "employee.update_addon.v1", g.terms()
	case 2:
		return "employee.terminate_addon.v1", fmt.Sprintf(`{"_id":%q,"terminate":%s}`, addonID(1+g.rand.IntN(4)), g.date())
	case 3:
		return "employee.schedule_product_change.v1", fmt.Sprintf(`{"newProduct":%q}`, productID(1+g.rand.IntN(3)))
	case 4:
		return g.one("billing.adjust.v1", "billing.void_line.v1", "billing.rerate.v1"),
			`{"reason":"a test","amount":"-50.00"}`
	case 5:
		return "employee.attach_mvno_account.v1", fmt.Sprintf(`{"_id":%q,"ratePlan":%q}`, addonID(7),
			productID(1+g.rand.IntN(6)))
	}
	return "employee.update.v1", g.update()
}

// employeeCommands are all that can be sent to an employee: a new one is tried as soon as there is one.
var employeeCommands = func() []string {
	all := slices.DeleteFunc(domain.CommandTypes(), func(kind string) bool {
		of, known := domain.CommandKind(kind)
		return !known || of != domain.KindEmployee
	})
	slices.Sort(all)
	return all
}()

// any is a command with some of its members.
func (g *generator) any(kind string) string {
	command, err := domain.DecodeCommand(kind, []byte("{}"))
	require.NoError(g.t, err)
	doc := map[string]json.RawMessage{"reason": json.RawMessage(`"a test"`)}
	of := reflect.TypeOf(command)
	for i := range of.NumField() {
		name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" || g.rand.IntN(5) == 0 {
			continue
		}
		doc[name] = json.RawMessage(g.member(name))
	}
	if _, has := of.FieldByName("Reason"); !has {
		delete(doc, "reason")
	}
	raw, err := json.Marshal(doc)
	require.NoError(g.t, err)
	return string(raw)
}

// member is a value that could be meant by a name.
func (g *generator) member(name string) string {
	quoted := func(text string) string { return fmt.Sprintf("%q", text) }
	switch name {
	case "_id", "source":
		return g.one(quoted(addonID(1+g.rand.IntN(5))), quoted(addonID(7)), `"product"`)
	case "product", "newProduct", "ratePlan", "newRatePlan":
		return g.one("null", `""`, quoted(productID(1+g.rand.IntN(6))))
	case "line":
		return quoted(g.billed[g.rand.IntN(len(g.billed))].ID.String())
	case "customer", "billingCustomer", "billTo":
		return g.one("null", quoted(genPayer), quoted(genCustomer), quoted(genReseller))
	case "from", "to", "start", "terminate", "terminates", "effective", "invoicedUntil", "deleteDate", "until",
		"bookingDate":
		return g.date()
	case "units", "unitPrice", "amount", "share":
		return g.one("-50", "-0.5", "0", "1", "2", "50", `"3.5"`, `"-1"`, "null")
	case "state":
		return g.one(`"ACTIVE"`, `"DELETING"`, `"BLOCKED"`, `"DISABLED"`)
	case "reason":
		return `"a test"`
	case "ledger":
		return g.one(`"CUSTOMER"`, `"RESELLER"`)
	case "decision":
		return g.one(`"BILL"`, `"WAIVE"`, `"CREDIT"`)
	case "addonProducts":
		return "[" + g.terms() + "]"
	}
	return g.one("true", "false", "null", `"sample"`, "1")
}

// update is a random change; most have one or two properties.
func (g *generator) update() string {
	doc := map[string]json.RawMessage{}
	put := func(name string, chance int, value func() string) {
		if g.rand.IntN(chance) == 0 {
			doc[name] = json.RawMessage(value())
		}
	}
	put("product", 3, func() string {
		return g.one("null", fmt.Sprintf("%q", productID(1)), fmt.Sprintf("%q", productID(2)),
			fmt.Sprintf("%q", productID(3)))
	})
	put("effective", 3, g.date)
	put("billingCustomer", 5, func() string {
		return g.one("null", fmt.Sprintf("%q", genPayer), fmt.Sprintf("%q", genReseller))
	})
	put("newProduct", 6, func() string { return g.one("null", fmt.Sprintf("%q", productID(2))) })
	put("state", 8, func() string { return g.one(`"DISABLED"`, `"ENABLED"`) })
	put("addonProducts", 2, func() string {
		list := "["
		for i := range g.rand.IntN(4) {
			if i > 0 {
				list += ","
			}
			list += g.terms()
		}
		return list + "]"
	})
	put("deleteDate", 40, g.date)
	put("customer", 10, func() string { return g.member("customer") })
	raw, err := json.Marshal(doc)
	require.NoError(g.t, err)
	return string(raw)
}

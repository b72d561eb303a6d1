package domain_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// byHand is a piece of work that an ADMIN orders at noon.
func byHand(id int, work events.BillingWorkOrdered) events.BillingWorkOrdered {
	work.ID, work.On, work.CatalogVersion = id, day("2026-05-12"), sampleCatalog().Version
	work.Reason, work.Actor = "goodwill", "ADMIN"
	return work
}

// adjusted is an adjustment of its customer's bill.
func adjusted(id int, by string) events.BillingWorkOrdered {
	return byHand(id, events.BillingWorkOrdered{Adjustment: &events.Adjustment{Ledger: billing.Customer,
		Day: day("2026-05-12"), Amount: amount(by)}})
}

// billedJune is one whom a run has billed its product for January to May, and an addon.
func billedJune(t tb) facts {
	t.Helper()
	history := withBasic.and(addon("a1", "phone", "2026-05-01"))
	got, why, err := employee(t, history...).Invoice(night("2026-05-01"), "nightly/2026-05-01", day("2026-05-01"))
	require.NoError(t, err)
	require.Nil(t, why)
	return history.and(got...)
}

func TestManualBilling_Adjusting(t *testing.T) {
	t.Parallel()
	full := &events.Adjustment{Ledger: billing.Customer, BillTo: "c2", Product: "phone", Day: day("2026-04-30"),
		Amount: amount("-25.5")}
	many := created
	for range 100 {
		many = many.and(adjusted(len(many), "1"))
	}
	checkRows(t, "employee/e1", "billing.", []row{
		{name: "by an amount, of today, on the customer's ledger", given: created, when: "adjust",
			data: `{"amount":"-25.50","reason":"goodwill"}`,
			then: facts{adjusted(1, "-25.5")}, repeats: true},
		{name: "with everything said", given: created, when: "adjust",
			data: `{"ledger":"CUSTOMER","billTo":"c2","product":"phone","day":"2026-04-30","amount":-25.5,"reason":"goodwill"}`,
			then: facts{byHand(1, events.BillingWorkOrdered{Adjustment: full})}, repeats: true},
		{name: "after it was deleted", given: isDeleted, when: "adjust", data: `{"amount":"-25.50","reason":"goodwill"}`,
			then: facts{adjusted(1, "-25.5")}, repeats: true},
		{name: "again is another piece", given: created.and(adjusted(1, "-25.5")), when: "adjust",
			data: `{"amount":"-25.50","reason":"goodwill"}`,
			then: facts{adjusted(2, "-25.5")}, repeats: true},
		{name: "needs a reason and an amount", given: created, when: "adjust", data: `{}`,
			code: "422 multiple: Multiple errors [422 reason: is required; 422 amount: must not be 0]"},
		{name: "has a bound for the reason", given: created, when: "adjust", data: `{"amount":1,"reason":"` +
			strings.Repeat("x", 501) + `"}`,
			code: "422 reason: has at most 500 bytes"},
		{name: "needs a ledger that is on", given: created, when: "adjust", data: `{"ledger":"COST","amount":1,"reason":"x"}`,
			code: "422 ledger: is not one of the ledgers that are billed"},
		{name: "needs another who pays", given: created, when: "adjust", data: `{"billTo":"c4","amount":1,"reason":"x"}`,
			code: "404 billTo: No payer of that id on this ledger"},
		{name: "needs a product that exists", given: created, when: "adjust",
			data: `{"product":"p404","amount":1,"reason":"x"}`,
			code: "404 product: Product could not be found"},
		{name: "is not of a day to come", given: created, when: "adjust",
			data: `{"day":"2026-05-13","amount":1,"reason":"x"}`,
			code: "422 day: is in the future"},
		{name: "is in whole cents", given: created, when: "adjust", data: `{"amount":"0.001","reason":"x"}`,
			code: "422 amount: amount 0.001 has more than 2 decimals"},
		{name: "has a bound for what waits", given: many, when: "adjust", data: `{"amount":1,"reason":"x"}`,
			code: "409 work: Too much manual billing waits for the next run"},
		{name: "of nobody", when: "adjust", data: `{"amount":1,"reason":"x"}`, code: "404 employee: Employee not found"},
		{name: "is not for a RESELLER_ADMIN", given: created, by: events.Actor{AccessLevel: "RESELLER_ADMIN"}, when: "adjust",
			data: `{"amount":1,"reason":"x"}`, code: denied},
	})
}

func TestManualBilling_WhoMayBeAdjusted(t *testing.T) {
	t.Parallel()
	e, w := employee(t, created...), at(noon)
	w.Policy.Ledgers = []billing.Ledger{billing.Customer, billing.Reseller, billing.Cost}
	for billTo, refused := range map[string]bool{
		"RESELLER r1": false, "RESELLER r2": true, "RESELLER r9": true, "COST PLATFORM": false, "COST r1": true,
		"CUSTOMER c3": false, "CUSTOMER nobody": true,
	} {
		ledger, to, _ := strings.Cut(billTo, " ")
		_, err := order(e, w, "billing.adjust.v1", `{"ledger":"`+ledger+`","billTo":"`+to+`","amount":1,"reason":"x"}`)
		assert.Equal(t, refused, err != nil, billTo)
	}
}

func TestManualBilling_VoidingReratingAndHolding(t *testing.T) {
	t.Parallel()
	given := billedJune(t)
	invoiced := given[len(given)-1].(events.EmployeeInvoiced)
	line := invoiced.Lines[0]
	void := byHand(1, events.BillingWorkOrdered{VoidLine: line.ID})
	checkRows(t, "employee/e1", "billing.", []row{
		{name: "a line is voided", given: given, when: "void_line", data: `{"line":"` + line.ID.String() +
			`","reason":"goodwill"}`, then: facts{void}},
		{name: "a line that there is not", given: given, when: "void_line", data: `{"line":"` + uuid.Nil.String() +
			`","reason":"goodwill"}`,
			code: "404 line: No line of the employee with that id covers any day; an adjustment is taken back by another"},
		{name: "a void without a reason", given: given, when: "void_line", data: `{"line":"` + line.ID.String() + `"}`,
			code: "422 reason: is required"},
		{name: "what costs the same is not rated again", given: given, when: "rerate",
			data: `{"source":"a1","from":"2026-05-01","to":"2026-05-31","reason":"wrong price"}`},
		{name: "a period is needed", given: given, when: "rerate", data: `{"source":"a9","reason":"x"}`,
			code: "422 multiple: Multiple errors [404 source: The employee has no such source: an addon's id, or product; " +
				"422 from: is required]"},
		{name: "a period with days is needed", given: given, when: "rerate",
			data: `{"source":"a1","from":"2026-05-31","to":"2026-05-01","reason":"x"}`,
			code: "422 to: is before from"},
		{name: "a last day is needed", given: given, when: "rerate",
			data: `{"source":"product","from":"2026-05-31","reason":"x"}`,
			code: "422 to: is required"},
		{name: "its bills are held", given: given, when: "hold", data: `{"reason":"disputed"}`,
			then: facts{events.BillingHeld{Reason: "HOLD", Detail: "disputed"}}},
		{name: "and released", given: given.and(events.BillingHeld{Reason: "HOLD", Detail: "disputed"}), when: "release",
			data: `{"reason":"settled"}`,
			then: facts{events.BillingReleased{Reason: "settled"}}},
		{name: "and released with a bound", given: given.and(events.BillingHeld{Reason: "HOLD", Detail: "disputed"}),
			when: "release",
			data: `{"reason":"settled","periodsMax":60}`,
			then: facts{events.BillingReleased{Reason: "settled", PeriodsMax: 60}}},
		{name: "a release of one who is not held", given: given, when: "release", data: `{"reason":"settled"}`},
		{name: "a hold without a reason", given: given, when: "hold", data: `{}`, code: "422 reason: is required"},
		{name: "nothing waits for a decision", given: given, when: "resolve_review",
			data: `{"source":"a1","decision":"KEEP","reason":"x"}`,
			code: "404 source: No review of that source is open"},
	})
}

func TestRerate_ACorrectedPriceOnce(t *testing.T) {
	t.Parallel()
	e := employee(t, billedJune(t)...)
	w := changed(at(noon), "product/phone", events.PriceSet{Ledger: billing.Customer, From: day("2026-01-01"),
		Amount: price("20")})
	const ask = `{"source":"a1","from":"2026-05-10","to":"2026-05-20","reason":"wrong price"}`
	decided, err := order(e, w, "billing.rerate.v1", ask)
	require.NoError(t, err)
	require.Len(t, decided, 1)
	work := decided[0].(events.BillingWorkOrdered)
	require.Equal(t, w.Catalog.Version, work.CatalogVersion)
	require.Equal(t, "a1 2026-05-10 to 2026-05-20", work.Rerate.Source+" "+work.Rerate.Period.String())
	fold(e, decided...)
	again, err := order(e, w, "billing.rerate.v1", ask)
	require.NoError(t, err)
	require.Empty(t, again, "it waits already")

	unpriced := changed(at(noon), "product/phone", events.PriceSet{Ledger: billing.Customer, From: day("2026-01-01")})
	_, err = order(employee(t, billedJune(t)...), unpriced, "billing.rerate.v1", ask)
	require.Equal(t, "409 source: product phone has no CUSTOMER price in DKK on 2026-05-01", refusal(t, err))
}

func TestManualBilling_SettlingWhatAnotherPartyHadBilled(t *testing.T) {
	t.Parallel()
	imported := created.and(events.AddonAdded{Addon: events.Addon{
		ID: "a1", Product: "phone", Units: billing.One, Start: day("2026-01-01"), InvoicedUntil: day("2026-06-30"),
	}}, events.AddonTerminated{ID: "a1", Terminate: day("2026-06-16")})
	review := billing.Review{Source: "a1", Period: billing.Period{From: day("2026-06-16"), To: day("2026-07-01")}}
	settled := func(decision string) events.ReviewSettled {
		return events.ReviewSettled{Review: review, Decision: decision, Reason: "goodwill", Actor: "ADMIN"}
	}
	credit := func(by *billing.Amount) events.BillingWorkOrdered {
		return byHand(1, events.BillingWorkOrdered{Credit: &events.ReviewCredit{Review: review, Amount: by}})
	}
	checkRows(t, "employee/e1", "billing.", []row{
		{name: "it stays billed", given: imported, when: "resolve_review",
			data: `{"source":"a1","decision":"KEEP","reason":"goodwill"}`,
			then: facts{settled("KEEP")}},
		{name: "it is credited at what it costs", given: imported, when: "resolve_review",
			data: `{"source":"a1","decision":"CREDIT","reason":"goodwill"}`,
			then: facts{settled("CREDIT"), credit(nil)}},
		{name: "it is credited as agreed", given: imported, when: "resolve_review",
			data: `{"source":"a1","decision":"CREDIT","amount":"10","reason":"goodwill"}`,
			then: facts{settled("CREDIT"), credit(price("10"))}},
		{name: "it is settled for good", given: imported.and(settled("KEEP")), when: "resolve_review",
			data: `{"source":"a1","decision":"CREDIT","reason":"goodwill"}`},
		{name: "an amount that nobody can be given", given: imported, when: "resolve_review",
			data: `{"source":"a1","decision":"CREDIT","amount":"-10","reason":"goodwill"}`,
			code: "422 amount: is what to credit, above 0"},
		{name: "an amount that is too fine", given: imported, when: "resolve_review",
			data: `{"source":"a1","decision":"CREDIT","amount":"0.001","reason":"goodwill"}`,
			code: "422 amount: amount -0.001 has more than 2 decimals"},
		{name: "of no source", given: imported, when: "resolve_review", data: `{"decision":"KEEP","reason":"goodwill"}`,
			code: "422 source: is required"},
		{name: "neither of the two decisions", given: imported, when: "resolve_review", data: `{"source":"a1"}`,
			code: "422 multiple: Multiple errors [422 reason: is required; 422 decision: must be CREDIT or KEEP]"},
	})
	e := employee(t, imported.and(settled("KEEP"))...)
	require.Zero(t, e.BillDue(night("2026-06-20")), "no run has to list it any more")
	fold(e, events.AddonTerminated{ID: "a1", Terminate: day("2026-06-10")})
	lines, _ := run(t, e, night("2026-06-20"))
	require.Equal(t, []string{"REVIEW a1 2026-06-10–2026-06-15"}, lines, "days that nobody has looked at yet")
}

func TestManualBilling_HoldingACustomerAndClosingAPeriod(t *testing.T) {
	t.Parallel()
	put := events.CustomerPut{Reseller: "r1"}
	held := events.CustomerBillingHeld{Reason: "disputed", Actor: "ADMIN"}
	released := events.CustomerBillingReleased{Reason: "settled", Actor: "ADMIN"}
	checkRows(t, "customer/c9", "billing.", []row{
		{name: "held", given: facts{put}, when: "hold_customer", data: `{"reason":"disputed"}`, then: facts{held}},
		{name: "released", given: facts{put, held}, when: "release_customer", data: `{"reason":"settled"}`,
			then: facts{released}},
		{name: "not held", given: facts{put, held, released}, when: "release_customer", data: `{"reason":"settled"}`},
		{name: "unknown", when: "hold_customer", data: `{"reason":"disputed"}`, code: "404 customer: Customer not found"},
		{name: "unknown to release", when: "release_customer", data: `{"reason":"disputed"}`,
			code: "404 customer: Customer not found"},
		{name: "without a reason", given: facts{put}, when: "hold_customer", data: `{}`, code: "422 reason: is required"},
		{name: "without a reason to release", given: facts{put}, when: "release_customer", data: `{}`,
			code: "422 reason: is required"},
		{
			name:  "by a RESELLER_ADMIN",
			by:    events.Actor{AccessLevel: "RESELLER_ADMIN"},
			given: facts{put},
			when:  "hold_customer",
			data:  `{"reason":"x"}`,
			code:  denied,
		},
	})
	closed := events.PeriodClosed{Until: day("2026-04-30"), Reason: "booked", Actor: "ADMIN"}
	reseller := facts{events.ResellerPut{Name: "Sample reseller 9"}}
	checkRows(t, "reseller/r9", "billing.", []row{
		{name: "closed", given: reseller, when: "close_period", data: `{"until":"2026-04-30","reason":"booked"}`,
			then: facts{closed}},
		{name: "a closed one stays closed", given: reseller.and(closed), when: "close_period",
			data: `{"until":"2026-03-31","reason":"booked"}`,
			code: "409 until: Closed until 2026-04-30 already: a closed period stays closed"},
		{name: "a day that is not over", given: reseller, when: "close_period",
			data: `{"until":"2026-05-12","reason":"booked"}`,
			code: "422 until: must be before today: a day that is not over is not closed"},
		{name: "no day", given: reseller, when: "close_period", data: `{"reason":"booked"}`, code: "422 until: is required"},
		{name: "no reason", given: reseller, when: "close_period", data: `{"until":"2026-04-30"}`,
			code: "422 reason: is required"},
		{name: "nobody's", when: "close_period", data: `{"until":"2026-04-30","reason":"booked"}`,
			code: "404 reseller: Reseller not found"},
	})
	for stream, e := range map[string]events.Event{"customer/c9": put, "reseller/r9": reseller[0]} {
		_, err := replay(t, stream, e).Decide(domain.SetPrice{}, at(noon))
		require.Equal(t, "422 subject: The command does not apply to this kind of subject", refusal(t, err))
	}
}

package domain_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// onMay is a piece of work that is ordered on a day of May with the sample catalog.
func onMay(id int, on string, work events.BillingWorkOrdered) events.BillingWorkOrdered {
	work = byHand(id, work)
	work.On = day("2026-05-" + on)
	return work
}

func TestManualWork_IsDoneByTheNextRun(t *testing.T) {
	t.Parallel()
	given := billedJune(t)
	invoiced := given[len(given)-1].(events.EmployeeInvoiced)
	var phone uuid.UUID
	for _, l := range invoiced.Lines {
		if l.Source == "a1" {
			phone = l.ID
		}
	}
	adjust := func(id int, on, by string) events.Event {
		return onMay(id, on, events.BillingWorkOrdered{Adjustment: &events.Adjustment{Ledger: billing.Customer,
			Day: day("2026-05-" + on), Amount: amount(by)}})
	}
	void := func(id int, on string) events.Event { return onMay(id, on, events.BillingWorkOrdered{VoidLine: phone}) }
	review := billing.Review{Source: "a2", Period: billing.Period{From: day("2026-05-16"), To: day("2026-06-01")}}
	imported := given.and(events.AddonAdded{Addon: events.Addon{
		ID: "a2", Product: "phone", Units: billing.One, Start: day("2026-01-01"), InvoicedUntil: day("2026-05-31"),
	}}, events.AddonTerminated{ID: "a2", Terminate: day("2026-05-16")},
		events.ReviewSettled{Review: review, Decision: "CREDIT", Reason: "x", Actor: "ADMIN"})
	const credit = "CREDIT a1 phone 2026-05-01–2026-05-31 -25.00 in 2026-06/CUSTOMER/c1/DKK"
	checkNightly(t, []nightly{
		{name: "an adjustment", given: given.and(adjust(1, "12", "-10")), nights: []bill{
			{on: "2026-05-13", lines: []string{"CREDIT adjustment  2026-05-12–2026-05-12 -10.00 in 2026-06/CUSTOMER/c1/DKK"}},
		}, due: "2026-06-01"},
		{name: "two equal adjustments, since two were asked for", given: given.and(adjust(1, "12", "5"),
			adjust(2, "12", "5")), nights: []bill{
			{on: "2026-05-13", lines: []string{
				"CHARGE adjustment  2026-05-12–2026-05-12 5.00 in 2026-06/CUSTOMER/c1/DKK",
				"CHARGE adjustment  2026-05-12–2026-05-12 5.00 in 2026-06/CUSTOMER/c1/DKK"}},
		}, due: "2026-06-01"},
		{name: "a voided line, whose days are not billed again", given: given.and(void(1, "12")), nights: []bill{
			{on: "2026-05-13", lines: []string{credit}}, {on: "2026-05-14", why: "NOT_DUE"},
		}, due: "2026-06-01"},
		{name: "a void of what was credited before it says why nothing comes of it",
			given: given.and(void(1, "12")).and(void(2, "12")), nights: []bill{
				{on: "2026-05-13", lines: []string{credit}}, {on: "2026-05-14", why: "NOT_DUE"},
			}, due: "2026-06-01"},
		{name: "what was ordered after the date of a night that is caught up waits for its own",
			given: given.and(adjust(1, "12", "5")), nights: []bill{
				{on: "2026-05-11", why: "NOT_DUE"},
				{on: "2026-05-12", lines: []string{"CHARGE adjustment  2026-05-12–2026-05-12 5.00 in 2026-06/CUSTOMER/c1/DKK"}},
			}, due: "2026-06-01"},
		{name: "together with what is due", given: given.and(void(1, "12"), adjust(2, "13", "5")), nights: []bill{
			{on: "2026-06-01", lines: []string{credit,
				"CHARGE adjustment  2026-05-13–2026-05-13 5.00 in 2026-06/CUSTOMER/c1/DKK",
				"CHARGE a1 phone 2026-06-01–2026-06-30 25.00 in 2026-06/CUSTOMER/c1/DKK",
				"CHARGE product basic 2026-06-01–2026-06-30 60.00 in 2026-06/CUSTOMER/c1/DKK"}},
		}, due: "2026-07-01"},
		{name: "the credit of days that another else had billed",
			given: imported.and(onMay(1, "12", events.BillingWorkOrdered{Credit: &events.ReviewCredit{Review: review}})),
			nights: []bill{
				{on: "2026-05-16", lines: []string{"CREDIT a2 phone 2026-05-16–2026-05-31 -12.90 in 2026-06/CUSTOMER/c1/DKK"}},
				{on: "2026-05-17", why: "NOT_DUE"},
			}, due: "2026-06-01"},
		{name: "of one who has nothing else", given: created.and(adjust(1, "12", "5")), nights: []bill{
			{on: "2026-05-13", lines: []string{"CHARGE adjustment  2026-05-12–2026-05-12 5.00 in 2026-06/CUSTOMER/c1/DKK"}}}},
		{name: "of one who is deleted", given: isDeleted.and(adjust(1, "12", "5")), nights: []bill{
			{on: "2026-05-13", lines: []string{
				"CHARGE adjustment  2026-05-12–2026-05-12 5.00 in 2026-06/CUSTOMER/c1/DKK",
				"CHARGE product basic 2026-01-15–2026-01-31 32.90 in 2026-06/CUSTOMER/c1/DKK",
				"CHARGE product basic 2026-02-01–2026-02-28 60.00 in 2026-06/CUSTOMER/c1/DKK",
				"CHARGE product basic 2026-03-01–2026-03-31 60.00 in 2026-06/CUSTOMER/c1/DKK",
				"CHARGE product basic 2026-04-01–2026-04-30 60.00 in 2026-06/CUSTOMER/c1/DKK",
				"CHARGE product basic 2026-05-01–2026-05-09 17.42 in 2026-06/CUSTOMER/c1/DKK"}}}},
	})
}

func TestManualWork_WithoutEffectIsReportedOnce(t *testing.T) {
	t.Parallel()
	e := employee(t, billedJune(t).and(byHand(1, events.BillingWorkOrdered{VoidLine: uuid.Max}))...)
	w := night("2026-05-13")
	decided, why, err := e.Invoice(w, "nightly/2026-05-13", w.Today())
	require.NoError(t, err)
	require.Equal(t, domain.ReasonWorkDropped, why.Reason)
	require.Contains(t, why.Detail, "no line with that id covers days of this account")
	done := decided[0].(events.EmployeeInvoiced)
	require.Empty(t, done.Lines)
	require.Equal(t, []events.WorkDone{{ID: 1, Dropped: why.Detail}}, done.Work)
	fold(e, decided...)
	require.Empty(t, e.Work)
	require.Equal(t, 1, e.WorkSeq, "the next piece has another id")
}

func TestManualWork_ARunOfAnOlderCatalogueLeavesItToTheNext(t *testing.T) {
	t.Parallel()
	e := employee(t, billedJune(t)...)
	w := changed(night("2026-05-12"), "product/phone", events.PriceSet{Ledger: billing.Customer, From: day("2026-01-01"),
		Amount: price("20")})
	decided, err := order(e, w, "billing.rerate.v1",
		`{"source":"a1","from":"2026-05-01","to":"2026-05-31","reason":"wrong price"}`)
	require.NoError(t, err)
	fold(e, decided...)
	require.Equal(t, day("2026-05-12"), e.BillDue(w))

	lines, why := run(t, e, night("2026-05-12")) // still with the wrong price
	require.Empty(t, lines)
	require.Equal(t, domain.ReasonNotDue, why.Reason)
	require.Equal(t, day("2026-05-13"), e.BillDue(night("2026-05-12")), "or the same run would meet its again")

	w.Now = night("2026-05-13").Now
	lines, _ = run(t, e, w)
	require.Equal(t, []string{
		"CREDIT a1 phone 2026-05-01–2026-05-31 -25.00 in 2026-06/CUSTOMER/c1/DKK",
		"CHARGE a1 phone 2026-05-01–2026-05-31 20.00 in 2026-06/CUSTOMER/c1/DKK",
	}, lines)
	require.Equal(t, day("2026-06-01"), e.BillDue(w))
}

func TestManualWork_NobodyIsBilledWhileHeld(t *testing.T) {
	t.Parallel()
	e := employee(t, billedJune(t).and(events.BillingHeld{Reason: "HOLD", Detail: "disputed"})...)
	for range 2 {
		lines, why := run(t, e, night("2026-06-01"))
		require.Empty(t, lines)
		require.Equal(t, &domain.NotBilled{Reason: "HOLD", Detail: "disputed"}, why)
		require.Equal(t, heldDue, e.BillDue(night("2026-06-02")).String())
	}
	fold(e, events.BillingReleased{Reason: "settled"})
	require.Equal(t, day("2026-06-02"), e.BillDue(night("2026-06-02")))

	held := changed(night("2026-06-02"), "customer/c1", events.CustomerBillingHeld{Reason: "bankrupt", Actor: "ADMIN"})
	lines, why := run(t, e, held)
	require.Equal(t, []string{"HELD CUSTOMER_HOLD"}, lines)
	require.Equal(t, &domain.NotBilled{Reason: "CUSTOMER_HOLD", Detail: "bankrupt"}, why)
	require.Equal(t, heldDue, e.BillDue(held).String(), "it is met every night, once")
	lines, _ = run(t, e, held)
	require.Empty(t, lines, "it is told once")
	released := changed(held, "customer/c1", events.CustomerBillingReleased{Reason: "paid", Actor: "ADMIN"})
	lines, why = run(t, e, released)
	require.Nil(t, why)
	require.Equal(t, []string{"RELEASED",
		"CHARGE a1 phone 2026-06-01–2026-06-30 25.00 in 2026-07/CUSTOMER/c1/DKK",
		"CHARGE product basic 2026-06-01–2026-06-30 60.00 in 2026-07/CUSTOMER/c1/DKK"}, lines)
}

func TestManualWork_BooksOnTheFirstOpenDay(t *testing.T) {
	t.Parallel()
	e := employee(t, withBasic...)
	w := changed(night("2026-05-01"), "reseller/r1", events.PeriodClosed{Until: day("2026-02-28"), Reason: "booked",
		Actor: "ADMIN"})
	decided, _, err := e.Invoice(w, "nightly/2026-05-01", w.Today())
	require.NoError(t, err)
	books := map[string]string{}
	for _, l := range decided[0].(events.EmployeeInvoiced).Lines {
		books[l.Period.From.String()] = l.BookingDate.String() + " " + l.Books().String()
	}
	assert.Equal(t, map[string]string{
		"2026-01-15": "2026-03-01 2026-03-01", "2026-02-01": "2026-03-01 2026-03-01",
		"2026-03-01": " 2026-03-01", "2026-04-01": " 2026-04-01", "2026-05-01": " 2026-05-01",
	}, books, "its own day is not stored")
	other := employee(t, events.EmployeeCreated{Number: 1, Customer: "c4", Reseller: "r2", Currency: "DKK",
		State: "ENABLED"},
		events.ProductAssigned{Product: "basic", From: day("2026-01-15")})
	decided, _, err = other.Invoice(w, "nightly/2026-05-01", w.Today())
	require.NoError(t, err)
	assert.Zero(t, decided[0].(events.EmployeeInvoiced).Lines[0].BookingDate, "each reseller closes its own")
}

package domain_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// night is the sample world when the run of a business date starts, five minutes after local midnight.
func night(date string) domain.World {
	w := at(noon)
	w.Now = w.Midnight(day(date)).Add(nightDelay)
	return w
}

// run advances its to a night and bills the employee, as a run does. It gives its new lines as text.
func run(t tb, e *domain.Employee, w domain.World) (lines []string, why *domain.NotBilled) {
	t.Helper()
	fold(e, e.Advance(w)...)
	before := state(t, e)
	got, why, err := e.Invoice(w, "nightly/"+w.Today().String(), w.Today())
	require.NoError(t, err)
	require.Equal(t, before, state(t, e), "a bill changes no state but through facts")
	fold(e, got...)
	for _, event := range got {
		lines = append(lines, shown(event)...)
	}
	return lines, why
}

// shown writes what a run did to the employee, lines with the last day that they cover, as a bill shows it.
func shown(e events.Event) []string {
	var lines []string
	switch e := e.(type) {
	case events.EmployeeInvoiced:
		for _, l := range e.Lines {
			lines = append(lines, fmt.Sprintf("%s %s %s %s–%s %s in %s", l.Kind, l.Source, l.Product, l.Period.From,
				billing.Inclusive(l.Period.To), l.Amount.StringFixed(int(l.Scale)), l.DocumentRef))
		}
		for _, r := range e.Reviews {
			lines = append(lines, fmt.Sprintf("REVIEW %s %s–%s", r.Source, r.Period.From, billing.Inclusive(r.Period.To)))
		}
	case events.BillingHeld:
		lines = append(lines, "HELD "+e.Reason)
	case events.BillingReleased:
		lines = append(lines, "RELEASED")
	default:
		lines = append(lines, e.EventType())
	}
	return lines
}

// nightly is a sentence about bills: given facts, then what each of some nights makes of them, and when it is due next.
type nightly struct {
	name   string
	given  facts
	nights []bill
	due    string // first day on which a run could bill its after them; empty: never
}

type bill struct {
	on    string
	lines []string
	why   string // reason of a run without lines
	then  facts  // what happens after the night
}

func checkNightly(t *testing.T, rows []nightly) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			e := employee(t, r.given...)
			var w domain.World
			for _, n := range r.nights {
				w = night(n.on)
				lines, why := run(t, e, w)
				assert.Equal(t, n.lines, lines, n.on)
				reason := ""
				if why != nil {
					reason = why.Reason
				}
				assert.Equal(t, n.why, reason, n.on)
				again, _ := run(t, e, w)
				assert.Empty(t, again, "the same night again bills nothing")
				fold(e, n.then...)
			}
			assert.Equal(t, r.due, e.BillDue(w).String())
		})
	}
}

func TestInvoice_BillsWhatIsDue(t *testing.T) {
	t.Parallel()
	june := "CHARGE product basic 2026-06-01–2026-06-30 60.00 in 2026-06/CUSTOMER/c1/DKK"
	fromJune := created.and(events.ProductAssigned{Product: "basic", From: day("2026-06-01")})
	checkNightly(t, []nightly{
		{name: "nothing of one who has nothing", given: created, nights: []bill{{on: "2026-06-01", why: "NOT_DUE"}}},
		{name: "its product, at the price that it inherits", given: fromJune,
			nights: []bill{{on: "2026-06-01", lines: []string{june}}}, due: "2026-07-01"},
		{name: "nothing before its first day", given: fromJune, nights: []bill{{on: "2026-05-31", why: "NOT_DUE"}},
			due: "2026-06-01"},
		{name: "product and addons at the start of the month",
			given: fromJune.and(addon("a1", "phone", "2026-06-01"), addon("a2", "setup", "2026-06-01")),
			nights: []bill{
				{on: "2026-06-01", lines: []string{
					"CHARGE a1 phone 2026-06-01–2026-06-30 25.00 in 2026-06/CUSTOMER/c1/DKK",
					"CHARGE a2 setup 2026-06-01–2026-06-01 300.00 in 2026-06/CUSTOMER/c1/DKK", june}},
				{on: "2026-06-02", why: "NOT_DUE"},
			}, due: "2026-07-01"},
		{name: "months that were missed, each by itself", given: fromJune, nights: []bill{{on: "2026-08-01", lines: []string{
			"CHARGE product basic 2026-06-01–2026-06-30 60.00 in 2026-08/CUSTOMER/c1/DKK",
			"CHARGE product basic 2026-07-01–2026-07-31 60.00 in 2026-08/CUSTOMER/c1/DKK",
			"CHARGE product basic 2026-08-01–2026-08-31 60.00 in 2026-08/CUSTOMER/c1/DKK"}}}, due: "2026-09-01"},
		{name: "what begins within a month stands in the document that the next first closes",
			given: fromJune, nights: []bill{
				{on: "2026-06-01", lines: []string{june}, then: facts{addon("a1", "phone", "2026-06-16")}},
				{on: "2026-06-16", lines: []string{"CHARGE a1 phone 2026-06-16–2026-06-30 12.50 in 2026-07/CUSTOMER/c1/DKK"}},
				{on: "2026-07-01", lines: []string{
					"CHARGE a1 phone 2026-07-01–2026-07-31 25.00 in 2026-07/CUSTOMER/c1/DKK",
					"CHARGE product basic 2026-07-01–2026-07-31 60.00 in 2026-07/CUSTOMER/c1/DKK"}},
			}, due: "2026-08-01"},
		{name: "the new product from its first day", given: fromJune.and(change("large", "2026-07-01")), nights: []bill{
			{on: "2026-06-01", lines: []string{june}},
			{on: "2026-07-01", lines: []string{"CHARGE product large 2026-07-01–2026-07-31 100.00 in 2026-07/CUSTOMER/c1/DKK"}},
		}, due: "2026-08-01"},
		{name: "only the days before a deletion that is known", given: fromJune.and(deletion("2026-06-16", false, false)),
			nights: []bill{
				{on: "2026-06-01", lines: []string{"CHARGE product basic 2026-06-01–2026-06-15 30.00 in 2026-06/CUSTOMER/c1/DKK"}},
				{on: "2026-06-17", why: "NOT_DUE"},
			}},
		{name: "the payer of the day", given: fromJune.and(events.BillingCustomerChanged{Effective: day("2026-06-16"),
			BillingCustomer: "c2"}), nights: []bill{
			{on: "2026-06-01", lines: []string{
				"CHARGE product basic 2026-06-01–2026-06-15 30.00 in 2026-06/CUSTOMER/c1/DKK",
				"CHARGE product basic 2026-06-16–2026-06-30 30.00 in 2026-06/CUSTOMER/c2/DKK"}},
		}, due: "2026-07-01"},
	})
}

func TestInvoice_CreditsWhatWasBilledTooFar(t *testing.T) {
	t.Parallel()
	june := "CHARGE product basic 2026-06-01–2026-06-30 60.00 in 2026-06/CUSTOMER/c1/DKK"
	fromJune := created.and(events.ProductAssigned{Product: "basic", From: day("2026-06-01")})
	credit := []string{"CREDIT product basic 2026-06-16–2026-06-30 -30.00 in 2026-07/CUSTOMER/c1/DKK"}
	imported := created.and(events.AddonAdded{Addon: events.Addon{
		ID: "a1", Product: "phone", Units: billing.One, Start: day("2026-01-01"), InvoicedUntil: day("2026-06-30"),
	}})
	checkNightly(t, []nightly{
		{name: "one who is deleted gets its credit, and is then not due any more", given: fromJune, nights: []bill{
			{on: "2026-06-01", lines: []string{june}, then: facts{deletion("2026-06-16", false, false)}},
			{on: "2026-06-17", lines: credit},
			{on: "2026-07-01", why: "NOT_DUE"},
		}},
		{name: "one who waits for confirmations is billed to the day of deletion all the same",
			given: fromJune.and(extension("x1")), nights: []bill{
				{on: "2026-06-01", lines: []string{june}, then: facts{deletion("2026-06-16", true, false)}},
				{on: "2026-06-17", lines: credit},
				{on: "2026-08-01", why: "NOT_DUE"},
			}},
		{name: "a deletion that is cancelled charges the days again", given: fromJune, nights: []bill{
			{on: "2026-06-01", lines: []string{june}, then: facts{deletion("2026-06-16", false, false)}},
			{on: "2026-06-02", lines: credit, then: facts{events.DeletionCancelled{}}},
			{on: "2026-06-03", lines: []string{"CHARGE product basic 2026-06-16–2026-06-30 30.00 in 2026-07/CUSTOMER/c1/DKK"}},
		}, due: "2026-07-01"},
		{name: "what was billed elsewhere is looked at by a person", given: imported, nights: []bill{
			{on: "2026-06-01", why: "NOT_DUE", then: facts{events.AddonTerminated{ID: "a1", Terminate: day("2026-06-16")}}},
			{on: "2026-06-02", lines: []string{"REVIEW a1 2026-06-16–2026-06-30"}, why: "REVIEW_NEEDED"},
		}},
	})
}

// heldDue is before any night, and does not move: a run goes by due day and meets a held employee once.
const heldDue = "2000-01-01"

func TestInvoice_HoldsBillingOnceForAReason(t *testing.T) {
	t.Parallel()
	unpriced := created.and(events.ProductAssigned{Product: "unpriced", From: day("2026-06-01")})
	tooLong := created.and(addon("a1", "phone", "2021-01-01"))
	checkNightly(t, []nightly{
		{name: "without a price, tried again every night", given: unpriced, nights: []bill{
			{on: "2026-06-01", lines: []string{"HELD NO_PRICE"}, why: "NO_PRICE"},
			{on: "2026-06-02", why: "NO_PRICE"},
		}, due: heldDue},
		{name: "another reason is told", given: unpriced, nights: []bill{
			{on: "2026-06-01", lines: []string{"HELD NO_PRICE"}, why: "NO_PRICE", then: facts{
				events.ProductAssigned{Product: "", From: day("2026-06-01")}, addon("a1", "phone", "2021-01-01")}},
			{on: "2026-06-02", lines: []string{"HELD TOO_MANY_PERIODS"}, why: "TOO_MANY_PERIODS"},
		}, due: heldDue},
		{name: "released with the lines that were held back", given: unpriced, nights: []bill{
			{on: "2026-06-01", lines: []string{"HELD NO_PRICE"},
				why: "NO_PRICE", then: facts{events.ProductAssigned{Product: "large", From: day("2026-06-01")}}},
			{on: "2026-06-02", lines: []string{"RELEASED", "CHARGE product large 2026-06-01–2026-06-30 100.00 in " +
				"2026-07/CUSTOMER/c1/DKK"}},
		}, due: "2026-07-01"},
		{name: "released without lines where nothing is left to bill", given: tooLong, nights: []bill{
			{on: "2026-06-01", lines: []string{"HELD TOO_MANY_PERIODS"}, why: "TOO_MANY_PERIODS",
				then: facts{events.AddonTerminated{ID: "a1", Terminate: day("2021-01-01")}}},
			{on: "2026-06-02", lines: []string{"RELEASED"}, why: "NOT_DUE"},
		}},
	})
}

func TestInvoice_AHeldEmployeeStaysDueUntilReleased(t *testing.T) {
	t.Parallel()
	e := employee(t, created.and(addon("a1", "phone", "2021-01-01"))...)
	run(t, e, night("2026-06-01"))
	fold(e, events.AddonTerminated{ID: "a1", Terminate: day("2021-01-01")})
	assert.Equal(t, heldDue, e.BillDue(night("2026-06-02")).String(), "or nobody would ever hear that the reason is gone")
	run(t, e, night("2026-06-02"))
	assert.Zero(t, e.BillDue(night("2026-06-02")))
}

func TestInvoice_OneWhoDoesNotExistIsNeverDue(t *testing.T) {
	t.Parallel()
	assert.Zero(t, employee(t).BillDue(night("2026-06-01")))
}

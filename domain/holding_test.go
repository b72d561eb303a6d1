package domain_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

func rated(source, product, from string) events.Event {
	return events.HoldingRated{Source: source, Product: product, From: day(from)}
}

// hasMobile has an account with a rate plan since May, and a phone.
var hasMobile = created.and(attached(withPlan("mobile")), rated("mvno/m1", "mobile", "2026-05-12"))

func withPlan(plan string) events.MvnoAccount {
	a := sim("m1")
	a.RatePlan = plan
	return a
}

func TestHoldings_AreBilledFromAttachmentToDetachment(t *testing.T) {
	t.Parallel()
	desk := events.ExtensionAssigned{Extension: events.Extension{ID: "x1", Number: "101", Product: "phone"}}
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "an account with a rate plan", given: created, when: "attach_mvno_account",
			data: `{"_id":"m1","ratePlan":"mobile"}`,
			then: facts{attached(withPlan("mobile")), rated("mvno/m1", "mobile", "2026-05-12")}},
		{name: "one from before it was billed, attached again", given: created.and(attached(withPlan("mobile"))),
			when: "attach_mvno_account",
			data: `{"_id":"m1","ratePlan":"mobile"}`, then: facts{rated("mvno/m1", "mobile", "2026-05-12")}},
		{name: "it is detached", given: hasMobile, when: "detach_mvno_account", data: `{"_id":"m1"}`,
			then: facts{events.MvnoAccountDetached{ID: "m1"}, rated("mvno/m1", "", "2026-05-12")}},
		{name: "an extension with a product", given: created, when: "assign_extension",
			data: `{"_id":"x1","number":"101","product":"phone"}`,
			then: facts{desk, rated("extension/x1", "phone", "2026-05-12")}},
		{name: "of no known product", given: created, when: "assign_extension", data: `{"_id":"x1","product":"p9"}`,
			code: "404 product: Product could not be found"},
		{name: "it is unassigned", given: created.and(desk, rated("extension/x1", "phone", "2026-05-01")),
			when: "unassign_extension",
			data: `{"_id":"x1"}`, then: facts{events.ExtensionUnassigned{ID: "x1"}, rated("extension/x1", "", "2026-05-12")}},
	})
}

// linesOf bills an employee in a night and gives its lines as a bookkeeper reads them.
func linesOf(t *testing.T, e *domain.Employee, on string) []string {
	t.Helper()
	w := at(on + "T03:00:00Z")
	w.Actor = events.Actor{System: "scheduler"}
	fold(e, e.Advance(w)...)
	decided, _, err := e.Invoice(w, "run", day(on))
	require.NoError(t, err)
	var out []string
	for _, event := range decided {
		if invoiced, ok := event.(events.EmployeeInvoiced); ok {
			for i := range invoiced.Lines {
				l := &invoiced.Lines[i]
				out = append(out, l.Source+" "+l.Product+" "+l.Period.String()+": "+l.Formula())
			}
		}
	}
	fold(e, decided...)
	return out
}

func TestHoldings_MakeLinesSources(t *testing.T) {
	t.Parallel()
	e := employee(t, hasMobile.and(
		rated("extension/x1", "phone", "2026-05-22"), rated("mvno/m2", "unpriced", "2026-05-01"),
		events.RatePlanChangeScheduled{Account: "m1", RatePlan: "large", From: day("2026-06-01")},
	)...)
	assert.Equal(t, []string{
		"mvno/m1 mobile 2026-05-12 to 2026-05-31: 1 × 99.00 × 20/31 = 63.87",
		"extension/x1 phone 2026-05-22 to 2026-05-31: 1 × 25.00 × 10/31 = 8.06",
	}, linesOf(t, e, "2026-05-23"), "an account without a price is not billed, and does not hold the others")
	fold(e, rated("mvno/m1", "large", "2026-06-01"), rated("extension/x1", "", "2026-05-27"))
	assert.Equal(t, []string{
		"extension/x1 phone 2026-05-27 to 2026-05-31: −(1 × 25.00 × 5/31) = -4.03",
		"mvno/m1 large 2026-06-01 to 2026-06-30: 1 × 100.00 × 1 = 100.00",
	}, linesOf(t, e, "2026-06-01"))
	assert.Equal(t, day("2026-06-30"), e.InvoicedUntil("mvno/m1"))
}

// What was billed of an account is given back where nothing of it is left to bill: it ended on the day it began, or
// has a plan without a price from that day on.
func TestHoldings_OfNoDayAreGivenBack(t *testing.T) {
	t.Parallel()
	for name, then := range map[string]string{"detached": "", "moved to a plan without a price": "unpriced"} {
		e := employee(t, hasMobile.and(rated("extension/x1", "phone", "2026-05-12"))...)
		assert.Equal(t, []string{
			"extension/x1 phone 2026-05-12 to 2026-05-31: 1 × 25.00 × 20/31 = 16.13",
			"mvno/m1 mobile 2026-05-12 to 2026-05-31: 1 × 99.00 × 20/31 = 63.87",
		}, linesOf(t, e, "2026-05-12"), name)
		fold(e, rated("mvno/m1", then, "2026-05-12"), rated("extension/x1", "", "2026-05-12"))
		assert.Equal(t, day("2026-05-12"), e.BillDue(at("2026-05-12T12:00:00Z")), name)
		assert.Equal(t, []string{
			"extension/x1 phone 2026-05-12 to 2026-05-31: −(1 × 25.00 × 20/31) = -16.13",
			"mvno/m1 mobile 2026-05-12 to 2026-05-31: −(1 × 99.00 × 20/31) = -63.87",
		}, linesOf(t, e, "2026-05-13"), name)
		assert.Zero(t, e.BillDue(at("2026-05-13T12:00:00Z")), name)
	}
}

func TestHoldings_AreReducedByIncludedProducts(t *testing.T) {
	t.Parallel()
	w := changed(at("2026-05-23T03:00:00Z"), "product/bundle",
		events.ProductPut{Type: "PBX_USER", Recurrence: "MONTHLY",
			IncludedProducts: []events.Included{{Product: "mobile", Amount: billing.One}}},
		events.PriceSet{Ledger: billing.Customer, From: day("2000-01-01"), Amount: price("10")})
	e := employee(t, hasMobile.and(events.ProductAssigned{Product: "bundle", From: day("2026-05-12")})...)
	decided, _, err := e.Invoice(w, "run", day("2026-05-23"))
	require.NoError(t, err)
	lines := decided[0].(events.EmployeeInvoiced).Lines
	require.Len(t, lines, 1, "the rate plan is included")
	assert.Equal(t, billing.ProductSource, lines[0].Source)
}

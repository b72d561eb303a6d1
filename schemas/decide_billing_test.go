package schemas_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// billedOctober is the line that the sample of billing.void_line takes back.
func billedOctober() billing.Line {
	l := billing.Line{Kind: billing.Charge, Ledger: billing.Customer, Employee: sampleEmployee, BillTo: sampleCustomer,
		Source:  billing.ProductSource,
		Product: sampleProduct, Period: billing.Period{From: billing.MustDate("2026-10-01"),
			To: billing.MustDate("2026-11-01")},
		Units: billing.One, UnitPrice: billing.MustAmount("79"), Months: billing.Ratio{Num: 1, Den: 1},
		Amount: billing.MustAmount("79"), Scale: 2,
		Currency: "DKK", Recurrence: billing.Monthly}
	l.ID = billing.LineID(l.Identity())
	return l
}

// What has happened before the samples of work by hand.
func init() {
	customer := []events.Event{events.CustomerPut{Reseller: sampleReseller}}
	histories["billing.hold_customer.v1"] = customer
	histories["billing.release_customer.v1"] = customer
	subjects[domain.KindPolicy] = domain.PolicyID
	histories["billing.close_period.v1"] = []events.Event{events.ResellerPut{Currency: "DKK"}}
	employee := histories[domain.KindEmployee]
	histories["billing.void_line.v1"] = append(employee[:len(employee):len(employee)],
		events.EmployeeInvoiced{Run: "nightly/2026-10-01", Lines: []billing.Line{billedOctober()}})
	histories["billing.credit_line.v1"] = histories["billing.void_line.v1"]
	histories["billing.resolve_review.v1"] = []events.Event{employee[0],
		events.AddonAdded{Addon: events.Addon{ID: sampleAddon, Product: sampleExtra,
			Units: billing.One, Start: billing.MustDate("2026-01-01"), InvoicedUntil: billing.MustDate("2026-10-31"),
			Terminate: billing.MustDate("2026-10-12")}}}
}

func TestSamples_AVoidNamesALineOfItsEmployee(t *testing.T) {
	t.Parallel()
	require.Contains(t, string(sample(t, "billing.void_line.v1")), billedOctober().ID.String())
	require.Contains(t, string(sample(t, "billing.credit_line.v1")), billedOctober().ID.String())
}

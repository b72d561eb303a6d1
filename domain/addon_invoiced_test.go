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

// billedMay is withPhone, with its own line for May.
var billedMay = withPhone.and(events.EmployeeInvoiced{Run: "r", AsOf: day("2026-05-01"), Lines: []billing.Line{{
	ID: uuid.MustParse("5a3c1f0e-7b2d-5c4e-9f00-000000000001"), Kind: billing.Charge, Ledger: billing.Customer,
	Employee: "e1",
	BillTo:   "c1", Source: "a1", Product: "phone", Period: billing.Period{From: day("2026-05-01"), To: day("2026-06-01")},
	Units: billing.One, UnitPrice: amount("100"), Amount: amount("100"), Scale: 2, Currency: "DKK",
	Recurrence: billing.Monthly,
	Months:     billing.Ratio{Num: 1, Den: 1},
}}})

func TestInvoicedUntil_SaysNothingNewUpToWhatOurOwnLinesCover(t *testing.T) {
	t.Parallel()
	invoiced := func(on string) facts {
		return facts{events.AddonUpdated{ID: "a1", Effective: day("2026-05-12"), InvoicedUntil: day(on)}}
	}
	imported := billedMay.and(invoiced("2026-12-31")...)
	const tooFar = "422 addonProducts.invoicedUntil: At most two years ahead"
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "the day that a reply shows, in a list", given: billedMay, when: "update",
			data: list(`{"_id":"a1","product":"phone","units":1,"start":"2026-03-01","invoicedUntil":"2026-05-31"}`)},
		{name: "and alone", given: billedMay, when: "update_addon", data: `{"_id":"a1","invoicedUntil":"2026-05-31"}`},
		{name: "an earlier one says nothing either", given: billedMay, when: "update_addon",
			data: `{"_id":"a1","invoicedUntil":"2026-05-15"}`},
		{name: "a later one is billed elsewhere", given: billedMay, when: "update_addon",
			data: `{"_id":"a1","invoicedUntil":"2026-06-30"}`,
			then: invoiced("2026-06-30")},
		{name: "two years ahead", given: billedMay, when: "update_addon", data: `{"_id":"a1","invoicedUntil":"2028-05-12"}`,
			then: invoiced("2028-05-12")},
		{name: "further is refused", given: billedMay, when: "update_addon",
			data: `{"_id":"a1","invoicedUntil":"2062-01-31"}`, code: tooFar},
		{name: "in a list too", given: billedMay, when: "update", data: list(`{"_id":"a1","invoicedUntil":"2062-01-31"}`),
			code: tooFar},
		{name: "and of a new one", given: billedMay, when: "add_addon",
			data: `{"_id":"a2","product":"phone","invoicedUntil":"2062-01-31"}`,
			code: tooFar},
		{name: "but what holds from before may be sent back", given: billedMay.and(invoiced("2062-01-31")...),
			when: "update_addon",
			data: `{"_id":"a1","invoicedUntil":"2062-01-31"}`},
		{name: "an ADMIN corrects it", given: imported, when: "update_addon",
			data: `{"_id":"a1","invoicedUntil":"2026-06-30"}`,
			then: invoiced("2026-06-30")},
		{name: "not into days of ours", given: imported, when: "update_addon",
			data: `{"_id":"a1","invoicedUntil":"2026-05-30"}`},
		{name: "a RESELLER does not", by: byReseller, given: imported, when: "update_addon",
			data: `{"_id":"a1","invoicedUntil":"2026-06-30"}`},
	})
}

func TestInvoicedUntil_ThatIsNotTakenIsWarnedOf(t *testing.T) {
	t.Parallel()
	warned := func(data string) []string {
		c, err := domain.DecodeCommand("employee.update_addon.v1", []byte(data))
		require.NoError(t, err)
		return domain.Warnings(employee(t, billedMay...), c, at(noon))
	}
	assert.Equal(t, []string{domain.WarningInvoiced}, warned(`{"_id":"a1","invoicedUntil":"2026-05-15"}`))
	assert.Empty(t, warned(`{"_id":"a1","invoicedUntil":"2026-05-31"}`), "a reply that is sent back")
	assert.Empty(t, warned(`{"_id":"a1","invoicedUntil":"2026-06-30"}`))
	assert.Empty(t, warned(`{"_id":"a1","units":2}`))
}

package runs

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/command"
	"tenure/internal/runstate"
)

// A plan that waits for its approval is billed at the prices and in the currency that were approved, whatever became of
// both meanwhile. The next month has the new price.
func TestApprove_BillsWhatWasPlannedWhenThePriceChanges(t *testing.T) {
	t.Parallel()
	s, d, status := waiting(t)
	byAdmin := events.Actor{AccessLevel: "ADMIN"}
	price := s.answer(command.Command{Type: "catalog.set_price.v1", Subject: product, ID: "dearer", Actor: byAdmin,
		Data: map[string]any{"amount": "990.00", "effective": "2026-10-01"}})
	require.Equal(t, domain.StatusApplied, price.Status)
	for id, data := range map[string]map[string]any{
		"customer-currency": {"reseller": reseller, "name": "Sample customer", "currency": "EUR",
			"features": []string{"PBX"}},
		"customer-billing": {"reseller": reseller, "name": "Sample customer", "currency": "DKK",
			"features": []string{"PBX"}, "billingCustomer": "5c0000000000000000000009"},
	} {
		refused := s.answer(command.Command{Type: "catalog.put_customer.v1", Subject: customer, ID: id, Actor: byAdmin,
			Data: data})
		require.Equal(t, domain.StatusRejected, refused.Status, id)
	}
	currency := s.answer(command.Command{Type: "catalog.put_reseller.v1", Subject: reseller, ID: "reseller-currency",
		Actor: byAdmin, Data: map[string]any{"name": "Sample reseller", "currency": "EUR"}})
	require.Equal(t, domain.StatusRejected, currency.Status)

	require.Equal(t, domain.StatusApplied, s.answer(Approve(status.Run, status.Plan, "seen", admin("one"))).Status)
	s.ensure(d)
	run, err := runstate.Read(t.Context(), s.store, status.Run)
	require.NoError(t, err)
	require.Equal(t, status.Plan, run.Started.Plan)
	planned := map[string]string{}
	for _, total := range run.Planned.Summary.Totals {
		planned[string(total.Ledger)+" "+total.Currency] = total.Amount.StringFixed(2)
	}
	require.Equal(t, planned, totalsOf(s.completed("2026-10-31")))
	require.Equal(t, "237.00", planned["CUSTOMER DKK"])

	s.clock.set("2026-11-30T12:00:00Z")
	d.Bounds.Amount = d.Bounds.Amount.Shift(3)
	s.ensure(d)
	require.Equal(t, "2970.00", totalsOf(s.completed("2026-11-01"))["CUSTOMER DKK"])
}

// totalsOf are a run's sums by ledger and currency.
func totalsOf(run events.RunCompleted) map[string]string {
	all := map[string]string{}
	for _, total := range run.Totals {
		all[string(total.Ledger)+" "+total.Currency] = total.Amount.StringFixed(2)
	}
	return all
}

package domain_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// TestInvoice_TermsOfADayStayWhateverTheOrderOfArrival is rule 17.
func TestInvoice_TermsOfADayStayWhateverTheOrderOfArrival(t *testing.T) {
	t.Parallel()
	early := domain.UpdateAddon{ID: "a1", Effective: domain.DateOnly{Day: domain.On(day("2026-06-01"))}, Units: price("5")}
	late := domain.UpdateAddon{ID: "a1", Effective: domain.DateOnly{Day: domain.On(day("2026-06-10"))}, Units: price("1")}
	for _, all := range [][]domain.UpdateAddon{{early, late}, {late, early}} {
		e := employee(t, created.and(addon("a1", "phone", "2026-05-01"))...)
		for _, c := range all {
			decided, err := e.Decide(c, night("2026-05-12"))
			require.NoError(t, err)
			fold(e, decided...)
		}
		for on, want := range map[string]string{"2026-05-31": "1", "2026-06-01": "5", "2026-06-10": "1"} {
			units, _ := e.Addons[0].Units.At(day(on))
			assert.Equal(t, want, units.String(), on)
		}
	}
}

func TestInvoice_AProductThatWasPutIsBilledAsItWas(t *testing.T) {
	t.Parallel()
	is, isNot := true, false
	put := events.ProductPut{Type: "OTHER", Recurrence: "MONTHLY", RecurrenceFullMonth: &is,
		IncludedProducts: []events.Included{{Product: "phone", Amount: amount("1")}}}
	p := replay(t, "product/p9", put)
	again := domain.PutProduct{Type: put.Type, Recurrence: put.Recurrence, RecurrenceFullMonth: &is,
		IncludedProducts: put.IncludedProducts}
	decided, err := p.Decide(again, at(noon))
	require.NoError(t, err)
	require.Empty(t, decided)
	flag, list := again, again
	flag.RecurrenceFullMonth, list.IncludedProducts = &isNot, nil
	for _, c := range []domain.PutProduct{flag, list} {
		_, err := p.Decide(c, at(noon))
		require.ErrorContains(t, err, "make a new product instead")
	}
}

func TestInvoice_KeepsTheCurrencyFromTheBeginning(t *testing.T) {
	t.Parallel()
	for reseller, want := range map[string]string{"": billing.DefaultPolicy().Currency, "EUR": "EUR"} {
		w := changed(at(noon), "reseller/r1", events.ResellerPut{Currency: reseller})
		w = changed(w, "customer/c1", events.CustomerPut{Reseller: "r1", Features: []string{"PBX"}})
		decided, err := order(replay(t, "employee/e9"), w, "employee.create.v1",
			`{"customer":"c1","name":"Sample employee 09"}`)
		require.NoError(t, err)
		assert.Equal(t, want, decided[0].(events.EmployeeCreated).Currency)
	}
}

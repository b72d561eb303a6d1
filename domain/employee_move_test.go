package domain_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/events"
)

func TestMove_GivesTheEmployeeToACustomerOfTheReseller(t *testing.T) {
	t.Parallel()
	const command, there = "update", `{"customer":"c3"}`
	by := func(level, customer string) events.Actor {
		return events.Actor{Employee: "a1", AccessLevel: level, Customer: customer}
	}
	moved := events.EmployeeMoved{Customer: "c3", Effective: day("2026-05-12")}
	with := func(product string) facts {
		return created.and(events.ProductAssigned{Product: product, From: day("2026-01-15")})
	}
	const far = "409 customer: An employee moves between customers of one reseller and one currency"
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "by a reseller", by: by("RESELLER", "own"), given: withBasic, when: command, data: there, then: facts{moved}},
		{name: "by an ADMIN on a day before", by: by("ADMIN", "own"), given: withBasic, when: command,
			data: `{"customer":"c3","effective":"2026-03-01"}`,
			then: facts{events.EmployeeMoved{Customer: "c3", Effective: day("2026-03-01")}}},
		{name: "by a reseller not before the month before last", by: by("RESELLER", "own"), given: withBasic, when: command,
			data: `{"customer":"c3","effective":"2026-02-28"}`, code: "422 effective: Cannot be in the past"},
		{name: "not on a day to come", by: by("ADMIN", "own"), given: withBasic, when: command,
			data: `{"customer":"c3","effective":"2026-06-01"}`, code: "422 effective: Cannot be in the future"},
		{name: "where it is already", by: by("ADMIN", "own"), given: withBasic, when: command, data: `{"customer":"c1"}`},
		{name: "by an OWNER it is ignored", by: by("OWNER", "c1"), given: withBasic, when: command, data: there},
		{name: "to nobody's customer", by: by("ADMIN", "own"), given: withBasic, when: command, data: `{"customer":"c9"}`,
			code: "404 customer: Customer not found"},
		{name: "to another reseller's by a reseller", by: by("RESELLER", "own"), given: withBasic, when: command,
			data: `{"customer":"c4"}`, code: "404 customer: Customer not found"},
		{name: "to another reseller's by an ADMIN", by: by("ADMIN", "own"), given: withBasic, when: command,
			data: `{"customer":"c4"}`, code: far},
		{name: "to a customer without a PBX", by: by("ADMIN", "own"), given: withBasic, when: command,
			data: `{"customer":"c2"}`, code: "422 product: Only available for customers with the PBX feature"},
		{name: "with a product of the former customer", by: by("ADMIN", "own"), given: with("ofc1"), when: command,
			data: there, code: "404 product: Product could not be found"},
		{name: "with another product instead", by: by("ADMIN", "own"), given: with("ofc1"), when: command,
			data: `{"customer":"c3","product":"large"}`,
			then: facts{moved, events.ProductAssigned{Product: "large", From: day("2026-05-12")}}},
		{name: "with a reseller's level to a customer", by: by("ADMIN", "own"),
			given: withBasic.and(events.EmployeeUpdated{AccessLevel: "RESELLER"}), when: command, data: there,
			code: "403 accessLevel: Cannot assign reseller rights to a regular customer employee"},
		{name: "who stands above", by: by("RESELLER", "own"),
			given: withBasic.and(events.EmployeeUpdated{AccessLevel: "ADMIN"}), when: command, data: there,
			code: "403 access_denied: Insufficient access level"},
		{name: "a payer of the former customer pays no more", by: by("ADMIN", "own"),
			given: withBasic.and(events.BillingCustomerChanged{BillingCustomer: "c2", Effective: day("2026-02-01")}),
			when:  command, data: there, then: facts{moved}},
		{name: "an address stays with the customer", by: by("ADMIN", "own"),
			given: withBasic.and(events.EmployeeUpdated{Attributes: events.Attributes{"address": raw(`"ad1"`)}}),
			when:  command, data: there,
			then: facts{moved, events.EmployeeUpdated{Attributes: events.Attributes{"address": raw("null")}}}},
	})
}

// TestMove_SettlesTheDaysOfBothPayers bills May to the former customer, moves on 12 May and bills again.
func TestMove_SettlesTheDaysOfBothPayers(t *testing.T) {
	t.Parallel()
	e := employee(t, created.and(addon("a1", "phone", "2026-05-01"))...)
	w := at(noon)
	bill := func() (lines []string) {
		decided, _, err := e.Invoice(w, "run", day("2026-05-12"))
		require.NoError(t, err)
		fold(e, decided...)
		for _, event := range decided {
			if invoiced, ok := event.(events.EmployeeInvoiced); ok {
				for i := range invoiced.Lines {
					l := &invoiced.Lines[i]
					lines = append(lines, string(l.Kind)+" "+l.BillTo+" "+l.Period.String()+" "+l.Amount.String())
				}
			}
		}
		return lines
	}
	assert.Equal(t, []string{"CHARGE c1 2026-05-01 to 2026-05-31 25"}, bill())
	w.Actor = events.Actor{Employee: "a1", AccessLevel: "ADMIN"}
	decided, err := order(e, w, "employee.update.v1", `{"customer":"c3"}`)
	require.NoError(t, err)
	fold(e, decided...)
	assert.Equal(t, []string{"CREDIT c1 2026-05-12 to 2026-05-31 -16.13",
		"CHARGE c3 2026-05-12 to 2026-05-31 16.13"}, bill())
	assert.Empty(t, bill(), "the same again")
}

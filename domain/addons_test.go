package domain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

const noSuchAddon = "404 addonProducts: Addon product not found"

var withPhone = withBasic.and(addon("a1", "phone", "2026-03-01"))

func TestAddAddon(t *testing.T) {
	t.Parallel()
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "one unit from today unless it says otherwise", given: withBasic, when: "add_addon",
			data: `{"_id":"a1","product":"phone"}`,
			then: facts{addon("a1", "phone", "2026-05-12")}},
		{name: "everything as given, amounts as texts or numbers", given: withBasic, when: "add_addon",
			data: `{"_id":"a1","product":"phone","name":"Desk phone","description":"Red","units":-0.5,"unitPrice":"19.90",
				"start":"2021-09-01","terminate":"2026-09-01","invoicedUntil":"2026-04-30"}`,
			then: facts{events.AddonAdded{Addon: events.Addon{ID: "a1", Product: "phone", Name: "Desk phone", Description: "Red",
				Units: amount("-0.5"), UnitPrice: price("19.90"), Start: day("2021-09-01"), Terminate: day("2026-09-01"),
				InvoicedUntil: day("2026-04-30")}}}},
		{name: "units and price may be 0", given: withBasic, when: "add_addon",
			data: `{"_id":"a1","product":"phone","units":0,"unitPrice":0}`,
			then: facts{events.AddonAdded{Addon: events.Addon{ID: "a1", Product: "phone", UnitPrice: price("0"),
				Start: day("2026-05-12")}}}},
		{name: "terminates is understood as terminate", given: withBasic, when: "add_addon",
			data: `{"_id":"a1","product":"phone","terminates":"2026-09-01"}`,
			then: facts{events.AddonAdded{Addon: events.Addon{ID: "a1", Product: "phone", Units: billing.One,
				Start:     day("2026-05-12"),
				Terminate: day("2026-09-01")}}}},
		{name: "an id that it has is refused", given: withPhone, when: "add_addon",
			data: `{"_id":"a1","product":"insurance"}`,
			code: "409 addonProducts._id: The employee has an addon product with this id already"},
		{name: "an unknown product is refused", given: withBasic, when: "add_addon", data: `{"_id":"a1","product":"p9"}`,
			code: "404 addonProducts.product: Product(s) given could not be found"},
		{name: "a product that may not be assigned on its start is refused", given: withBasic, when: "add_addon",
			data: `{"_id":"a1","product":"retired","start":"2026-06-01"}`, code: "404 addonProducts.product: Product(s) " +
				"given could not be found"},
		{name: "no id and no product are two problems", given: withBasic, when: "add_addon", data: `{}`,
			code: "422 multiple: Multiple errors [422 addonProducts._id: Each addon product needs its own id; " +
				"404 addonProducts.product: Product(s) given could not be found]"},
		{name: "one who is being deleted gets nothing", given: isDeleting, when: "add_addon",
			data: `{"_id":"a1","product":"phone"}`,
			code: "409 state: Employee is being deleted"},
	})
}

func TestUpdateAddon(t *testing.T) {
	t.Parallel()
	terms := func(change func(*events.AddonUpdated)) facts {
		e := events.AddonUpdated{ID: "a1", Effective: day("2026-05-12")}
		change(&e)
		return facts{e}
	}
	two, name := price("2"), "Desk phone"
	ownPrice := withPhone.and(terms(func(e *events.AddonUpdated) { e.UnitPrice = price("20") })...)
	invoiced := withPhone.and(terms(func(e *events.AddonUpdated) { e.InvoicedUntil = day("2026-06-30") })...)
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "units change from today", given: withPhone, when: "update_addon", data: `{"_id":"a1","units":2}`,
			then: terms(func(e *events.AddonUpdated) { e.Units = two })},
		{name: "units change from a day", given: withPhone, when: "update_addon",
			data: `{"_id":"a1","units":"2","effective":"2026-04-01"}`,
			then: terms(func(e *events.AddonUpdated) { e.Units, e.Effective = two, day("2026-04-01") })},
		{name: "units change from before the start", given: withPhone, when: "update_addon",
			data: `{"_id":"a1","units":2,"effective":"2026-01-01"}`,
			then: terms(func(e *events.AddonUpdated) { e.Units, e.Effective = two, day("2026-01-01") })},
		{name: "the same units change nothing", given: withPhone, when: "update_addon", data: `{"_id":"a1","units":"1.00"}`},
		{name: "a price for itself", given: withPhone, when: "update_addon", data: `{"_id":"a1","unitPrice":"20.00"}`,
			then: terms(func(e *events.AddonUpdated) { e.UnitPrice = price("20") })},
		{name: "the price that it has changes nothing", given: ownPrice, when: "update_addon",
			data: `{"_id":"a1","unitPrice":20}`},
		{name: "null goes back to the catalog's price", given: ownPrice, when: "update_addon",
			data: `{"_id":"a1","unitPrice":null}`,
			then: terms(func(e *events.AddonUpdated) { e.ClearUnitPrice = true })},
		{name: "null without a price for itself changes nothing", given: withPhone, when: "update_addon",
			data: `{"_id":"a1","unitPrice":null}`},
		{name: "the start moves", given: withPhone, when: "update_addon", data: `{"_id":"a1","start":"2026-02-01"}`,
			then: terms(func(e *events.AddonUpdated) { e.Start = day("2026-02-01") })},
		{name: "the same start changes nothing", given: withPhone, when: "update_addon",
			data: `{"_id":"a1","start":"2026-03-01"}`},
		{name: "a name is a change", given: withPhone, when: "update_addon", data: `{"_id":"a1","name":"Desk phone"}`,
			then: terms(func(e *events.AddonUpdated) { e.Name = &name })},
		{name: "invoicedUntil moves forward", given: withPhone, when: "update_addon",
			data: `{"_id":"a1","invoicedUntil":"2026-06-30"}`,
			then: terms(func(e *events.AddonUpdated) { e.InvoicedUntil = day("2026-06-30") })},
		{name: "a reseller never moves invoicedUntil back", by: byReseller, given: invoiced, when: "update_addon",
			data: `{"_id":"a1","invoicedUntil":"2026-05-31"}`},
		{name: "invoicedUntil that is not given stays", given: invoiced, when: "update_addon", data: `{"_id":"a1","units":2}`,
			then: terms(func(e *events.AddonUpdated) { e.Units = two })},
		{name: "a flag is no price", given: withPhone, when: "update_addon", data: `{"_id":"a1","unitPrice":true}`,
			code: `422 unitPrice: amount "true": not a plain decimal number`},
		{name: "7 decimals are no price", given: withPhone, when: "update_addon", data: `{"_id":"a1","unitPrice":0.1234567}`,
			code: `422 unitPrice: amount "0.1234567": more than 6 decimals`},
		{name: "another addon is not found", given: withPhone, when: "update_addon", data: `{"_id":"a2","units":2}`,
			code: noSuchAddon},
		{name: "one who is deleted is not found", given: isDeleted, when: "update_addon", data: `{"_id":"a1"}`,
			code: "404 employee: Employee not found"},
	})
}

func TestTerminateAddon(t *testing.T) {
	t.Parallel()
	ends := events.AddonTerminated{ID: "a1", Terminate: day("2026-07-01")}
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "it ends: terminate is the first day not billed", given: withPhone, when: "terminate_addon",
			data: `{"_id":"a1","terminate":"2026-07-01"}`,
			then: facts{ends}},
		{name: "terminates is understood", given: withPhone, when: "terminate_addon",
			data: `{"_id":"a1","terminates":"2026-07-01"}`, then: facts{ends}},
		{name: "the same end changes nothing", given: withPhone.and(ends), when: "terminate_addon",
			data: `{"_id":"a1","terminate":"2026-07-01"}`},
		{name: "null lets it go on", given: withPhone.and(ends), when: "terminate_addon",
			data: `{"_id":"a1","terminate":null}`,
			then: facts{events.AddonTerminated{ID: "a1"}}},
		{name: "null without an end changes nothing", given: withPhone, when: "terminate_addon",
			data: `{"_id":"a1","terminate":null}`},
		{name: "another addon is not found", given: withPhone, when: "terminate_addon",
			data: `{"_id":"a2","terminate":"2026-07-01"}`, code: noSuchAddon},
		{name: "one who is being deleted", given: isDeleting, when: "terminate_addon", data: `{"_id":"a1"}`,
			code: "409 state: Employee is being deleted"},
	})
}

func TestTerminateAddon_OnTheLastInvoicedDayWarns(t *testing.T) {
	t.Parallel()
	imported := withBasic.and(events.AddonAdded{Addon: events.Addon{
		ID: "a1", Product: "phone", Units: billing.One, Start: day("2026-01-01"), InvoicedUntil: day("2026-05-31"),
	}})
	decoded := func(name, data string) domain.Command {
		c, err := domain.DecodeCommand("employee."+name+".v1", []byte(data))
		require.NoError(t, err)
		return c
	}
	const list = `{"addonProducts":[{"_id":"a1","terminates":"2026-05-31"}]}`
	rows := []struct {
		name    string
		command domain.Command
		warns   bool
	}{
		{"in the list of an update too", decoded("update", list), true},
		{"there the day after it does not", decoded("update", strings.Replace(list, "05-31", "06-01", 1)), false},
		{"nor a list without an end", decoded("update", `{"addonProducts":[{"_id":"a1"}]}`), false},
		{"nor an update of something else", decoded("update", `{"title":"x"}`), false},
		{"nor the day that one without invoices ends",
			decoded("update", `{"addonProducts":[{"_id":"a2","product":"phone","terminate":"2026-05-31"}]}`), false},
		{
			"what was billed elsewhere counts",
			decoded(
				"update",
				`{"addonProducts":[{"_id":"a2","product":"phone","terminate":"2026-05-31","invoicedUntil":"2026-05-31"}]}`),
			true,
		},
		{"one that is added alone warns",
			decoded("add_addon", `{"_id":"a2","product":"phone","terminate":"2026-05-31","invoicedUntil":"2026-05-31"}`), true},
		{"the last invoiced day warns", domain.TerminateAddon{ID: "a1", Terminate: domain.On(day("2026-05-31"))}, true},
		{"in either spelling", domain.TerminateAddon{ID: "a1", Terminates: domain.On(day("2026-05-31"))}, true},
		{"the day after it does not", domain.TerminateAddon{ID: "a1", Terminate: domain.On(day("2026-06-01"))}, false},
		{"no end does not", domain.TerminateAddon{ID: "a1"}, false},
		{"another command does not", domain.CancelDeletion{}, false},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			got := domain.Warnings(employee(t, imported...), r.command, at(noon))
			if r.warns {
				assert.Equal(t, []string{domain.WarningLastDay}, got)
			} else {
				assert.Empty(t, got)
			}
		})
	}
	assert.Empty(t, domain.Warnings(&domain.Product{}, domain.TerminateAddon{ID: "a1"}, at(noon)))
	create := decoded("create",
		with(`"addonProducts":[{"_id":"a1","product":"phone","terminate":"2026-05-31","invoicedUntil":"2026-05-31"}]`))
	assert.Equal(t, []string{domain.WarningLastDay}, domain.Warnings(employee(t), create, at(noon)), "at its creation")
	ends := imported.and(events.AddonTerminated{ID: "a1", Terminate: day("2026-05-31")})
	assert.Empty(t, domain.Warnings(employee(t, ends...), decoded("update", list), at(noon)),
		"a list sent back was warned of before")
}

func TestAddAddon_AtMost500AnEmployee(t *testing.T) {
	t.Parallel()
	many := withBasic
	for range 500 {
		many = many.and(addon("a"+strings.Repeat("i", len(many)), "phone", "2026-03-01"))
	}
	const tooMany = "422 addonProducts: An employee has at most 500 addon products"
	row{given: many, when: "add_addon", data: `{"_id":"b1","product":"phone"}`, code: tooMany}.check(t, "employee/e1",
		"employee.")
	var list []string
	for i := range 501 {
		list = append(list, `{"product":"phone","_id":"a`+strings.Repeat("i", i)+`"}`)
	}
	row{when: "create", data: `{"name":"Sample employee 01","addonProducts":[` + strings.Join(list, ",") + `]}`,
		code: tooMany}.
		check(t, "employee/e1", "employee.")
}

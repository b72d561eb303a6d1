package domain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
)

func TestPutCustomer_WithWhatEmployeesReferTo(t *testing.T) {
	t.Parallel()
	put := events.CustomerPut{Reseller: "r1", Features: []string{"PBX", "ORGANIZATION"},
		OrganizationResellers: []string{"r2"},
		Addresses: []events.Address{{ID: "ad1", Primary: true, Address: "Sample street 7", Zip: "1000", City: "Sample city",
			Country:          "DK",
			MunicipalityCode: 101, AlternativeName: "Warehouse"}},
		Greetings: []string{"1234567890abcdef12345678"}, Subscriptions: []string{"s1"}}
	const data = `{"reseller":"r1","features":["PBX","ORGANIZATION"],"organizationResellers":["r2"],"greetings":["1234567890ABCDEF12345678"],"subscriptions":["s1"],
		"addresses":[{"_id":"ad1","primary":true,"address":"Sample street 7","zip":"1000","city":"Sample city","country":"DK","municipalityCode":101,"alternativeName":"Warehouse"}]}`
	many := `{"reseller":"r1","greetings":["x"` + strings.Repeat(`,"x"`, 10_000) + `]}`
	checkRows(t, "customer/c9", "catalog.", []row{
		{name: "whole, ids in their one spelling", when: "put_customer", data: data, then: facts{put}},
		{name: "the same again changes nothing", given: facts{put}, when: "put_customer", data: data},
		{name: "an address without an id", when: "put_customer", data: `{"reseller":"r1","addresses":[{"city":"x"}]}`,
			code: "422 addresses._id: Each address needs its own id"},
		{name: "an id of two addresses", when: "put_customer",
			data: `{"reseller":"r1","addresses":[{"_id":"a"},{"_id":"a"}]}`,
			code: "422 addresses._id: Each address needs its own id"},
		{name: "a country's name", when: "put_customer",
			data: `{"reseller":"r1","addresses":[{"_id":"a","country":"Denmark"}]}`,
			code: "422 addresses.country: must be an ISO 3166-1 code of two letters"},
		{
			name: "a currency's name",
			when: "put_customer",
			data: `{"reseller":"r1","currency":"kroner"}`,
			code: "422 currency: must be an ISO 4217 code of three letters",
		},
		{name: "too much to refer to", when: "put_customer", data: many, code: "422 greetings: has at most 10000 items"},
	})
	reseller := events.ResellerPut{Name: "Sample reseller", Company: "1234567890abcdef12345678",
		Subscriptions: []string{"s2"}}
	many = `{"subscriptions":["x"` + strings.Repeat(`,"x"`, 10_000) + `]}`
	checkRows(t, "reseller/r9", "catalog.", []row{
		{name: "a reseller's company and what it offers", when: "put_reseller",
			data: `{"name":"Sample reseller","company":"1234567890ABCDEF12345678","subscriptions":["s2"]}`,
			then: facts{reseller}},
		{name: "a currency's name of a reseller", when: "put_reseller", data: `{"currency":"kr"}`,
			code: "422 currency: must be an ISO 4217 code of three letters"},
		{name: "a reseller with too many", when: "put_reseller", data: many,
			code: "422 subscriptions: has at most 10000 items"},
	})
}

// TestReferences_InEitherCase gives every id of a creation in capitals.
func TestReferences_InEitherCase(t *testing.T) {
	t.Parallel()
	const customer, payer, product, id = "00000000000000000000aaa1", "00000000000000000000aaa2",
		"00000000000000000000aaa3", "00000000000000000000aaaa"
	w := changed(at(noon), "customer/"+customer, events.CustomerPut{Reseller: "r1", Features: []string{"PBX"},
		BillingCustomers: []string{payer},
		Addresses:        []events.Address{{ID: id}}, Greetings: []string{id}, Subscriptions: []string{id}})
	w = changed(w, "product/"+product, events.ProductPut{InheritFrom: "master"})
	given := `"customer":"` + customer + `","billingCustomer":"` + payer + `","product":"` + product + `","address":"` +
		id +
		`","subscriptions":["` + id + `"],"voicemail":{"defaultGreeting":"` + id + `"},"picture":"` + id +
		`","addonProducts":[{"_id":"` + id + `","product":"` + product + `"}]`
	lower, err := order(employee(t), w, "employee.create.v1", with(given))
	require.NoError(t, err)
	capitals := strings.NewReplacer(customer, strings.ToUpper(customer), payer, strings.ToUpper(payer), product,
		strings.ToUpper(product),
		id, strings.ToUpper(id)).Replace(given)
	upper, err := order(employee(t), w, "employee.create.v1", with(capitals))
	require.NoError(t, err)
	assert.Equal(t, written(t, lower...), written(t, upper...))

	again, err := order(employee(t, lower...), w, "employee.update.v1",
		`{"product":"`+strings.ToUpper(product)+`","billingCustomer":"`+strings.ToUpper(payer)+
			`","addonProducts":[{"_id":"`+strings.ToUpper(id)+`"}]}`)
	require.NoError(t, err)
	assert.Empty(t, again)
}

func TestDay_IsADateOrAnInstantInTheBillingZone(t *testing.T) {
	t.Parallel()
	rows := []struct{ name, command, data, want string }{
		{"a date", "employee.schedule_deletion.v1", `{"deleteDate":"2026-06-30"}`, "2026-06-30"},
		{"an instant of that day", "employee.schedule_deletion.v1", `{"deleteDate":"2026-06-30T20:00:00.000Z"}`,
			"2026-06-30"},
		{"late in the evening UTC is the next day", "employee.schedule_deletion.v1", `{"deleteDate":"2026-06-30T22:00:00Z"}`,
			"2026-07-01"},
		{"with an offset", "employee.schedule_deletion.v1", `{"deleteDate":"2026-07-01T01:00:00+02:00"}`, "2026-07-01"},
	}
	for _, r := range rows {
		got, err := order(employee(t, withBasic...), at(noon), r.command, r.data)
		require.NoError(t, err, r.name)
		assert.Equal(t, day(r.want), got[0].(events.DeletionScheduled).Date, r.name)
	}
	got, err := order(employee(t, withBasic...), at(noon), "employee.add_addon.v1",
		`{"_id":"a1","product":"phone","start":"2026-05-31T22:00:00.000Z","terminates":"2026-07-31T22:00:00Z","invoicedUntil":"2026-06-30T12:00:00Z"}`)
	require.NoError(t, err)
	a := got[0].(events.AddonAdded).Addon
	assert.Equal(t, []string{"2026-06-01", "2026-08-01", "2026-06-30"},
		[]string{a.Start.String(), a.Terminate.String(), a.InvoicedUntil.String()})
	put, err := order(replay(t, "product/p1"), at(noon), "catalog.put_product.v1",
		`{"start":"2015-01-01T00:00:00.000Z","end":null}`)
	require.NoError(t, err)
	assert.Equal(t, day("2015-01-01"), put[0].(events.ProductPut).Start)

	var d domain.Day
	require.Error(t, d.UnmarshalText([]byte("2026-06-30T20:00")), "an instant without a zone is none")
	require.Error(t, d.UnmarshalText(nil), "an empty text is no date")
}

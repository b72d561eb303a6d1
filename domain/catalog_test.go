package domain_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

func listPrice(l billing.Ledger, from, amount string) events.Event {
	e := events.PriceSet{Ledger: l, From: day(from)}
	if amount != "" {
		e.Amount = price(amount)
	}
	return e
}

var tariff = facts{events.ProductPut{Type: "OTHER", Recurrence: "MONTHLY"},
	listPrice(billing.Customer, "2000-01-01", "30")}

func TestPutProduct(t *testing.T) {
	t.Parallel()
	yes := true
	const keeps = "409 recurrence: A product keeps its recurrence: make a new product instead"
	checkRows(t, "product/p1", "catalog.", []row{
		{name: "a new one's prices hold from the beginning", when: "put_product",
			data: `{"type":"OTHER","recurrence":"MONTHLY","price":"30","wholesale":20,"cost":"10.5"}`,
			then: tariff.and(listPrice(billing.Reseller, "2000-01-01", "20"), listPrice(billing.Cost, "2000-01-01", "10.5"))},
		{name: "or from the day given", when: "put_product",
			data: `{"type":"OTHER","recurrence":"MONTHLY","price":30,"effective":"2026-01-01"}`,
			then: facts{tariff[0], listPrice(billing.Customer, "2026-01-01", "30")}},
		{name: "everything as given, MONTH read as MONTHS", when: "put_product",
			data: `{"type":"PBX_USER","productCode":"P-1","name":"Sample","unitType":"MONTH","recurrence":"YEARLY","recurrenceFullMonth":true,
				"start":"2026-01-01","end":"2027-01-01","inheritFrom":"master","inheritFromReseller":"resold","includedProducts":[{"_id":"phone","amount":2}]}`,
			then: facts{events.ProductPut{Type: "PBX_USER", ProductCode: "P-1", Name: "Sample", UnitType: "MONTHS",
				Recurrence:          "YEARLY",
				RecurrenceFullMonth: &yes, Start: day("2026-01-01"), End: day("2027-01-01"), InheritFrom: "master",
				InheritFromReseller: "resold",
				IncludedProducts:    []events.Included{{Product: "phone", Amount: amount("2")}}}}},
		{name: "the same again changes nothing", given: tariff, when: "put_product",
			data: `{"type":"OTHER","recurrence":"MONTHLY"}`},
		{name: "the price that holds changes nothing", given: tariff, when: "put_product",
			data: `{"type":"OTHER","recurrence":"MONTHLY","price":30}`},
		{name: "another price of a known one holds from today", given: tariff, when: "put_product",
			data: `{"type":"OTHER","recurrence":"MONTHLY","price":35}`,
			then: facts{listPrice(billing.Customer, "2026-05-12", "35")}},
		{name: "it keeps its recurrence", given: tariff, when: "put_product", data: `{"type":"OTHER","recurrence":"YEARLY"}`,
			code: keeps},
		{name: "even when it is left out", given: tariff, when: "put_product", data: `{"type":"OTHER"}`, code: keeps},
		{name: "unknown values are told together", when: "put_product",
			data: `{"type":"CAR","unitType":"KG","recurrence":"DAILY"}`,
			code: "422 multiple: Multiple errors [422 type: CAR is not one of the published values; 422 unitType: KG is not " +
				"one of the published values; " +
				"422 recurrence: DAILY is not one of the published values]"},
		{name: "a negative price", when: "put_product", data: `{"cost":-1}`,
			code: "422 cost: A product's price cannot be negative"},
		{name: "0 is a price", when: "put_product", data: `{"price":0}`, then: facts{events.ProductPut{},
			listPrice(billing.Customer, "2000-01-01", "0")}},
	})
}

func TestSetPrice(t *testing.T) {
	t.Parallel()
	checkRows(t, "product/p1", "catalog.", []row{
		{name: "the customer's price from today", given: tariff, when: "set_price", data: `{"amount":"35"}`,
			then: facts{listPrice(billing.Customer, "2026-05-12", "35")}},
		{name: "of a ledger from a day", given: tariff, when: "set_price",
			data: `{"ledger":"COST","amount":5,"effective":"2026-07-01"}`,
			then: facts{listPrice(billing.Cost, "2026-07-01", "5")}},
		{name: "null hands it back to the ancestor", given: tariff, when: "set_price", data: `{"amount":null}`,
			then: facts{listPrice(billing.Customer, "2026-05-12", "")}},
		{name: "the same entry again changes nothing", given: tariff, when: "set_price",
			data: `{"amount":30,"effective":"2000-01-01"}`},
		{name: "the price that holds changes nothing", given: tariff, when: "set_price", data: `{"amount":30}`},
		{name: "unless a day is named, on which it stays", given: tariff, when: "set_price",
			data: `{"amount":30,"effective":"2026-07-01"}`,
			then: facts{listPrice(billing.Customer, "2026-07-01", "30")}},
		{name: "an unknown product", when: "set_price", data: `{"amount":30}`,
			code: "404 product: Product could not be found"},
		{name: "a price in another currency stands beside it", given: tariff, when: "set_price",
			data: `{"amount":4,"currency":"EUR"}`,
			then: facts{events.PriceSet{Ledger: billing.Customer, From: day("2026-05-12"), Amount: price("4"),
				Currency: "EUR"}}},
		{name: "a currency is a code", given: tariff, when: "set_price", data: `{"amount":4,"currency":"euro"}`,
			code: "422 currency: must be an ISO 4217 code of three letters"},
		{name: "an unknown ledger", given: tariff, when: "set_price", data: `{"ledger":"TAX","amount":30}`,
			code: "422 ledger: must be CUSTOMER, RESELLER or COST"},
		{name: "a negative price", given: tariff, when: "set_price", data: `{"amount":-1}`,
			code: "422 amount: A product's price cannot be negative"},
	})
}

func TestPutCustomer(t *testing.T) {
	t.Parallel()
	put := events.CustomerPut{Reseller: "r1", Name: "Sample customer", Currency: "DKK", Features: []string{"PBX"},
		BillingCustomers: []string{"c2"}}
	const data = `{"reseller":"r1","name":"Sample customer","currency":"DKK","features":["PBX"],"billingCustomers":["c2"]}`
	checkRows(t, "customer/c9", "catalog.", []row{
		{name: "a new one", when: "put_customer", data: data, then: facts{put}},
		{name: "the same again changes nothing", given: facts{put}, when: "put_customer", data: data},
		{name: "it is put whole: what is left out is gone", given: facts{put},
			when: "put_customer", data: `{"reseller":"r1"}`,
			then: facts{events.CustomerPut{Reseller: "r1"}}},
		{name: "it keeps its currency", given: facts{put}, when: "put_customer", data: `{"reseller":"r1","currency":"EUR"}`,
			code: "409 currency: The currency stays DKK: lines and prices are in it"},
		{name: "of an unknown reseller", when: "put_customer", data: `{"reseller":"r9"}`,
			code: "404 reseller: Reseller not found"},
		{name: "it keeps its reseller", given: facts{events.CustomerPut{Reseller: "r0"}}, when: "put_customer", data: data,
			code: "409 reseller: A customer keeps its reseller"},
	})
}

func TestPutReseller(t *testing.T) {
	t.Parallel()
	put := events.ResellerPut{Name: "Sample reseller", Parent: "r1", Currency: "EUR"}
	const data = `{"name":"Sample reseller","parent":"r1","currency":"EUR"}`
	checkRows(t, "reseller/r9", "catalog.", []row{
		{name: "a new one", when: "put_reseller", data: data, then: facts{put}},
		{name: "the same again changes nothing", given: facts{put}, when: "put_reseller", data: data},
		{name: "it is put whole", given: facts{put}, when: "put_reseller", data: `{"currency":"EUR"}`,
			then: facts{events.ResellerPut{Currency: "EUR"}}},
		{name: "it keeps its currency", given: facts{put}, when: "put_reseller", data: `{}`,
			code: "409 currency: The currency stays EUR: lines and prices are in it"},
		{name: "the policy's may be named", given: facts{events.ResellerPut{}},
			when: "put_reseller", data: `{"currency":"DKK"}`,
			then: facts{events.ResellerPut{Currency: "DKK"}}},
	})
}

func TestCatalog_ANewerOneLeavesTheOlderAsItIs(t *testing.T) {
	t.Parallel()
	old := domain.EmptyCatalog().With(sampleFacts()...)
	version := old.Version
	next := old.With(
		events.Recorded{Stream: "product/phone", Position: version + 1, Event: listPrice(billing.Customer,
			"2026-06-01", "99")},
		events.Recorded{Stream: "product/phone", Position: version + 2, Event: events.ProductPut{Type: "OTHER",
			Recurrence: "MONTHLY", Name: "New"}},
		events.Recorded{Stream: "product/p9", Position: version + 3, Event: events.ProductPut{Type: "OTHER"}},
		events.Recorded{Stream: "customer/c1", Position: version + 4, Event: events.CustomerPut{Reseller: "r1",
			Currency: "EUR"}},
		events.Recorded{Stream: "reseller/r1", Position: version + 5, Event: events.ResellerPut{Name: "New"}},
	)
	before, _ := domain.EmptyCatalog().With(sampleFacts()...).Find("phone")
	same, _ := old.Find("phone")
	assert.Equal(t, before, same)
	_, known := old.Product("p9")
	assert.False(t, known)
	customer, _ := old.Customer("c1")
	assert.Equal(t, "DKK", customer.Currency)
	reseller, _ := old.Reseller("r1")
	assert.Equal(t, "Sample reseller 1", reseller.Name)
	assert.Equal(t, version, old.Version)

	assert.Equal(t, version+5, next.Version)
	newer, ok := next.Product("phone")
	require.True(t, ok)
	assert.Len(t, newer.Price, 2, "a product that is put again keeps its prices")
	found, _ := next.Find("phone")
	assert.Equal(t, "New", found.Name)
}

func TestCatalog_APriceMayComeBeforeItsProduct(t *testing.T) {
	t.Parallel()
	c := domain.EmptyCatalog().With(
		events.Recorded{Stream: "product/p1", Position: 1, Event: listPrice(billing.Reseller, "2000-01-01", "5")},
		events.Recorded{
			Stream:   "product/p1",
			Position: 2,
			Event: events.ProductPut{Type: "OTHER",
				IncludedProducts: []events.Included{{Product: "phone", Amount: billing.One}}},
		},
	)
	p, ok := c.Product("p1")
	require.True(t, ok)
	assert.Len(t, p.Wholesale, 1)
	assert.Equal(t, []billing.Included{{Product: "phone", Amount: billing.One}}, p.Included)
}

// TestCatalog_Inheritance asks by scheduling a product change: type and days are the product's own or the nearest
// ancestor's.
func TestCatalog_Inheritance(t *testing.T) {
	t.Parallel()
	put := func(p events.ProductPut) func(*testing.T, string) {
		return func(t *testing.T, want string) { inherits(t, p, want) }
	}
	const accepted, refused = "accepted", "404 product: Product could not be found"
	rows := []struct {
		name string
		ask  func(*testing.T, string)
		want string
	}{
		{"the reseller's type", put(events.ProductPut{InheritFromReseller: "large"}), accepted},
		{"the master's type", put(events.ProductPut{InheritFrom: "large"}), accepted},
		{"over two levels", put(events.ProductPut{InheritFromReseller: "basic"}), accepted},
		{"the reseller's before the master's", put(events.ProductPut{InheritFromReseller: "phone", InheritFrom: "large"}),
			refused},
		{"the master's where the reseller's line has none",
			put(events.ProductPut{InheritFromReseller: "untyped", InheritFrom: "large"}), accepted},
		{"its own before all", put(events.ProductPut{Type: "PBX_USER", InheritFromReseller: "phone"}), accepted},
		{"the ancestor's last day", put(events.ProductPut{InheritFromReseller: "retired"}), refused},
		{"its own last day before the ancestor's",
			put(events.ProductPut{InheritFromReseller: "retired", End: day("2027-01-01")}), accepted},
		{"its own first day before the ancestor's",
			put(events.ProductPut{InheritFromReseller: "large", Start: day("2026-06-02")}), refused},
		{"an ancestor that is not there", put(events.ProductPut{InheritFromReseller: "gone"}), refused},
		{"itself as ancestor", put(events.ProductPut{InheritFrom: "asked"}), refused},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			r.ask(t, r.want)
		})
	}
}

func inherits(t *testing.T, p events.ProductPut, want string) {
	t.Helper()
	w := changed(changed(at(noon), "product/untyped", events.ProductPut{}), "product/asked", p)
	_, err := order(employee(t, withBasic...), w, "employee.schedule_product_change.v1", `{"newProduct":"asked"}`)
	assert.Equal(t, want, refusal(t, err))
}

func TestCatalog_PricesOfAnOwnedProductAreInItsOwnersCurrency(t *testing.T) {
	t.Parallel()
	c := domain.EmptyCatalog().With(
		events.Recorded{Stream: "reseller/r8", Position: 1, Event: events.ResellerPut{Currency: "EUR"}},
		events.Recorded{Stream: "customer/c8", Position: 2, Event: events.CustomerPut{Reseller: "r8", Currency: "SEK"}},
		events.Recorded{Stream: "customer/c9", Position: 3, Event: events.CustomerPut{Reseller: "r8"}},
		events.Recorded{Stream: "product/master", Position: 4, Event: events.ProductPut{Type: "OTHER"}},
		events.Recorded{Stream: "product/reseller", Position: 5, Event: events.ProductPut{Type: "OTHER", Reseller: "r8"}},
		events.Recorded{Stream: "product/customer", Position: 6, Event: events.ProductPut{Type: "OTHER", Customer: "c8"}},
		events.Recorded{Stream: "product/plain", Position: 7, Event: events.ProductPut{Type: "OTHER", Customer: "c9"}},
	)
	for id, want := range map[string]string{"master": "", "reseller": "EUR", "customer": "SEK", "plain": "EUR"} {
		p, ok := c.Product(id)
		require.True(t, ok)
		assert.Equal(t, want, p.Currency, id)
	}
}

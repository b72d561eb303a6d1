package domain_test

import (
	"strings"
	"testing"

	"tenure/billing"
	"tenure/events"
)

func TestAddonList_IsReplacedWhole(t *testing.T) {
	t.Parallel()
	two := amount("2")
	imported := withBasic.and(events.AddonAdded{Addon: events.Addon{ID: "a1", Product: "phone", Name: "Desk phone",
		Units:     billing.One,
		UnitPrice: price("19.5"), Start: day("2026-03-01"), InvoicedUntil: day("2026-05-31")}})
	updated := func(change func(*events.AddonUpdated)) events.Event {
		e := events.AddonUpdated{ID: "a1", Effective: day("2026-05-12")}
		change(&e)
		return e
	}
	ends := func(on string) events.Event { return events.AddonTerminated{ID: "a1", Terminate: day(on)} }
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "what it has, sent back, changes nothing", given: imported, when: "update",
			data: list(
				`{"_id":"a1","product":"phone","name":"Desk phone","units":1,"unitPrice":19.5,"start":"2026-03-01","invoicedUntil":"2026-05-31"}`)},
		{name: "without invoicedUntil, units, start and product they stay", given: imported, when: "update",
			data: list(`{"_id":"a1","name":"Desk phone","unitPrice":19.5}`)},
		{name: "a reseller never moves invoicedUntil back", by: byReseller, given: imported, when: "update",
			data: list(`{"_id":"a1","name":"Desk phone","unitPrice":19.5,"invoicedUntil":"2026-04-30"}`)},
		{name: "it moves forward", given: imported, when: "update",
			data: list(`{"_id":"a1","name":"Desk phone","unitPrice":19.5,"invoicedUntil":"2026-06-30"}`),
			then: facts{updated(func(e *events.AddonUpdated) { e.InvoicedUntil = day("2026-06-30") })}},
		{name: "for a reseller; an owner cannot", by: byOwner, given: imported, when: "update",
			data: list(`{"_id":"a1","name":"Desk phone","invoicedUntil":"2026-06-30","unitPrice":1}`)},
		{name: "units and price change from today", given: imported, when: "update",
			data: list(`{"_id":"a1","name":"Desk phone","units":2,"unitPrice":18}`),
			then: facts{updated(func(e *events.AddonUpdated) { e.Units, e.UnitPrice = &two, price("18") })}},
		{name: "or from the day given", given: imported, when: "update",
			data: `{"effective":"2026-06-01","addonProducts":[{"_id":"a1","name":"Desk phone","units":2,"unitPrice":19.5}]}`,
			then: facts{updated(func(e *events.AddonUpdated) {
				e.Effective, e.Units, e.UnitPrice = day("2026-06-01"), &two, price("19.5")
			})}},
		{name: "a price that is left out stays", given: imported, when: "update",
			data: list(`{"_id":"a1","name":"Desk phone"}`)},
		{name: "null gives it back to the catalog", given: imported, when: "update",
			data: list(`{"_id":"a1","unitPrice":null}`),
			then: facts{updated(func(e *events.AddonUpdated) { e.ClearUnitPrice = true })}},
		{name: "unless an owner does, who cannot set it", by: byOwner, given: imported, when: "update",
			data: list(`{"_id":"a1","unitPrice":null}`)},
		{name: "a name that is left out stays", by: byOwner, given: imported, when: "update", data: list(`{"_id":"a1"}`)},
		{name: "null takes it away", by: byOwner, given: imported, when: "update",
			data: list(`{"_id":"a1","name":null,"description":null}`),
			then: facts{updated(func(e *events.AddonUpdated) { e.Name = new(string) })}},
		{name: "terminate ends it, as an instant too", by: byOwner, given: imported, when: "update",
			data: list(`{"_id":"a1","name":"Desk phone","terminate":"2026-06-30T22:00:00.000Z"}`),
			then: facts{ends("2026-07-01")}},
		{name: "left out the end stays", by: byOwner, given: imported.and(ends("2026-07-01")), when: "update",
			data: list(`{"_id":"a1","name":"Desk phone"}`)},
		{name: "null lets it continue", by: byOwner, given: imported.and(ends("2026-07-01")), when: "update",
			data: list(`{"_id":"a1","terminate":null}`),
			then: facts{ends("")}},
		{name: "one that is not in the list any more ends today", given: imported, when: "update", data: list(``),
			then: facts{ends("2026-05-12")}},
		{name: "null takes them all", given: imported, when: "update", data: `{"addonProducts":null}`,
			then: facts{ends("2026-05-12")}},
		{name: "one that ends later ends today then", given: imported.and(ends("2026-07-01")), when: "update", data: list(``),
			then: facts{ends("2026-05-12")}},
		{name: "one that ended stays as it ended", given: imported.and(ends("2026-05-01")), when: "update", data: list(``)},
		{name: "a new one is added, and the other one ends", given: imported, when: "update",
			data: list(`{"_id":"A2","product":"setup"}`),
			then: facts{addon("A2", "setup", "2026-05-12"), ends("2026-05-12")}},
		{name: "nobody has none and none changes nothing", given: withBasic, when: "update", data: list(``)},
	})
}

// list is an update of the list of addons.
func list(items string) string { return `{"addonProducts":[` + items + `]}` }

func TestAddonList_IsRefused(t *testing.T) {
	t.Parallel()
	many := make([]string, 501)
	for i := range many {
		many[i] = `{"product":"phone","_id":"b` + strings.Repeat("i", i) + `"}`
	}
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "another product for the same addon", given: withPhone, when: "update",
			data: list(`{"_id":"a1","product":"setup"}`),
			code: "409 addonProducts.product: An addon product keeps its product: add another one instead"},
		{name: "twice the same", given: withPhone, when: "update", data: list(`{"_id":"a1"},{"_id":"a1"}`),
			code: "422 addonProducts._id: is twice in the list"},
		{name: "a new one without a product", given: withPhone, when: "update", data: list(`{"_id":"a1"},{"_id":"a2"}`),
			code: "404 addonProducts.product: Product(s) given could not be found"},
		{name: "one without an id", given: withPhone, when: "update", data: list(`{"_id":"a1"},{"product":"phone"}`),
			code: "422 addonProducts._id: Each addon product needs its own id"},
		{name: "more than there may be", given: withBasic, when: "update", data: list(strings.Join(many, ",")),
			code: "422 addonProducts: An employee has at most 500 addon products"},
	})
}

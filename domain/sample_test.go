package domain_test

import (
	"sync"
	"time"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// sampleFacts are the catalog that the tests share: a reseller with customers, and products on three levels.
func sampleFacts() []events.Recorded {
	var all []events.Recorded
	put := func(stream string, e events.Event) {
		all = append(all, events.Recorded{Stream: stream, Position: int64(len(all) + 1), Event: e})
	}
	put("reseller/r1", events.ResellerPut{Name: "Sample reseller 1", Currency: "DKK", Company: "own",
		Subscriptions: []string{"s2"}})
	put("reseller/r2", events.ResellerPut{Name: "Sample reseller 2", Currency: "DKK", Parent: "r1"})
	put("reseller/r3", events.ResellerPut{Name: "Sample reseller 3", Currency: "DKK"})
	put("customer/c1", events.CustomerPut{Reseller: "r1", Currency: "DKK", Features: []string{"PBX", "ORGANIZATION"},
		BillingCustomers: []string{"c2"},
		Addresses:        []events.Address{{ID: "ad1", Country: "DK"}}, Greetings: []string{"g1", "g2"},
		Subscriptions:         []string{"s1"},
		OrganizationResellers: []string{"r2"}})
	put("customer/own", events.CustomerPut{Reseller: "r1", Currency: "DKK", Features: []string{"PBX"}})
	put("customer/c4", events.CustomerPut{Reseller: "r2", Currency: "DKK", Features: []string{"PBX"}})
	put("customer/c2", events.CustomerPut{Reseller: "r1", Currency: "DKK"})
	put("customer/c3", events.CustomerPut{Reseller: "r1", Currency: "DKK", Features: []string{"PBX"}})
	product := func(id, amount string, p events.ProductPut) {
		put("product/"+id, p)
		if amount != "" {
			put("product/"+id, events.PriceSet{Ledger: billing.Customer, From: day("2000-01-01"), Amount: price(amount)})
		}
	}
	product("master", "50", events.ProductPut{Type: "PBX_USER", Recurrence: "MONTHLY"})
	product("resold", "60", events.ProductPut{InheritFrom: "master"})
	product("basic", "", events.ProductPut{InheritFromReseller: "resold"})
	product("large", "100", events.ProductPut{Type: "PBX_USER", Recurrence: "MONTHLY"})
	product("retired", "70", events.ProductPut{Type: "PBX_USER", Recurrence: "MONTHLY", End: day("2026-06-01")})
	product("upcoming", "80", events.ProductPut{Type: "PBX_USER", Recurrence: "MONTHLY", Start: day("2026-06-01")})
	product("successor", "", events.ProductPut{InheritFromReseller: "upcoming"})
	product("unpriced", "", events.ProductPut{Type: "PBX_USER", Recurrence: "MONTHLY"})
	product("phone", "25", events.ProductPut{Type: "PBX_SIP_PHONE", Recurrence: "MONTHLY"})
	product("insurance", "10", events.ProductPut{Type: "OTHER", Recurrence: "QUARTERLY"})
	product("licence", "12", events.ProductPut{Type: "EXTERNAL_LICENSE", Recurrence: "YEARLY"})
	product("mobile", "99", events.ProductPut{Type: "MVNO_RATEPLAN", Recurrence: "MONTHLY"})
	yes := true
	product("ofr1", "65", events.ProductPut{Type: "PBX_USER", Recurrence: "MONTHLY", Reseller: "r1"})
	product("ofr2", "1", events.ProductPut{Type: "PBX_USER", Recurrence: "MONTHLY", Reseller: "r2"})
	product("ofc1", "55", events.ProductPut{Type: "PBX_USER", Recurrence: "MONTHLY", Customer: "c1"})
	product("ofc2", "2", events.ProductPut{Type: "PBX_USER", Recurrence: "MONTHLY", Customer: "c2"})
	product("onlyr1", "9", events.ProductPut{Type: "PBX_USER", Recurrence: "MONTHLY", Reseller: "r1",
		ApplyByResellerOnly: &yes})
	product("addonr2", "3", events.ProductPut{Type: "OTHER", Recurrence: "MONTHLY", Reseller: "r2"})
	product("planr2", "3", events.ProductPut{Type: "MVNO_RATEPLAN", Recurrence: "MONTHLY", Reseller: "r2"})
	product("setup", "300", events.ProductPut{Type: "AD_HOC", Recurrence: "NONE"})
	return all
}

var sampleCatalog = sync.OnceValue(func() *domain.Catalog { return domain.EmptyCatalog().With(sampleFacts()...) })

// changed is the sample world at an instant after more has happened to the catalog.
func changed(at domain.World, stream string, all ...events.Event) domain.World {
	for i, e := range all {
		at.Catalog = at.Catalog.With(events.Recorded{Stream: stream, Position: at.Catalog.Version + int64(i) + 1, Event: e})
	}
	return at
}

// created is the sample employee of customer c1, who has nothing yet.
var created = facts{events.EmployeeCreated{
	Number: 1024, Customer: "c1", Reseller: "r1", Currency: "DKK", AccessLevel: "NO_LOGIN", State: "ENABLED",
	On: day("2026-01-15"),
}}

// withBasic has the basic product since January.
var withBasic = created.and(events.ProductAssigned{Product: "basic", From: day("2026-01-15")})

// change is a product change that is scheduled for a first.
func change(product, from string) events.Event {
	return events.ProductChangeScheduled{Product: product, From: day(from)}
}

// deletion is scheduled for a day; its instant is 20:00 UTC.
func deletion(on string, extensions, accounts bool) events.DeletionScheduled {
	return events.DeletionScheduled{
		Date: day(on), At: day(on).Time().Add(20 * time.Hour), DeleteExtensions: extensions, DeleteMvnoAccounts: accounts,
	}
}

// addon is one more product of the employee: one unit from a day on.
func addon(id, product, start string) events.AddonAdded {
	return events.AddonAdded{Addon: events.Addon{ID: id, Product: product, Units: billing.One, Start: day(start)}}
}

func extension(id string) events.Event {
	return events.ExtensionAssigned{Extension: events.Extension{ID: id, Number: "100"}}
}

func account(id string) events.Event {
	return events.MvnoAccountAttached{Account: events.MvnoAccount{
		ID: id, NumberState: "PORTING_IN", State: "ACTIVE", RatePlan: "plan1", NewRatePlan: "plan2",
	}}
}

// isDeleting is under deletion since 20 May, with an extension and an account to be confirmed.
var isDeleting = withBasic.and(extension("x1"), account("m1"), deletion("2026-05-10", true, true),
	events.DeletionStarted{Date: day("2026-05-10")},
	events.ExtensionDeletionRequested{ID: "x1", Attempt: 1}, events.MvnoDeletionRequested{ID: "m1", Attempt: 1})

// isDeleted is gone since 10 May.
var isDeleted = withBasic.and(deletion("2026-05-10", false, false),
	events.DeletionStarted{Date: day("2026-05-10")}, events.EmployeeDeleted{Date: day("2026-05-10")})

package events_test

import (
	"encoding/json"
	"time"

	"tenure/billing"
	"tenure/events"
)

const (
	sampleAddon     = "5f1e0a9b8c7d6e5f4a3b2c01"
	sampleProduct   = "5f1e0a9b8c7d6e5f4a3b2c02"
	sampleExtension = "5f1e0a9b8c7d6e5f4a3b2c03"
	sampleAccount   = "5f1e0a9b8c7d6e5f4a3b2c04"
	sampleCustomer  = "5f1e0a9b8c7d6e5f4a3b2c05"
	sampleReseller  = "5f1e0a9b8c7d6e5f4a3b2c06"
	sampleEmployee  = "5f1e0a9b8c7d6e5f4a3b2c07"
)

func day(s string) billing.Date { return billing.MustDate(s) }

func amount(s string) *billing.Amount {
	a := billing.MustAmount(s)
	return &a
}

func text(s string) *string { return &s }

func instant(s string) time.Time {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return at
}

func raw(s string) json.RawMessage { return json.RawMessage(s) }

func employeeSamples() []events.Event {
	plain := events.Attributes{"language": raw(`"da"`), "primaryContact": raw("true")}
	personal := events.Attributes{"name": raw(`"Sample employee 07"`), "emailAddress": raw(`"sample07@example.com"`)}
	secrets := events.Attributes{"passwordHash": raw(`"$argon2id$v=19$m=19456,t=2,p=1$c2FtcGxlc2FsdA$c2FtcGxlaGFzaA"`)}
	return []events.Event{
		events.EmployeeCreated{Number: 7168, Customer: sampleCustomer, Reseller: sampleReseller, Currency: "DKK",
			AccessLevel: "PERSONAL",
			State:       "ENABLED", On: day("2026-05-12"), Attributes: plain, Personal: personal, Secrets: secrets},
		events.EmployeeUpdated{AccessLevel: "MANAGER", State: "DISABLED", Attributes: plain, Personal: personal,
			Secrets: secrets},
		events.BillingCustomerChanged{Effective: day("2026-06-01"), BillingCustomer: sampleCustomer},
		events.ProductAssigned{Product: sampleProduct, From: day("2026-05-12"), InvoicedUntil: day("2026-05-31")},
		events.ProductChangeScheduled{Product: sampleProduct, From: day("2026-06-01")},
		events.ProductChangeCancelled{},
		events.ProductChangeDropped{Product: sampleProduct, Reason: "DELETION"},
		events.AddonAdded{Addon: events.Addon{ID: sampleAddon, Product: sampleProduct, Name: "Desk phone",
			Description: "Second desk",
			Units:       *amount("2"), UnitPrice: amount("19.9"), Start: day("2026-05-12"), Terminate: day("2027-01-01"),
			InvoicedUntil: day("2026-05-31")}},
		events.AddonUpdated{ID: sampleAddon, Effective: day("2026-06-01"), Units: amount("-0.5"), UnitPrice: amount("20"),
			Start: day("2026-05-01"), Name: text("Desk phone"), Description: text("Third desk"),
			InvoicedUntil: day("2026-06-30")},
		events.EmployeeMoved{Customer: sampleCustomer, Effective: day("2026-06-01"), BillingCustomer: sampleCustomer},
		events.AddonTerminated{ID: sampleAddon, Terminate: day("2026-07-01")},
		events.ExtensionAssigned{Extension: events.Extension{ID: sampleExtension, Number: "100", Name: "Reception",
			Product: sampleProduct, Direct: "+4570000001", Mobile: events.NewIDs("+4500000007"), Redirect: "101"}},
		events.ExtensionUnassigned{ID: sampleExtension},
		events.HoldingRated{Source: "mvno/" + sampleAccount, Product: sampleProduct, From: day("2026-06-01")},
		events.MvnoAccountAttached{Account: sampleMvno()},
		events.MvnoAccountDetached{ID: sampleAccount},
		events.RatePlanChangeScheduled{Account: sampleAccount, RatePlan: sampleProduct, From: day("2026-06-01")},
		events.RatePlanChangeCancelled{Account: sampleAccount},
		events.RatePlanChanged{Account: sampleAccount, RatePlan: sampleProduct, From: day("2026-06-01")},
		events.RatePlanChangeDropped{Account: sampleAccount, RatePlan: sampleProduct, Reason: "PRODUCT"},
	}
}

func sampleMvno() events.MvnoAccount {
	return events.MvnoAccount{ID: sampleAccount, Number: "+4500000007", Name: "Sample account 07",
		NumberState: "PORTING_IN", State: "ACTIVE",
		RatePlan: sampleProduct, NewRatePlan: sampleProduct, Updating: true, PBX: 1, Sim: events.Sim{Network: "TDC"}}
}

// processSamples are of what goes on over time: presence and deletion.
func processSamples() []events.Event {
	expire := instant("2026-05-12T13:00:00Z")
	return []events.Event{
		events.PresenceChanged{Cause: "COMMAND", Since: instant("2026-05-12T10:00:00Z"), Presence: events.Presence{
			State: "BUSY", Expire: &expire, OriginalState: "AVAILABLE",
			Overrides: []events.Override{{ID: "meeting-1", Source: "MS365_CALENDAR", State: "BUSY"}},
			Personal:  events.PresencePersonal{Location: "Office", Message: "In a meeting", OriginalMessage: "At my desk"}}},
		events.AutoPresenceSet{Since: instant("2026-05-12T10:00:00Z"),
			Slots: []events.AutoPresence{{WeekDays: []int{1, 2, 3, 4, 5}, TimeOfDay: "16:00", State: "OFF_WORK"}}},
		events.DeletionScheduled{Date: day("2026-06-30"), At: instant("2026-06-30T20:00:00Z"), DeleteExtensions: true,
			DeleteMvnoAccounts: true},
		events.DeletionCancelled{},
		events.DeletionStarted{Date: day("2026-06-30"), DiscardedProduct: sampleProduct},
		events.ExtensionDeletionRequested{ID: sampleExtension, Attempt: 1},
		events.ExtensionDeleted{ID: sampleExtension},
		events.MvnoDeletionRequested{ID: sampleAccount, Attempt: 2},
		events.MvnoAccountDeleted{ID: sampleAccount},
		events.MvnoAccountRestored{Account: sampleMvno()},
		events.DeletionRefused{ID: sampleAccount, Reason: "The number is being ported"},
		events.DeletionStalled{Extensions: []string{sampleExtension}, MvnoAccounts: []string{sampleAccount}},
		events.EmployeeDeleted{Date: day("2026-06-30")},
	}
}

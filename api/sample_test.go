package api

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/projections"
)

// The people in the database.
const (
	plain     = "5e0000000000000000000001" // a name and nothing else
	equipped  = "5e0000000000000000000002" // all that the documents show
	deleted   = "5e0000000000000000000003"
	elsewhere = "5e0000000000000000000004" // of another customer of the same reseller
	foreign   = "5e0000000000000000000005" // of another reseller's customer
	viewer    = "5e0000000000000000000006"
	personal  = "5e0000000000000000000007"
	manager   = "5e0000000000000000000008"
	machine   = "5e0000000000000000000009" // uses persistent tokens only
	keyed     = "5e000000000000000000000a" // logs in by webauthn only
	narrowed  = "5e000000000000000000000b" // may call two endpoints
	disabled  = "5e000000000000000000000c"
	organizer = "5e000000000000000000000d" // manages the other reseller's customers too
	unknown   = "5e00000000000000000000ff"

	ownCustomer, otherCustomer, foreignCustomer = "5c0000000000000000000001", "5c0000000000000000000002",
		"5c0000000000000000000003"
	organization                               = "5c0000000000000000000004" // the customer of the organizer
	ownReseller, otherReseller, parentReseller = "5a0000000000000000000001", "5a0000000000000000000002",
		"5a0000000000000000000003"
)

// person is an employee with its events.
type person struct {
	id    string
	facts []events.Event
}

// employer is the customer of an employee, and the reseller that serves it.
type employer struct{ customer, reseller string }

// created is the first event of an employee.
func created(n int64, of employer, level string, plain, personal map[string]any) events.EmployeeCreated {
	if personal == nil {
		personal = map[string]any{"name": fmt.Sprintf("Sample employee %02d", n), "notes": "for resellers only"}
	}
	return events.EmployeeCreated{
		Number: n, Customer: of.customer, Reseller: of.reseller, AccessLevel: level, State: "ENABLED",
		On: billing.MustDate("2026-10-01"), Attributes: attributes(plain), Personal: attributes(personal),
	}
}

func attributes(properties map[string]any) events.Attributes {
	a := events.Attributes{}
	for name, v := range properties {
		a[name] = encoded(v)
	}
	return a
}

func people() []person {
	simple := func(n int64, level string, plain map[string]any) events.EmployeeCreated {
		return created(n, employer{ownCustomer, ownReseller}, level, plain, nil)
	}
	return []person{
		{plain, []events.Event{simple(1, "NO_LOGIN", nil)}},
		{equipped, wholeLife()},
		{deleted, []events.Event{simple(3, "NO_LOGIN", nil), events.EmployeeDeleted{Date: billing.MustDate("2026-10-01")}}},
		{elsewhere, []events.Event{created(4, employer{otherCustomer, ownReseller}, "NO_LOGIN", nil, nil)}},
		{foreign, []events.Event{created(5, employer{foreignCustomer, otherReseller}, "NO_LOGIN", nil, nil)}},
		{viewer, []events.Event{simple(6, "VIEWER", nil)}},
		{personal, []events.Event{simple(7, "PERSONAL", nil), assigned("e00000000000000000000007", "107")}},
		{manager, []events.Event{simple(8, "MANAGER", nil), assigned("e00000000000000000000008", "108"),
			assigned("e00000000000000000000018", "118"),
			events.ExtensionUnassigned{ID: "e00000000000000000000018"}}},
		{machine, []events.Event{simple(9, "VIEWER", map[string]any{"m2mOnly": true})}},
		{keyed, []events.Event{simple(10, "VIEWER", map[string]any{"webauthnOnly": true})}},
		{narrowed, []events.Event{simple(11, "MANAGER", map[string]any{"apiAccessFilter": []map[string]string{
			{"endpoint": "/pbx/app/*", "type": "STRING"}, {"endpoint": "/employee/[0-9a-f]+", "type": "REGEXP"}}})}},
		{
			organizer,
			[]events.Event{created(13, employer{organization, parentReseller},
				"MANAGER", map[string]any{"organizationResellers": []string{otherReseller}}, nil)},
		},
		{disabled, []events.Event{simple(12, "MANAGER", nil), events.EmployeeUpdated{State: "DISABLED"}}},
	}
}

func assigned(id, number string) events.ExtensionAssigned {
	return events.ExtensionAssigned{Extension: events.Extension{ID: id, Number: number, Name: "Desk " + number}}
}

// wholeLife leaves an employee with every property of the pages.
func wholeLife() []events.Event {
	amount := billing.MustAmount
	price := amount("85.5")
	expire := time.Date(2026, 10, 30, 15, 0, 0, 0, time.UTC)
	return []events.Event{
		created(2, employer{ownCustomer, ownReseller}, "OWNER", map[string]any{
			"address": "ad0000000000000000000001", "language": "da", "primaryContact": true, "noEmail": false,
			"smsValidation":           false,
			"authenticatorValidation": true, "ipRestriction": "192.0.2.17", "organizationResellers": []string{},
			"notifyOnGeneralUsageLimit":         true,
			"notifyOnGeneralUsageLimitReseller": false, "notifyOnAccountErrorByEmail": true, "notifyOnAccountErrorBySms": false,
			"notifyOnNewMvnoAccountReseller": false, "notifyOnNewSipAccountReseller": false, "notifyOnNewPortingReseller": false,
			"subscriptions": []string{"5f0000000000000000000001"},
			"voicemail": map[string]any{"notification": map[string]bool{"email": false, "sms": true}, "requiresPinCode": true,
				"greetingOnly": false, "defaultGreeting": "6a0000000000000000000001"},
			"recording": map[string]any{"mode": "ALWAYS", "quality": "NORMAL", "retension": 7,
				"notification": map[string]any{"email": true, "attach": true, "maxSize": 10485760}},
			"viewOtherPartyOverride": "HIDE_PERSONAL_PHONEBOOK", "features": []string{"DASHBOARD_EDITOR"},
			"apiAccessFilter": []string{},
			"m2mOnly":         false, "webauthnOnly": false,
			"shortcuts": []map[string]any{{"index": 0, "url": "/customer/" + ownCustomer, "label": "Own customer"}},
			"ms365": map[string]any{"id": "sample", "calendarSetsPresence": true, "teamsSetsPresence": true,
				"presenceSync":      false,
				"doNotSyncContacts": false, "doNotSyncCalendar": false},
			"passwordHash": "never shown", "pinCodeSealed": "never shown",
		}, map[string]any{
			"name": "Sample middle employee", "title": "Sample title", "department": "Sample department",
			"emailAddress": "Two_2%@sample.example",
			"smsNumber":    "+4500000002", "notes": "for resellers only", "birthdate": "1990-01-31",
			"picture": "7a0000000000000000000001",
			"custom":  map[string]any{"key": "value"},
		}),
		events.ProductAssigned{Product: productOfCustomer, From: billing.MustDate("2026-10-01")},
		events.ProductChangeScheduled{Product: productMaster, From: billing.MustDate("2026-11-01")},
		events.BillingCustomerChanged{BillingCustomer: otherCustomer, Effective: billing.MustDate("2026-10-05")},
		events.AddonAdded{Addon: events.Addon{ID: "5d0000000000000000000001", Product: productAddon, Name: "Busylight",
			Description: "For the desk",
			Units:       amount("2"), UnitPrice: &price, Start: billing.MustDate("2026-10-01"),
			InvoicedUntil: billing.MustDate("2026-09-30")}},
		events.AddonTerminated{ID: "5d0000000000000000000001", Terminate: billing.MustDate("2026-12-01")},
		events.MvnoAccountAttached{Account: events.MvnoAccount{ID: "a00000000000000000000002", Number: "+4500000002",
			Name: "Mobile", State: "ACTIVE",
			NumberState: "IN_USE", RatePlan: productRatePlan, PBX: 1, Sim: events.Sim{Network: "TDC"}}},
		events.MvnoAccountAttached{Account: events.MvnoAccount{ID: "a00000000000000000000003", Number: "+4500000003",
			State: "ACTIVE", NumberState: "IN_USE"}},
		events.MvnoAccountDetached{ID: "a00000000000000000000003"},
		assigned("e00000000000000000000002", "102"), assigned("e00000000000000000000012", "112"),
		events.PresenceChanged{Since: time.Date(2026, 10, 30, 9, 20, 14, 558_000_000, time.UTC), Presence: events.Presence{
			State: "BUSY", Expire: &expire, Overrides: []events.Override{{ID: "meeting", Source: "MS365_CALENDAR",
				State: "BUSY"}},
			OriginalState: "AVAILABLE", Personal: events.PresencePersonal{Location: "Sample office", Message: "In a meeting"}}},
		events.AutoPresenceSet{Slots: []events.AutoPresence{{WeekDays: []int{1, 2, 3},
			TimeOfDay: "16:00", State: "OFF_WORK"}}},
		events.DeletionScheduled{Date: billing.MustDate("2026-12-24"), At: time.Date(2026, 12, 24, 20, 0, 0, 0, time.UTC),
			DeleteExtensions: true},
	}
}

// The products of the catalogue: one on three levels, an addon, a rate plan.
const (
	productMaster     = "5b0000000000000000000001"
	productOfReseller = "5b0000000000000000000002"
	productOfCustomer = "5b0000000000000000000003"
	productAddon      = "5b0000000000000000000004"
	productRatePlan   = "5b0000000000000000000005"
)

// theCatalog is the catalogue of the tests, made once as a process keeps its one: nobody writes into it.
var theCatalog = sync.OnceValue(sampleCatalog)

// sampleCatalog makes the catalogue of the tests.
func sampleCatalog() Catalog {
	c := Catalog{
		Catalog:   domain.EmptyCatalog(),
		Numbers:   map[string]int64{ownReseller: 1, ownCustomer: 7},
		Customers: map[int64]string{7: ownCustomer, 8: foreignCustomer},
	}
	put := func(stream string, list ...events.Event) {
		for _, e := range list {
			c.Fold(events.Recorded{Stream: stream, Event: e})
		}
	}
	price := func(l billing.Ledger, s string) events.Event {
		a := billing.MustAmount(s)
		return events.PriceSet{Ledger: l, From: billing.MustDate("2000-01-01"), Amount: &a}
	}
	put("reseller/"+ownReseller, events.ResellerPut{Parent: parentReseller})
	put("reseller/"+otherReseller, events.ResellerPut{})
	put("reseller/"+parentReseller, events.ResellerPut{})
	put("customer/"+ownCustomer, events.CustomerPut{Reseller: ownReseller, Features: []string{"PBX"},
		Addresses: []events.Address{
			{
				ID:               "ad0000000000000000000001",
				Address:          "Sample street 1",
				Zip:              "2600",
				City:             "Sample city",
				Country:          "DK",
				MunicipalityCode: 153,
				AlternativeName:  "Workshop",
			},
			{ID: "ad0000000000000000000002", Primary: true, Address: "Sample street 2", Zip: "2600", City: "Sample city",
				Country: "DK"},
		}})
	put("customer/"+organization, events.CustomerPut{Reseller: parentReseller,
		Features: []string{domain.FeatureOrganization}})
	put("customer/"+otherCustomer, events.CustomerPut{Reseller: ownReseller})
	put("customer/"+foreignCustomer, events.CustomerPut{Reseller: otherReseller})
	put("product/"+productMaster, events.ProductPut{Type: "PBX_USER", Name: "PBX user", ProductCode: "02031",
		UnitType: "MONTHS", Recurrence: "MONTHLY",
		Start:            billing.MustDate("2015-01-01"),
		IncludedProducts: []events.Included{{Product: productAddon, Amount: billing.MustAmount("3")}}},
		price(billing.Customer, "79"), price(billing.Reseller, "49.5"), price(billing.Cost, "21.25"))
	put("product/"+productOfReseller, events.ProductPut{InheritFrom: productMaster}, price(billing.Customer, "85"))
	put("product/"+productOfCustomer, events.ProductPut{InheritFromReseller: productOfReseller, Name: "PBX user of ours"})
	put("product/"+productAddon, events.ProductPut{Type: "OTHER", Name: "Busylight", Recurrence: "MONTHLY"})
	put("product/"+productRatePlan, events.ProductPut{Type: "MVNO_RATEPLAN", Name: "Mobile plan", Recurrence: "MONTHLY"})
	return c
}

// activities are what other systems tell of the people.
func activities() []projections.ActivityMessage {
	began := contract.Instant{Time: time.Date(2026, 10, 30, 11, 55, 0, 0, time.UTC)}
	talk := func(extension string, personal bool) contract.Call {
		return contract.Call{ID: "pbx1:" + extension, Extension: extension, State: "CALL_ANSWER", Started: &began,
			Answered: &began, Direction: "I", Leg: "O",
			Originator: "EXTERNAL", Caller: &contract.Party{Number: "+4511111111", Name: "Sample caller"},
			Callee: &contract.Party{Number: "102", Name: "Desk"}, PersonalPhonebook: personal}
	}
	group := []contract.Group{{ID: "9f0000000000000000000001", ViewOtherParty: true}}
	calendar := func(id, sensitivity string) contract.CalendarEvent {
		return contract.CalendarEvent{ID: id, Subject: "Subject " + sensitivity, Start: &began, End: &began,
			Type: "singleInstance", ShowAs: "busy",
			Sensitivity: sensitivity, Organizer: &contract.Organizer{EmailAddress: "organizer@sample.example",
				Name: "Sample organizer"},
			IsOnlineMeeting: true, OnlineMeetingJoinURL: "https://meet.sample.example/" + sensitivity}
	}
	tell := func(offset int64, employee string, a contract.Activity) projections.ActivityMessage {
		return projections.ActivityMessage{Employee: employee, Offset: offset, Value: encoded(a)}
	}
	return []projections.ActivityMessage{
		tell(1, equipped, contract.Activity{
			Extensions: []contract.ActivityExtension{{ID: "e00000000000000000000002", Direct: "+4570000002",
				Mobile: []string{"+4500000002"},
				Phones: json.RawMessage(`[{"_id":"8a0000000000000000000001","type":"SIPPHONE","name":"Office","dnd":true}]`)}},
			Calls: []contract.Call{talk("e00000000000000000000002", true), talk("e00000000000000000000012", false)},
			Calendar: []contract.CalendarEvent{calendar("ca0000000000000000000001", "normal"),
				calendar("ca0000000000000000000002", "private")},
			Groups: group,
		}),
		tell(2, manager, contract.Activity{Groups: group, Calls: []contract.Call{talk("e00000000000000000000008", false)}}),
		tell(3, personal, contract.Activity{Groups: []contract.Group{{ID: group[0].ID}}, Calls: []contract.Call{
			{ID: "pbx1:7", Extension: "e00000000000000000000007", State: "CALL_RING"}}}),
	}
}

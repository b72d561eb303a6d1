package projections_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

// effect is what one event does to the published document of an employee who had some others before.
type effect struct {
	name     string
	given    []events.Event // after its creation
	when     events.Event
	property string // of the document
	want     string // JSON; empty: the property is not there
}

// effects has a row for each kind of event, and one for each thing that a reader would get wrong.
func effects() []effect {
	var all []effect
	for _, rows := range [][]effect{
		effectsOnItself(), effectsOnTerms(), effectsOnHoldings(), effectsOfTime(), effectsOfDeletion(), effectsOfBilling(),
	} {
		all = append(all, rows...)
	}
	return all
}

func TestEmployees_EachEventChangesThePublishedDocument(t *testing.T) {
	t.Parallel()
	for _, row := range effects() {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, row.want, published(t, append(append([]events.Event{feedtest.Created(1)}, row.given...),
				row.when))[row.property])
		})
	}
}

// TestEffects_NoEventIsWithoutARow keeps the table complete: whoever adds an event says what a reader sees of it.
func TestEffects_NoEventIsWithoutARow(t *testing.T) {
	t.Parallel()
	told := map[string]bool{}
	for _, row := range effects() {
		told[row.when.EventType()] = true
	}
	for _, name := range events.Types() {
		if strings.HasPrefix(name, "employee.") {
			assert.True(t, told[name], "nothing says what %s does to the document", name)
		}
	}
}

// published folds events and gives the properties of the document as compact JSON.
func published(t *testing.T, all []events.Event) map[string]string {
	t.Helper()
	history := make([]events.Recorded, len(all))
	for i, e := range all {
		raw, err := events.Encode(e)
		require.NoError(t, err)
		read, err := events.Decode(e.EventType(), raw) // as it comes from the log
		require.NoError(t, err)
		history[i] = events.Recorded{Stream: feedtest.Employee(1), Version: int32(i + 1), Position: int64(i + 1), Event: read}
	}
	e, err := projections.EmployeeFrom("e1", history)
	require.NoError(t, err)
	document, err := json.Marshal(e)
	require.NoError(t, err)
	var properties map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(document, &properties))
	texts := make(map[string]string, len(properties))
	for name, raw := range properties {
		texts[name] = string(raw)
	}
	return texts
}

func effectsOnItself() []effect {
	return []effect{
		{"creation gives it the number that all APIs share", nil, feedtest.Created(7), "number", `7169`},
		{"creation keeps the local day on which it came", nil, feedtest.Created(7), "created", `"2026-03-01"`},
		{"plain and personal properties become one object", nil, feedtest.Created(7), "properties",
			`{"language":"da","name":"Sample employee 07","noEmail":false}`},
		{"secrets are kept by no read model", nil,
			events.EmployeeUpdated{Secrets: events.Attributes{"password": json.RawMessage(`"hash"`)}}, "properties",
			`{"language":"da","name":"Sample employee 01","noEmail":false}`},
		{"a change replaces what it names and keeps the rest", nil,
			events.EmployeeUpdated{Attributes: events.Attributes{"language": json.RawMessage(`"en"`)}}, "properties",
			`{"language":"en","name":"Sample employee 01","noEmail":false}`},
		{"null takes a property away", nil,
			events.EmployeeUpdated{Personal: events.Attributes{"name": json.RawMessage(`null`)}}, "properties",
			`{"language":"da","noEmail":false}`},
		{"a change of rights is seen", nil, events.EmployeeUpdated{AccessLevel: "OWNER"}, "accessLevel", `"OWNER"`},
		{"a change of something else leaves its rights", nil, events.EmployeeUpdated{State: "DISABLED"},
			"accessLevel", `"PERSONAL"`},
		{"it is disabled", nil, events.EmployeeUpdated{State: "DISABLED"}, "state", `"DISABLED"`},
		{"a move gives it to another customer", nil, events.EmployeeMoved{Customer: "customer-2",
			Effective: day("2026-05-10")},
			"customer", `"customer-2"`},
		{"the former customer pays for the days before", nil,
			events.EmployeeMoved{Customer: "customer-2", Effective: day("2026-05-10")}, "payers",
			`[{"value":"customer-1"},{"from":"2026-05-10","value":""}]`},
		{"another customer pays from a day on", nil,
			events.BillingCustomerChanged{Effective: day("2026-05-10"), BillingCustomer: "customer-2"}, "payers",
			`[{"from":"2026-05-10","value":"customer-2"}]`},
		{"an earlier day that is told later takes its place before",
			[]events.Event{events.BillingCustomerChanged{Effective: day("2026-05-10"), BillingCustomer: "customer-2"}},
			events.BillingCustomerChanged{Effective: day("2026-04-01"), BillingCustomer: "customer-3"}, "payers",
			`[{"from":"2026-04-01","value":"customer-3"},{"from":"2026-05-10","value":"customer-2"}]`},
	}
}

func effectsOnTerms() []effect {
	june := day("2026-06-01")
	scheduled := []events.Event{events.ProductChangeScheduled{Product: "product-2", From: june}}
	added := []events.Event{events.AddonAdded{Addon: events.Addon{ID: "addon-1", Product: "product-9",
		Units: billing.MustAmount("2"), Start: june}}}
	return []effect{
		{"a product is its own from a day on", nil, events.ProductAssigned{Product: "product-1", From: june}, "products",
			`[{"from":"2026-06-01","value":"product-1"}]`},
		{"a product of the future is shown as such", nil, scheduled[0], "newProduct",
			`{"product":"product-2","from":"2026-06-01"}`},
		{"one that is withdrawn is not", scheduled, events.ProductChangeCancelled{}, "newProduct", ``},
		{"one that could not become its own is not", scheduled, events.ProductChangeDropped{Product: "product-2",
			Reason: "FEATURE"}, "newProduct", ``},
		{"one that has become its own is not", scheduled, events.ProductAssigned{Product: "product-2", From: june},
			"newProduct", ``},
		{"an addon has units and no price separate", nil, added[0], "addonProducts",
			`[{"_id":"addon-1","product":"product-9","units":[{"value":"2"}],"start":"2026-06-01"}]`},
		{"an addon's new price holds from its day", added,
			events.AddonUpdated{ID: "addon-1", Effective: day("2026-07-01"), UnitPrice: amount("12.50")}, "addonProducts",
			`[{"_id":"addon-1","product":"product-9","units":[{"value":"2"}],` +
				`"unitPrice":[{"from":"2026-07-01","value":"12.5"}],"start":"2026-06-01"}]`},
		{
			"an addon's name and start may be put right",
			added,
			events.AddonUpdated{
				ID:            "addon-1",
				Effective:     june,
				Name:          text("Lamp"),
				Description:   text("Red"),
				Start:         day("2026-06-05"),
				InvoicedUntil: day("2026-06-30"),
			},
			"addonProducts",
			`[{"_id":"addon-1","product":"product-9","name":"Lamp","description":"Red","units":[{"value":"2"}],` +
				`"start":"2026-06-05","imported":"2026-06-30"}]`,
		},
		{"a change of an addon that it does not have changes nothing", added,
			events.AddonUpdated{ID: "addon-2", Effective: june, Units: amount("9")}, "addonProducts",
			`[{"_id":"addon-1","product":"product-9","units":[{"value":"2"}],"start":"2026-06-01"}]`},
		{"an addon ends before a day", added, events.AddonTerminated{ID: "addon-1", Terminate: day("2026-09-01")},
			"addonProducts",
			`[{"_id":"addon-1","product":"product-9","units":[{"value":"2"}],"start":"2026-06-01","terminate":"2026-09-01"}]`},
		{"and goes on when its end is withdrawn",
			append(added, events.AddonTerminated{ID: "addon-1", Terminate: day("2026-09-01")}),
			events.AddonTerminated{ID: "addon-1"}, "addonProducts",
			`[{"_id":"addon-1","product":"product-9","units":[{"value":"2"}],"start":"2026-06-01"}]`},
	}
}

func effectsOnHoldings() []effect {
	phone := []events.Event{events.ExtensionAssigned{Extension: events.Extension{ID: "x-1", Number: "101"}}}
	mobile := []events.Event{events.MvnoAccountAttached{Account: events.MvnoAccount{
		ID: "m-1", Number: "+4500000001", State: "ACTIVE", NumberState: "PORTING_IN", RatePlan: "r-1", NewRatePlan: "r-2"}}}
	return []effect{
		{"an extension is its own", nil, phone[0], "extensions", `[{"_id":"x-1","personal":{"number":"101"}}]`},
		{"what is known of it changes at its place", phone,
			events.ExtensionAssigned{Extension: events.Extension{ID: "x-1", Number: "102", Name: "Desk"}}, "extensions",
			`[{"_id":"x-1","personal":{"number":"102","name":"Desk"}}]`},
		{"it is taken away", phone, events.ExtensionUnassigned{ID: "x-1"}, "extensions", ``},
		{"it stays until the PBX confirms its deletion", phone, events.ExtensionDeletionRequested{ID: "x-1", Attempt: 1},
			"extensions",
			`[{"_id":"x-1","personal":{"number":"101"}}]`},
		{"and then no more", phone, events.ExtensionDeleted{ID: "x-1"}, "extensions", ``},
		{"a mobile account is its own", nil, mobile[0], "mvnoAccounts",
			`[{"_id":"m-1","numberState":"PORTING_IN","state":"ACTIVE","ratePlan":"r-1","newRatePlan":"r-2","personal":{"number":"+4500000001"}}]`},
		{"its deletion cancels porting and new rate plan", mobile, events.MvnoDeletionRequested{ID: "m-1", Attempt: 1},
			"mvnoAccounts",
			`[{"_id":"m-1","numberState":"IN_USE","state":"DELETING","ratePlan":"r-1","personal":{"number":"+4500000001"}}]`},
		{"it is detached", mobile, events.MvnoAccountDetached{ID: "m-1"}, "mvnoAccounts", ``},
		{"it is deleted", mobile, events.MvnoAccountDeleted{ID: "m-1"}, "mvnoAccounts", ``},
		{"one that its provider keeps is its own no more", mobile,
			events.MvnoAccountRestored{Account: events.MvnoAccount{ID: "m-1", State: "ACTIVE"}}, "mvnoAccounts", ``},
		{"another's deletion leaves it", mobile, events.MvnoAccountDeleted{ID: "m-2"}, "mvnoAccounts",
			`[{"_id":"m-1","numberState":"PORTING_IN","state":"ACTIVE","ratePlan":"r-1","newRatePlan":"r-2","personal":{"number":"+4500000001"}}]`},
	}
}

func effectsOfTime() []effect {
	nine := time.Date(2026, 5, 20, 7, 0, 0, 0, time.UTC)
	account := []events.Event{events.MvnoAccountAttached{Account: events.MvnoAccount{ID: "m-1", RatePlan: "r-1"}}}
	planned := append(account, events.RatePlanChangeScheduled{Account: "m-1", RatePlan: "r-2", From: day("2026-06-01")})
	return []effect{
		{"presence is what it chose last",
			[]events.Event{events.PresenceChanged{Presence: events.Presence{State: "BUSY"}, Cause: "COMMAND", Since: nine}},
			events.PresenceChanged{Presence: events.Presence{State: "OFF_WORK",
				Personal: events.PresencePersonal{Message: "Back at nine"}}, Cause: "AUTO", Since: nine},
			"presence", `{"state":"OFF_WORK","personal":{"message":"Back at nine"}}`},
		{"under an override it shows what it comes back to", nil,
			events.PresenceChanged{Presence: events.Presence{State: "MEETING", OriginalState: "AVAILABLE",
				Overrides: []events.Override{{ID: "o-1", Source: "MS365_CALENDAR", State: "MEETING"}}},
				Cause: "OVERRIDE", Since: nine},
			"presence",
			`{"state":"MEETING","overrides":[{"id":"o-1","source":"MS365_CALENDAR","state":"MEETING"}],"originalState":"AVAILABLE","personal":{}}`},
		{"automatic changes are replaced as a whole",
			[]events.Event{events.AutoPresenceSet{Slots: []events.AutoPresence{{WeekDays: []int{1},
				TimeOfDay: "08:00", State: "AVAILABLE"}}, Since: nine}},
			events.AutoPresenceSet{Slots: []events.AutoPresence{{WeekDays: []int{5}, TimeOfDay: "16:00", State: "OFF_WORK"}},
				Since: nine},
			"autoPresence", `[{"weekDays":[5],"timeOfDay":"16:00","state":"OFF_WORK"}]`},
		{"a rate plan of the future is shown beside the present one", account, planned[1], "mvnoAccounts",
			`[{"_id":"m-1","ratePlan":"r-1","newRatePlan":"r-2"}]`},
		{"one that is withdrawn is not", planned, events.RatePlanChangeCancelled{Account: "m-1"},
			"mvnoAccounts", `[{"_id":"m-1","ratePlan":"r-1"}]`},
		{"one that could not hold is not", planned, events.RatePlanChangeDropped{Account: "m-1", RatePlan: "r-2",
			Reason: "PRODUCT"},
			"mvnoAccounts", `[{"_id":"m-1","ratePlan":"r-1"}]`},
		{"one whose day has come is the present one", planned, events.RatePlanChanged{Account: "m-1", RatePlan: "r-2",
			From: day("2026-06-01")},
			"mvnoAccounts", `[{"_id":"m-1","ratePlan":"r-2"}]`},
	}
}

func effectsOfDeletion() []effect {
	scheduled := []events.Event{
		events.ProductChangeScheduled{Product: "product-2", From: day("2026-07-01")},
		events.DeletionScheduled{Date: day("2026-06-20"), At: time.Date(2026, 6, 20, 20, 0, 0, 0, time.UTC),
			DeleteExtensions: true},
	}
	const date = `"date":"2026-06-20","at":"2026-06-20T20:00:00Z","deleteExtensions":true,"deleteMvnoAccounts":false`
	return []effect{
		{"a deletion is announced with its instant", nil, scheduled[1], "deletion", `{` + date + `}`},
		{"one that is withdrawn is not", scheduled, events.DeletionCancelled{}, "deletion", ``},
		{"one that is under way says so", scheduled, events.DeletionStarted{Date: day("2026-06-20")},
			"deletion", `{` + date + `,"started":true}`},
		{"and no product of the future is its own any more", scheduled, events.DeletionStarted{Date: day("2026-06-20")},
			"newProduct", ``},
		{"a refusal is shown with its reason, by what was refused", scheduled, events.DeletionRefused{ID: "x-1",
			Reason: "In use"}, "deletion",
			`{` + date + `,"refused":{"x-1":"In use"}}`},
		{"the newest reason counts", append(scheduled, events.DeletionRefused{ID: "x-1", Reason: "In use"}),
			events.DeletionRefused{ID: "x-1", Reason: "Still in use"},
			"deletion", `{` + date + `,"refused":{"x-1":"Still in use"}}`},
		{"one that nobody confirms waits for people", scheduled, events.DeletionStalled{Extensions: []string{"x-1"}},
			"deletion",
			`{` + date + `,"stalled":true}`},
		{"it is deleted", scheduled, events.EmployeeDeleted{Date: day("2026-06-20")}, "state", `"DELETED"`},
	}
}

func effectsOfBilling() []effect {
	april := feedtest.Invoiced(1, "2026-04")
	return []effect{
		{"days that are billed are covered once, whatever the number of ledgers", nil, april, "covered",
			`{"product":[{"from":"2026-04-01","to":"2026-05-01"}]}`},
		{"the next month joins them", []events.Event{april}, feedtest.Invoiced(1, "2026-05"), "covered",
			`{"product":[{"from":"2026-04-01","to":"2026-06-01"}]}`},
		{"a credit in the middle leaves a gap", []events.Event{april},
			events.EmployeeInvoiced{Lines: []billing.Line{credit("2026-04-10", "2026-04-20")}}, "covered",
			`{"product":[{"from":"2026-04-01","to":"2026-04-10"},{"from":"2026-04-20","to":"2026-05-01"}]}`},
		{"a credit of all of them leaves none", []events.Event{april},
			events.EmployeeInvoiced{Lines: []billing.Line{credit("2026-04-01", "2026-05-01")}}, "covered", ``},
		{"billing that is held says why", nil, events.BillingHeld{Reason: "NO_PRICE", Detail: "product product-1"},
			"held", `"NO_PRICE"`},
		{"and is released", []events.Event{events.BillingHeld{Reason: "NO_PRICE"}}, events.BillingReleased{}, "held", ``},
		{"what people ask for shows when a run has done it", nil, events.BillingWorkOrdered{ID: 1,
			Adjustment: &events.Adjustment{}}, "covered", ``},
		{"nor does a decision about days of others show", nil, events.ReviewSettled{Decision: "KEEP"}, "covered", ``},
		{"what a holding is billed as is billing's own", nil,
			events.HoldingRated{Source: "mvno/m-1", Product: "product-1", From: day("2026-06-01")}, "products", ``},
	}
}

package domain_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
)

// The contract is what the published pages promise of an employee, a row for each promise. Those about time and rights
// are here; what callers of the APIs see of it is in api.

// moment is an instant of a story: time passes until then, another orders something, and this is what happens.
type moment struct {
	at    string
	order string // empty: nobody orders anything
	data  string
	says  string // facts without employee. and version, or the refusal
}

// promise is a row of the contract with the story that shows it.
type promise struct {
	row     string
	given   facts
	by      events.Actor // default: an ADMIN of c1
	moments []moment
	then    func(*testing.T, *domain.Employee)
}

// tell plays the story.
func (p promise) tell(t *testing.T) {
	t.Helper()
	e := employee(t, p.given...)
	for _, m := range p.moments {
		w := at(m.at)
		if p.by != (events.Actor{}) {
			w.Actor = p.by
		}
		done := e.Advance(w)
		fold(e, done...)
		said := names(done)
		if m.order != "" {
			decided, err := order(e, w, "employee."+m.order+".v1", m.data)
			fold(e, decided...)
			said = append(said, names(decided)...)
			if err != nil {
				said = append(said, refusal(t, err))
			}
		}
		assert.Equal(t, m.says, strings.Join(said, " "), "%s %s %s", m.at, m.order, m.data)
	}
	if p.then != nil {
		p.then(t, e)
	}
}

func names(list []events.Event) (all []string) {
	for _, e := range list {
		name, _, _ := strings.Cut(strings.TrimPrefix(e.EventType(), "employee."), ".v")
		all = append(all, name)
	}
	return all
}

func tellAll(t *testing.T, promises []promise) {
	t.Helper()
	for _, p := range promises {
		t.Run(p.row, func(t *testing.T) {
			t.Parallel()
			p.tell(t)
		})
	}
}

// june is the local midnight at which June begins.
const june = "2026-05-31T22:00:00Z"

const noProduct = "404 product: Product could not be found"

// ofC2 is an employee of a customer without the PBX feature.
var ofC2 = facts{events.EmployeeCreated{Number: 1024, Customer: "c2", Reseller: "r1", Currency: "DKK",
	AccessLevel: "NO_LOGIN", State: "ENABLED"}}

// TestContract_OverTime is the table of what time does, T1 to T8.
func TestContract_OverTime(t *testing.T) {
	t.Parallel()
	all := slices.Concat(overTime(), overTimeAtTheEnd())
	rows := map[string]bool{}
	for _, p := range all {
		rows[p.row[:2]] = true
	}
	assert.Len(t, rows, 8, "each row of the table has its story")
	tellAll(t, all)
}

// overTime are T1 to T4.
func overTime() []promise {
	return []promise{
		{row: "T1 newProduct comes on the first of next month at local midnight; setting again replaces, null cancels",
			given: withBasic, moments: []moment{
				{noon, "update", `{"newProduct":"large"}`, "product_change_scheduled"},
				{noon, "update", `{"newProduct":"upcoming"}`, "product_change_scheduled"},
				{noon, "update", `{"newProduct":null}`, "product_change_cancelled"},
				{noon, "update", `{"newProduct":"upcoming"}`, "product_change_scheduled"},
				{"2026-05-31T21:59:59Z", "", "", ""}, {june, "", "", "product_assigned"},
			}, then: func(t *testing.T, e *domain.Employee) {
				id, _ := e.Products.At(day("2026-06-01"))
				assert.Equal(t, "upcoming", id)
				assert.Nil(t, e.NewProduct)
			}},
		{row: "T1 its type is PBX_USER, and it may be assigned on that day", given: withBasic, moments: []moment{
			{
				noon,
				"update",
				`{"newProduct":"phone"}`,
				noProduct,
			},
			{noon, "update", `{"newProduct":"retired"}`, noProduct},
			{noon, "update", `{"newProduct":"nobody's"}`, noProduct},
		}},
		{row: "T1 the customer has the PBX feature", given: ofC2, moments: []moment{
			{noon, "update", `{"newProduct":"large"}`, "422 product: Only available for customers with the PBX feature"},
		}},
		{row: "T2 newRatePlan comes at the same instant, before the product",
			given: hasNewPlan.and(change("large", "2026-06-01")), moments: []moment{
				{"2026-05-31T21:59:59Z", "", "", ""}, {june, "", "", "rate_plan_changed holding_rated product_assigned"},
			}},
		{row: "T2 it waits while the account is updated", given: hasNewPlan, moments: []moment{
			{noon, "attach_mvno_account", `{"_id":"m1","ratePlan":"plan1","updating":true}`,
				"mvno_account_attached holding_rated"}, {"2026-06-02T10:00:00Z", "", "", ""},
			{"2026-06-03T10:00:00Z", "attach_mvno_account", `{"_id":"m1","ratePlan":"plan1"}`, "mvno_account_attached"},
			{"2026-06-03T10:00:01Z", "", "", "rate_plan_changed holding_rated"},
		}},
		{row: "T2 an account under deletion gets none", given: withBasic.and(attached(withState(sim("m1"), "DELETING"))),
			moments: []moment{
				{noon, "schedule_rate_plan_change", `{"_id":"m1","newRatePlan":"mobile"}`,
					"409 mvnoAccounts.state: The account is under deletion"},
			}},
		{row: "T3 an addon sent again without invoicedUntil keeps it, matched by _id, and a reseller never moves it back",
			given: withBasic,
			by:    byReseller, moments: []moment{
				{noon, "update",
					`{"addonProducts":[{"_id":"a1","product":"phone","start":"2026-05-01","invoicedUntil":"2026-06-30"}]}`,
					"addon_added"},
				{noon, "update", `{"addonProducts":[{"_id":"a1","product":"phone","start":"2026-05-01"}]}`, ""},
				{noon, "update", `{"addonProducts":[{"_id":"a1","invoicedUntil":"2026-05-31"}]}`, ""},
				{noon, "update", `{"addonProducts":[{"_id":"a1","invoicedUntil":"2026-07-31"}]}`, "addon_updated"},
			}, then: func(t *testing.T, e *domain.Employee) {
				assert.Equal(t, day("2026-07-31"), e.InvoicedUntil("a1"))
			}},
		{
			row:   "T4 the instant is 20:00 UTC on deleteDate; false unlinks; null before then cancels",
			given: withBasic.and(extension("x1"), account("m1")),
			moments: []moment{
				{noon, "schedule_deletion", `{"deleteDate":"2026-06-10"}`, "deletion_scheduled"},
				{noon, "update", `{"deleteDate":null}`, "deletion_cancelled"},
				{noon, "schedule_deletion", `{"deleteDate":"2026-06-10"}`, "deletion_scheduled"},
				{"2026-06-10T19:59:59Z", "", "", ""},
				{"2026-06-10T20:00:00Z", "", "", "deletion_started extension_unassigned mvno_account_detached deleted"},
			},
		},
		{row: "T4 the flags are read when it executes", given: withBasic.and(extension("x1")), moments: []moment{
			{noon, "schedule_deletion", `{"deleteDate":"2026-06-10"}`, "deletion_scheduled"},
			{noon, "update", `{"deleteExtensions":true}`, "deletion_scheduled"},
			{"2026-06-09T10:00:00Z", "assign_extension", `{"_id":"x2"}`, "extension_assigned"},
			{"2026-06-10T20:00:00Z", "", "", "deletion_started extension_deletion_requested extension_deletion_requested"},
		}},
		{row: "T4 at most two years ahead", given: withBasic, moments: []moment{
			{noon, "schedule_deletion", `{"deleteDate":"2028-05-12"}`, "deletion_scheduled"},
			{noon, "schedule_deletion", `{"deleteDate":"2028-05-13"}`, "422 deleteDate: Delete date is too far in the future"},
		}},
	}
}

// overTimeAtTheEnd are T5 to T8: deletion and presence.
func overTimeAtTheEnd() []promise {
	ends := withBasic.and(extension("x1"), account("m1"), deletion("2026-05-20", true, true))
	const locked = "409 state: Employee is being deleted"
	const twice = "extension_deletion_requested mvno_deletion_requested "
	const thrice = twice + twice + "deletion_stalled"
	return []promise{
		{row: "T5 it is locked, asked twice more, then parked, and gone with the last confirmation", given: ends,
			moments: []moment{
				{"2026-05-20T20:00:00Z", "update", `{"title":"x"}`, "deletion_started extension_deletion_requested " +
					"mvno_deletion_requested " + locked},
				{"2026-05-21T19:59:59Z", "", "", ""}, {"2026-05-21T20:00:00Z", "", "", "extension_deletion_requested " +
					"mvno_deletion_requested"},
				{"2026-05-22T20:00:00Z", "", "", "extension_deletion_requested mvno_deletion_requested"},
				{"2026-05-23T20:00:00Z", "", "", "deletion_stalled"},
				{"2026-05-24T10:00:00Z", "confirm_extension_deleted", `{"_id":"x1"}`, "extension_deleted"},
				{"2026-05-24T10:00:00Z", "confirm_mvno_account_deleted", `{"_id":"m1"}`, "mvno_account_deleted deleted"},
			}, then: func(t *testing.T, e *domain.Employee) {
				assert.Equal(t, day("2026-05-20"), e.Deletion.Date, "billing ends on the day of deleteDate")
				assert.Equal(t, domain.StateDeleted, e.State)
			}},
		{row: "T5 meanwhile its state stays, and the account is DELETING without porting and new rate plan", given: ends,
			moments: []moment{
				{"2026-05-20T20:00:00Z", "", "", "deletion_started extension_deletion_requested mvno_deletion_requested"},
			}, then: func(t *testing.T, e *domain.Employee) {
				assert.Equal(t, domain.StateEnabled, e.State)
				require.Len(t, e.Accounts, 1)
				assert.Equal(t, []string{"DELETING", "IN_USE", ""}, []string{e.Accounts[0].State, e.Accounts[0].NumberState,
					e.Accounts[0].NewRatePlan})
			}},
		{row: "T5 an account can be restored for 30 days", given: isDeleting, moments: []moment{
			{"2026-05-13T20:00:00Z", "", "", thrice}, {"2026-06-09T20:00:00Z", "restore_mvno_account", `{"_id":"m1"}`,
				"mvno_account_restored"},
		}},
		{row: "T5 and no longer", given: isDeleting, moments: []moment{
			{
				"2026-05-13T20:00:00Z",
				"",
				"",
				thrice,
			},
			{"2026-06-09T20:00:01Z", "restore_mvno_account", `{"_id":"m1"}`, "409 mvnoAccounts: The account was deleted more " +
				"than 30 days ago"},
		}},
		{row: "T6 at expire it is AVAILABLE, without expire and message", given: withBasic, moments: []moment{
			{noon, "set_presence", `{"state":"BUSY","location":"Desk","message":"In a meeting","expire":"2026-05-12T12:00:00Z"}`,
				"presence_changed"},
			{"2026-05-12T11:59:59Z", "", "", ""}, {"2026-05-12T12:00:00Z", "", "", "presence_changed"},
		}, then: sees(events.Presence{State: "AVAILABLE", Personal: events.PresencePersonal{Location: "Desk"}})},
		{row: "T6 under an override it acts on what it comes back to", given: withBasic, moments: []moment{
			{noon, "set_presence", `{"state":"BUSY","message":"In a meeting","expire":"2026-05-12T12:00:00Z"}`,
				"presence_changed"},
			{noon, "set_presence", `{"override":{"id":"o1","source":"MS365_TEAMS","state":"BUSY"}}`, "presence_changed"},
			{"2026-05-12T12:00:00Z", "", "", "presence_changed"},
		}, then: sees(under("BUSY", "", seen("AVAILABLE", ""), call("o1")))},
		{row: "T7 autoPresence is local time; after an outage only the latest counts", given: withBasic, moments: []moment{
			{noon, "update", workdays, "auto_presence_set"}, {"2026-05-12T13:59:59Z", "", "", ""},
			{"2026-05-12T14:00:00Z", "", "", "presence_changed"},
			{"2026-05-15T10:00:00Z", "", "", "presence_changed"},
		}, then: sees(seen("AVAILABLE", ""))},
		{row: "T7 it is skipped on HOLIDAY", given: withBasic, moments: []moment{
			{noon, "update", workdays, "auto_presence_set"}, {noon, "set_presence", `{"state":"HOLIDAY"}`, "presence_changed"},
			{"2026-05-20T10:00:00Z", "", "", ""},
		}},
		{row: "T7 under an override it writes what it comes back to", given: withBasic, moments: []moment{
			{noon, "update", workdays, "auto_presence_set"},
			{
				noon,
				"set_presence",
				`{"override":{"id":"o1","source":"MS365_CALENDAR","state":"BUSY"}}`,
				"presence_changed",
			},
			{"2026-05-12T14:00:00Z", "", "", "presence_changed"},
		}, then: sees(under("BUSY", "", seen("OFF_WORK", ""), meeting("o1", "BUSY")))},
		{row: "T8 the first override saves, the newest wins, the last restores", given: chose(seen("AVAILABLE", "Here")),
			moments: []moment{
				{noon, "set_presence", `{"override":{"id":"o1","source":"MS365_CALENDAR","state":"OUT_OF_OFFICE"}}`,
					"presence_changed"},
				{noon, "set_presence", `{"override":{"id":"o2","source":"MS365_TEAMS","state":"BUSY"}}`, "presence_changed"},
			}, then: func(t *testing.T, e *domain.Employee) {
				sees(under("BUSY", "", seen("AVAILABLE", "Here"), meeting("o1", "OUT_OF_OFFICE"), call("o2")))(t, e)
				for _, end := range []string{"o2", "o1"} {
					done, err := order(e, at(noon), "employee.set_presence.v1", `{"endOverride":"`+end+`"}`)
					require.NoError(t, err)
					fold(e, done...)
				}
				sees(seen("AVAILABLE", "Here"))(t, e)
			}},
	}
}

// workdays come at eight and go at four.
const workdays = `{"autoPresence":[{"weekDays":[1,2,3,4,5],"timeOfDay":"08:00","state":"AVAILABLE"},{"weekDays":[1,2,3,4,5],"timeOfDay":"16:00","state":"OFF_WORK"}]}`

func sees(want events.Presence) func(*testing.T, *domain.Employee) {
	return func(t *testing.T, e *domain.Employee) {
		t.Helper()
		require.NotNil(t, e.Presence)
		assert.Equal(t, want, *e.Presence)
	}
}

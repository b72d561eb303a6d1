package domain_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tenure/domain"
	"tenure/events"
)

// updated is an update of plain properties.
func updated(name, value string) events.Event {
	return events.EmployeeUpdated{Attributes: events.Attributes{name: raw(value)}}
}

// of is an employee of customer c1 with a level and what else is known of the employee.
func of(level string, plain, personal events.Attributes) facts {
	return facts{events.EmployeeCreated{Number: 1024, Customer: "c1", Reseller: "r1", Currency: "DKK", AccessLevel: level,
		State:      "ENABLED",
		Attributes: plain, Personal: personal}}
}

func TestSettable_IgnoresWhatACallerMayNotSet(t *testing.T) {
	t.Parallel()
	core := of("RESELLER_ADMIN", events.Attributes{"features": raw(`["PORTING","DASHBOARD_EDITOR"]`)},
		events.Attributes{"emailAddress": raw(`"s01@example.com"`)})
	task := of("MANAGER", events.Attributes{"features": raw(`["HUMAN_TASK"]`)}, nil)
	self := events.Actor{Employee: "e1", AccessLevel: "PERSONAL", Customer: "c1"}
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "an owner sets no notification of resellers", by: byOwner, given: withBasic, when: "update",
			data: `{"notifyOnNewPortingReseller":true}`},
		{name: "a reseller does", by: byReseller, given: withBasic, when: "update",
			data: `{"notifyOnNewPortingReseller":true}`,
			then: facts{updated("notifyOnNewPortingReseller", "true")}},
		{name: "a reseller grants no organisation, not even a wrong one", by: byReseller, given: withBasic, when: "update",
			data: `{"organizationResellers":["r9"]}`},
		{name: "a reseller's administrator does", by: byResellerAdmin, given: withBasic, when: "update",
			data: `{"organizationResellers":["r2"]}`,
			then: facts{updated("organizationResellers", `["r2"]`)}},
		{name: "only an administrator gives tasks", by: byResellerAdmin, given: withBasic, when: "update",
			data: `{"features":["HUMAN_TASK","FLEXCARESWAP"]}`,
			then: facts{updated("features", `["FLEXCARESWAP"]`)}},
		{name: "and an administrator does", by: byAdmin, given: withBasic, when: "update",
			data: `{"features":["HUMAN_TASK"]}`,
			then: facts{updated("features", `["HUMAN_TASK"]`)}},
		{name: "core systems are for reseller administrators, whoever gives them", by: byAdmin, given: withBasic,
			when: "update",
			data: `{"features":["PORTING","TELE","FINANCE","TV","HELPCENTER","PLAYMAKERSTATUS"]}`,
			then: facts{updated("features", `["PLAYMAKERSTATUS"]`)}},
		{name: "for them they are", by: byResellerAdmin, given: core, when: "update", data: `{"features":["PORTING","TV"]}`,
			then: facts{updated("features", `["PORTING","TV"]`)}},
		{
			name:  "a level that comes with them counts",
			by:    byAdmin,
			given: of("NO_LOGIN", nil, nil),
			when:  "update",
			data:  `{"features":["TV"],"accessLevel":"NO_LOGIN"}`,
		},
		{name: "what it may not give it may not take either", by: byOwner, given: task, when: "update",
			data: `{"features":[]}`},
		{name: "nor by clearing", by: byOwner, given: task, when: "update", data: `{"features":null}`},
		{name: "an administrator takes it", by: byAdmin, given: task, when: "update", data: `{"features":[]}`,
			then: facts{updated("features", `[]`)}},
		{name: "the list that it has changes nothing", by: byOwner, given: task, when: "update",
			data: `{"features":["HUMAN_TASK"]}`},
		{name: "an owner sets neither price nor invoicedUntil of an addon", by: byOwner, given: withBasic, when: "add_addon",
			data: `{"_id":"x1","product":"phone","unitPrice":1,"invoicedUntil":"2026-12-31"}`,
			then: facts{addon("x1", "phone", "2026-05-12")}},
		{name: "nor changes them", by: byOwner, given: withPhone, when: "update_addon",
			data: `{"_id":"a1","unitPrice":1,"invoicedUntil":"2026-12-31"}`},
		{name: "nor takes a price away", by: byOwner, given: withPhone, when: "update_addon",
			data: `{"_id":"a1","unitPrice":null}`},
		{name: "a reseller does", by: byReseller, given: withPhone, when: "update_addon", data: `{"_id":"a1","unitPrice":1}`,
			then: facts{events.AddonUpdated{ID: "a1", Effective: day("2026-05-12"), UnitPrice: price("1")}}},
		{name: "it changes its contact settings and nothing else", by: self, given: withBasic, when: "update",
			data: `{"name":"","title":"x","state":"DISABLED","accessLevel":"ADMIN","product":"large","newProduct":"large","addonProducts":[],"features":["TV"],
				"billingCustomer":"c2","deleteDate":"2026-06-01","deleteExtensions":true,"deleteMvnoAccounts":true,"noEmail":true,"smsNumber":"+45 12345678"}`,
			then: facts{events.EmployeeUpdated{Personal: events.Attributes{"smsNumber": raw(`"+45 12345678"`)}}}},
		{name: "what stands in replies only is ignored", given: withBasic, when: "update",
			data: `{"_id":"e1","customer":"c1","persistentTokens":[],"mayImpersonate":true,"mvnoAccounts":[{}],"title":"x"}`,
			then: facts{events.EmployeeUpdated{Personal: events.Attributes{"title": raw(`"x"`)}}}},
		{name: "also within the presence", given: withBasic, when: "update",
			data: `{"presence":{"state":"BUSY","overrides":[],"originalState":"BUSY","originalMessage":"x"}}`,
			then: facts{events.PresenceChanged{Presence: events.Presence{State: "BUSY"},
				Cause: "COMMAND", Since: instant(noon)}}},
		{name: "newProduct is for an update", when: "create", data: with(`"newProduct":"p9"`), then: facts{newcomer(nil)}},
		{name: "what serves a PBX is kept for the day on which its customer has one, but for ms365", when: "create",
			data: with(
				`"customer":"c2","presence":{"state":"BUSY"},"autoPresence":[{"weekDays":[1],"timeOfDay":"08:00","state":"AVAILABLE"}],` +
					`"voicemail":{"greetingOnly":true},"recording":{"mode":"NEVER"},"ms365":{"id":"x"}`),
			then: facts{newcomer(func(e *events.EmployeeCreated) {
				e.Customer = "c2"
				e.Attributes = events.Attributes{"voicemail": raw(`{"greetingOnly":true}`), "recording": raw(`{"mode":"NEVER"}`)}
			}), events.AutoPresenceSet{Slots: []events.AutoPresence{{WeekDays: []int{1},
				TimeOfDay: "08:00", State: "AVAILABLE"}}, Since: instant(noon)},
				events.PresenceChanged{Presence: events.Presence{State: "BUSY"}, Cause: "COMMAND", Since: instant(noon)}}},
		{name: "and checked, too", when: "create", data: with(`"customer":"c2","presence":{"state":"AWAY"}`),
			code: "422 presence.state: Presence state is invalid"},
		{name: "of its equals it does", by: byManager,
			given: of("MANAGER", nil, events.Attributes{"emailAddress": raw(`"s01@example.com"`)}),
			when:  "update", data: `{"emailAddress":"s02@example.com"}`,
			then: facts{events.EmployeeUpdated{Personal: events.Attributes{"emailAddress": raw(`"s02@example.com"`)}}}},
	})
}

func TestSettable_TheOutcomeWarnsOfWhatIsIgnored(t *testing.T) {
	t.Parallel()
	w := at(noon)
	w.Actor = byOwner
	command := func(name, data string) domain.Command {
		c, err := domain.DecodeCommand("employee."+name+".v1", []byte(data))
		assert.NoError(t, err)
		return c
	}
	ignores := func(s domain.Subject, c domain.Command, what string) {
		t.Helper()
		assert.Equal(t, []string{"ignored, since the caller cannot set it here: " + what}, domain.Warnings(s, c, w))
	}
	ignores(employee(t), command("create", with(`"newProduct":"x","features":["TV"],"_id":"x"`)),
		"_id, features.TV, newProduct")
	ignores(employee(t, withBasic...), command("update", `{"organizationResellers":[],"passwordHash":"$argon2id$x"}`),
		"organizationResellers, password")
	assert.Empty(t, domain.Warnings(employee(t, withBasic...), command("update", `{"title":"x"}`), w))
	ignores(employee(t, withBasic...), command("update", `{"notes":"x","title":"x"}`), "notes")
	w.Actor = events.Actor{Employee: "e1", AccessLevel: "VIEWER", Customer: "c1"}
	ignores(employee(t, withBasic...), command("update", `{"title":"x","state":"DISABLED","language":"da"}`),
		"state, title")
}

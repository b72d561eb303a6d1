package domain_test

import (
	"testing"

	"tenure/events"
)

// TestDecide_NobodyActsOnWhoIsAbove: not on the login, the state or the deletion; everything else may be changed, and
// what is sent back unchanged is no act.
func TestDecide_NobodyActsOnWhoIsAbove(t *testing.T) {
	t.Parallel()
	owner := of("OWNER", events.Attributes{"webauthnOnly": raw("true")},
		events.Attributes{"emailAddress": raw(`"s01@example.com"`), "ipRestriction": raw(`"192.0.2.1"`)})
	rows := []row{{
		name: "a document that is sent back with another title",
		data: `{"accessLevel":"OWNER","state":"ENABLED","emailAddress":"s01@example.com","ipRestriction":"192.0.2.1","webauthnOnly":true,"title":"x"}`,
		then: facts{events.EmployeeUpdated{AccessLevel: "OWNER", State: "ENABLED",
			Personal: events.Attributes{"title": raw(`"x"`)}}},
	}}
	for _, data := range []string{
		`{"accessLevel":"VIEWER"}`, `{"state":"DISABLED"}`, `{"deleteDate":"2026-06-10"}`,
		`{"emailAddress":"s02@example.com"}`, `{"noEmail":true}`,
		`{"passwordHash":"$argon2id$x"}`, `{"pinCodeSealed":"sealed:v1:x"}`, `{"smsValidation":true}`,
		`{"smsNumber":"+4500000001"}`,
		`{"authenticatorValidation":true}`, `{"ipRestriction":null}`,
		`{"apiAccessFilter":[{"endpoint":"/none","type":"STRING"}]}`,
		`{"m2mOnly":true}`, `{"webauthnOnly":false}`, `{"title":"x","ipRestriction":""}`,
	} {
		rows = append(rows, row{name: "not " + data, data: data, code: denied})
	}
	for i := range rows {
		rows[i].by, rows[i].given, rows[i].when = byManager, owner, "update"
	}
	checkRows(t, "employee/e1", "employee.", rows)
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "nor by the command itself", by: byManager, given: owner, when: "schedule_deletion",
			data: `{"deleteDate":"2026-06-10"}`, code: denied},
		{name: "nor is a deletion withdrawn", by: byManager, given: owner.and(deletion("2026-06-10", false, false)),
			when: "update",
			data: `{"deleteDate":null}`, code: denied},
		{name: "a reseller may", by: byReseller, given: owner, when: "update", data: `{"ipRestriction":null}`,
			then: facts{events.EmployeeUpdated{Personal: events.Attributes{"ipRestriction": raw("null")}}}},
	})
}

// TestDecide_OwnRestrictionsAreTightenedOnly: a token that may do little cannot let itself do more.
func TestDecide_OwnRestrictionsAreTightenedOnly(t *testing.T) {
	t.Parallel()
	const one, two = `{"endpoint":"/employee/*","type":"STRING"}`, `{"endpoint":"/pbx/*","type":"STRING"}`
	self := events.Actor{Employee: "e1", AccessLevel: "OWNER", Customer: "c1"}
	free := of("OWNER", nil, events.Attributes{"emailAddress": raw(`"s01@example.com"`)})
	bound := of("OWNER", events.Attributes{"webauthnOnly": raw("true"), "m2mOnly": raw("true"),
		"apiAccessFilter": raw("[" + one + "," + two + "]")},
		events.Attributes{"emailAddress": raw(`"s01@example.com"`), "ipRestriction": raw(`"192.0.2.1, 192.0.2.2"`)})
	const loosened = "403 access_denied: Own restrictions cannot be loosened"
	plain := func(name, value string) facts {
		return facts{events.EmployeeUpdated{Attributes: events.Attributes{name: raw(value)}}}
	}
	personal := func(name, value string) facts {
		return facts{events.EmployeeUpdated{Personal: events.Attributes{name: raw(value)}}}
	}
	rows := []row{
		{name: "addresses where there were none", given: free, data: `{"ipRestriction":"192.0.2.1"}`,
			then: personal("ipRestriction", `"192.0.2.1"`)},
		{name: "fewer addresses", given: bound, data: `{"ipRestriction":"192.0.2.2"}`, then: personal("ipRestriction",
			`"192.0.2.2"`)},
		{name: "another address", given: bound, data: `{"ipRestriction":"192.0.2.3"}`, code: loosened},
		{name: "no addresses", given: bound, data: `{"ipRestriction":null}`, code: loosened},
		{name: "an empty text", given: bound, data: `{"ipRestriction":""}`, code: loosened},
		{name: "filters where there were none", given: free, data: `{"apiAccessFilter":[` + one + `]}`,
			then: plain("apiAccessFilter", "["+one+"]")},
		{name: "fewer filters", given: bound, data: `{"apiAccessFilter":[` + two + `]}`, then: plain("apiAccessFilter",
			"["+two+"]")},
		{name: "no filters", given: bound, data: `{"apiAccessFilter":[]}`, code: loosened},
		{name: "null", given: bound, data: `{"apiAccessFilter":null}`, code: loosened},
		{name: "another filter", given: bound, data: `{"apiAccessFilter":[{"endpoint":"*","type":"STRING"}]}`,
			code: loosened},
		{name: "webauthn", given: bound, data: `{"webauthnOnly":false}`, code: loosened},
		{name: "a machine for a moment", given: bound, data: `{"m2mOnly":null}`, code: loosened},
		{name: "the same again", given: bound, data: `{"webauthnOnly":true,"ipRestriction":"192.0.2.1, 192.0.2.2"}`},
	}
	for i := range rows {
		rows[i].by, rows[i].when = self, "update"
	}
	checkRows(t, "employee/e1", "employee.", rows)
}

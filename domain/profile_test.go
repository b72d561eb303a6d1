package domain_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
)

func TestUpdateEmployee_ChangesPartsOfSettingsOnly(t *testing.T) {
	t.Parallel()
	settings := of("NO_LOGIN", events.Attributes{
		"recording": raw(`{"mode":"ALWAYS","notification":{"attach":true,"email":true},"quality":"COMPACT","retension":90}`),
		"voicemail": raw(`{"defaultGreeting":"g1","greetingOnly":true}`),
	}, events.Attributes{"ms365": raw(`{"id":"x","presenceSync":true}`)})
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "one part", given: settings, when: "update", data: `{"recording":{"mode":"NEVER"}}`,
			then: facts{updated("recording",
				`{"mode":"NEVER","notification":{"attach":true,"email":true},"quality":"COMPACT","retension":90}`)}},
		{name: "a part of a part, null clears", given: settings, when: "update",
			data: `{"recording":{"notification":{"email":null},"mode":null}}`,
			then: facts{updated("recording", `{"notification":{"attach":true},"quality":"COMPACT","retension":90}`)}},
		{name: "the whole of it", given: settings, when: "update", data: `{"voicemail":null}`,
			then: facts{updated("voicemail", "null")}},
		{name: "personal ones apart", given: settings, when: "update", data: `{"ms365":{"presenceSync":false}}`,
			then: facts{events.EmployeeUpdated{Personal: events.Attributes{"ms365": raw(`{"id":"x","presenceSync":false}`)}}}},
		{name: "what is so already changes nothing", given: settings, when: "update",
			data: `{"recording":{"quality":"COMPACT","notification":{"email":true}},"voicemail":{},"ms365":{"id":"x","doNotSyncCalendar":null}}`},
		{name: "nothing of nothing changes nothing", given: withBasic, when: "update", data: `{"recording":{"mode":null}}`},
		{name: "parts must fit together as they will be", given: settings, when: "update",
			data: `{"recording":{"quality":"HIGH"}}`, code: badRetention},
		{name: "and they fit as they were", given: settings, when: "update", data: `{"recording":{"retension":180}}`,
			then: facts{updated("recording",
				`{"mode":"ALWAYS","notification":{"attach":true,"email":true},"quality":"COMPACT","retension":180}`)}},
	})
}

func TestUpdateEmployee_MovesPlansAndDeletions(t *testing.T) {
	t.Parallel()
	deletes := withBasic.and(deletion("2026-06-30", true, false))
	checkRows(t, "employee/e1", "employee.", []row{
		{
			name:  "newProduct comes on the first of next month",
			given: withBasic,
			when:  "update",
			data:  `{"newProduct":"large"}`,
			then:  facts{change("large", "2026-06-01")},
		},
		{name: "null withdraws it", given: withBasic.and(change("large", "2026-06-01")), when: "update",
			data: `{"newProduct":null}`,
			then: facts{events.ProductChangeCancelled{}}},
		{name: "another type is refused", given: withBasic, when: "update", data: `{"newProduct":"phone"}`,
			code: "404 product: Product could not be found"},
		{name: "deleteDate schedules its deletion", given: withBasic, when: "update",
			data: `{"deleteDate":"2026-06-30","deleteExtensions":true}`,
			then: facts{deletion("2026-06-30", true, false)}},
		{name: "an instant is its local day", given: withBasic, when: "update", data: `{"deleteDate":"2026-06-29T22:30:00Z"}`,
			then: facts{deletion("2026-06-30", false, false)}},
		{name: "flags alone change with the date that is", given: deletes, when: "update",
			data: `{"deleteMvnoAccounts":true}`,
			then: facts{deletion("2026-06-30", true, true)}},
		{name: "flags without a date mean nothing", given: withBasic, when: "update", data: `{"deleteMvnoAccounts":true}`},
		{
			name:  "the date alone keeps the flags",
			given: deletes,
			when:  "update",
			data:  `{"deleteDate":"2026-07-31"}`,
			then:  facts{deletion("2026-07-31", true, false)},
		},
		{name: "the same changes nothing", given: deletes, when: "update",
			data: `{"deleteDate":"2026-06-30","deleteExtensions":true}`},
		{name: "null withdraws it whole", given: deletes, when: "update", data: `{"deleteDate":null}`,
			then: facts{events.DeletionCancelled{}}},
		{name: "null without one changes nothing", given: withBasic, when: "update", data: `{"deleteDate":null}`},
		{name: "too far ahead", given: withBasic, when: "update", data: `{"deleteDate":"2028-05-13"}`,
			code: "422 deleteDate: Delete date is too far in the future"},
		{name: "null is the presence of everybody", when: "update", data: `{"presence":null}`,
			given: withBasic.and(events.PresenceChanged{Presence: events.Presence{State: "BUSY",
				Personal: events.PresencePersonal{Message: "x"}}}),
			then: facts{events.PresenceChanged{Presence: events.Presence{State: "AVAILABLE"},
				Cause: "COMMAND", Since: instant(noon)}}},
		{name: "which who set none has", given: withBasic, when: "update", data: `{"presence":null}`},
	})
}

func TestUpdateEmployee_LoginName(t *testing.T) {
	t.Parallel()
	owner := of("OWNER", nil, events.Attributes{"emailAddress": raw(`"S01@Example.com"`)})
	user := of("OWNER", events.Attributes{"noEmail": raw("true")}, events.Attributes{"emailAddress": raw(`"sample01"`)})
	const taken = "409 emailAddress: The e-mail address is used by another account"
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "one who logs in cannot be without", given: owner, when: "update", data: `{"emailAddress":null}`,
			code: emailInvalid},
		{name: "one who does not can", given: owner, when: "update", data: `{"emailAddress":null,"accessLevel":"NO_LOGIN"}`,
			then: facts{events.EmployeeUpdated{AccessLevel: "NO_LOGIN",
				Personal: events.Attributes{"emailAddress": raw("null")}}}},
		{name: "an address does not become a user name when it is too short",
			given: of("OWNER", nil, events.Attributes{"emailAddress": raw(`"a@b.` + `dk"`)}),
			when:  "update", data: `{"noEmail":true}`, code: emailInvalid},
		{name: "a user name does not become an address", given: user, when: "update", data: `{"noEmail":false}`,
			code: emailInvalid},
		{
			name:  "together they change",
			given: user,
			when:  "update",
			data:  `{"noEmail":false,"emailAddress":"s02@example.com"}`,
			then: facts{
				events.EmployeeUpdated{Attributes: events.Attributes{"noEmail": raw("false")},
					Personal: events.Attributes{"emailAddress": raw(`"s02@example.com"`)}},
			},
		},
		{name: "another's name is refused", given: owner, taken: true, when: "update",
			data: `{"emailAddress":"s02@example.com"}`, code: taken},
		{name: "with everything else that is wrong", given: owner, taken: true, when: "update",
			data: `{"emailAddress":"s02@example.com","language":"fr"}`,
			code: "422 multiple: Multiple errors [422 language: must be one of da, en; " + taken + "]"},
		{name: "a change of something else does not ask for it", given: owner, taken: true, when: "update",
			data: `{"language":"da"}`,
			then: facts{updated("language", `"da"`)}},
		{name: "a password is for who has a user name", given: user, when: "update", data: `{"passwordHash":"$argon2id$x"}`,
			then: facts{events.EmployeeUpdated{Secrets: events.Attributes{"passwordHash": raw(`"$argon2id$x"`)}}}},
		{name: "and ignored of who has an address", given: owner, when: "update", data: `{"passwordHash":"$argon2id$x"}`},
		{
			name:  "null clears secrets",
			given: user.and(events.EmployeeUpdated{Secrets: events.Attributes{"pinCodeSealed": raw(`"sealed:v1:x"`)}}),
			when:  "update",
			data:  `{"pinCodeSealed":null}`,
			then:  facts{events.EmployeeUpdated{Secrets: events.Attributes{"pinCodeSealed": raw("null")}}},
		},
	})
}

func TestLoginName_OfHoldersAndCandidates(t *testing.T) {
	t.Parallel()
	wanted := func(name, data string) string {
		c, err := domain.DecodeCommand("employee."+name+".v1", []byte(data))
		require.NoError(t, err)
		return domain.NameWanted(c, "employee/e1", nil)
	}
	assert.Equal(t, "s01@example.com", wanted("create", `{"emailAddress":" S01@Example.COM "}`))
	assert.Equal(t, "søren@xn--ble-xla.example", wanted("update", `{"emailAddress":"SØREN@Æble.example"}`))
	assert.Empty(t, wanted("update", `{"emailAddress":null}`))
	assert.Empty(t, wanted("update", `{}`))
	for _, never := range []string{`a\u0000b@example.com`, strings.Repeat("a", 255), `a b@example.com`,
		`a\nb@example.com`} {
		assert.Empty(t, wanted("create", `{"emailAddress":"`+never+`"}`), "nobody asks whose a name is that none can be")
	}
	assert.Empty(t, wanted("cancel_deletion", `{}`))

	its := of("OWNER", nil, events.Attributes{"emailAddress": raw(`"S01@Example.com"`)})
	assert.Equal(t, "s01@example.com", login(employee(t, its...)))
	assert.Equal(t, "s02@example.com", login(employee(t, its.and(
		events.EmployeeUpdated{Personal: events.Attributes{"emailAddress": raw(`"s02@example.com"`)}})...)))
	assert.Empty(t, login(employee(t, its.and(deletion("2026-05-10", false, false),
		events.DeletionStarted{Date: day("2026-05-10")},
		events.EmployeeDeleted{Date: day("2026-05-10")})...)), "who is deleted gives it back")
	assert.Empty(t, login(employee(t)))
	assert.Empty(t, login(replay(t, "product/p1")))
}

func TestAttributes_KeepPersonalAndSecretApart(t *testing.T) {
	t.Parallel()
	const data = `{"name":"Sample employee 01","title":"a","department":"a","emailAddress":"sample01","noEmail":true,"smsNumber":"+4500000001","notes":"a",
		"birthdate":"2000-01-01","picture":"12345878901234567890abcd","custom":{"a":1},"ipRestriction":"1.1.1.1","shortcuts":[],"ms365":{"id":"x"},
		"passwordHash":"$argon2id$x","pinCodeSealed":"sealed:v1:x","language":"da","address":"ad1"}`
	got, err := order(employee(t), at(noon), "employee.create.v1", data)
	require.NoError(t, err)
	created := got[0].(events.EmployeeCreated)
	names := func(a events.Attributes) (all []string) {
		for name := range a {
			all = append(all, name)
		}
		return all
	}
	assert.ElementsMatch(t, []string{"name", "title", "department", "emailAddress", "smsNumber", "notes", "birthdate",
		"picture", "custom",
		"ipRestriction", "shortcuts", "ms365"}, names(created.Personal))
	assert.ElementsMatch(t, []string{"passwordHash", "pinCodeSealed"}, names(created.Secrets))
	assert.ElementsMatch(t, []string{"noEmail", "language", "address"}, names(created.Attributes))
}

func TestEmployee_SurvivesBeingStored(t *testing.T) {
	t.Parallel()
	its := employee(t, of("OWNER", events.Attributes{"noEmail": raw("true"), "features": raw(`["TV"]`),
		"voicemail": raw(`{"greetingOnly":true}`)},
		events.Attributes{"emailAddress": raw(`"sample01"`), "ms365": raw(`{"id":"x"}`)}).and(
		events.AddonAdded{Addon: events.Addon{ID: "a1", Product: "phone", Name: "Desk phone"}})...)
	kept := employee(t)
	require.NoError(t, json.Unmarshal([]byte(stored(t, its)), kept))
	assert.Equal(t, its, kept)
	assert.Equal(t, domain.AddonText{Name: "Desk phone"}, kept.Profile.Addons["a1"])
}

func TestSecrets_PasswordsAndPINsInClear(t *testing.T) {
	t.Parallel()
	for clear, good := range map[string]bool{
		"Abcdefg1": true, "ØÆÅabc12": true, "Abcdef1": false, "abcdefg1": false, "ABCDEFG1": false, "Abcdefgh": false,
		"":                      false,
		"Abcdefg 1 with spaces": true,
	} {
		assert.Equal(t, good, domain.CheckPassword(clear) == nil, "%d characters", len(clear))
	}
	for clear, good := range map[string]bool{"1234": true, "1234567890": true, "123": false, "12345678901": false,
		"12a4": false, "": false, "١٢٣٤": false} {
		assert.Equal(t, good, domain.CheckPinCode(clear) == nil, "%d characters", len(clear))
	}
}

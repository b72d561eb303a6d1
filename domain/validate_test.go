package domain_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// values are what a property takes and what it refuses, each refusal with its text.
var values = []struct {
	property string
	takes    []string
	refuses  map[string]string
}{
	{"language", []string{`"da"`, `"en"`, "null"}, map[string]string{`"fr"`: "422 language: must be one of da, en",
		"7": "422 language: must be one of da, en"}},
	{
		"primaryContact",
		[]string{"true", "false", "null"},
		map[string]string{`"yes"`: "422 primaryContact: must be a boolean, not a string",
			"1": "422 primaryContact: must be a boolean, not a number"},
	},
	{"smsValidation", []string{"true"}, map[string]string{"{}": "422 smsValidation: must be a boolean, not an object"}},
	{"webauthnOnly", []string{"false"}, map[string]string{"[]": "422 webauthnOnly: must be a boolean, not an array"}},
	{"title", []string{`"Managing director"`, `""`, "null"}, map[string]string{
		"7": "422 title: must be a string, not a number", `"` + strings.Repeat("ø", 201) +
			`"`: "422 title: has more than 200 characters"}},
	{
		"notes",
		[]string{`"` + strings.Repeat("ø", 10_000) + `"`},
		map[string]string{`"` + strings.Repeat("ø", 10_001) + `"`: "422 notes: has more than 10000 characters"},
	},
	{"smsNumber", []string{`"+4512345678"`, `"+45 12 34 56 78"`, `"112"`, "null"}, map[string]string{
		`"12"`: badPhone, `"+45-12"`: badPhone, `"phone"`: badPhone, "12345678": badPhone, `""`: badPhone}},
	{
		"ipRestriction",
		[]string{`"87.234.55.240"`, `"87.234.55.240,10.0.0.1"`, `" 0.0.0.0 , 255.255.255.255 "`, `"2001:db8::1"`, `"::"`,
			`"::1, ::ffff:10.0.0.1"`,
			`"1:2:3:4:5:6:7:8"`, `"1:2:3:4:5:6:10.0.0.1"`, `"1::8"`, `""`, "null"},
		map[string]string{
			`"87.234.55"`:         badIP,
			`"256.1.1.1"`:         badIP,
			`"1.1.1.01"`:          badIP,
			`"1.1.1.1,"`:          badIP,
			`"1.1.1.1;1.1.1.2"`:   badIP,
			`"1.1.1.1/8"`:         badIP,
			`"::1::"`:             badIP,
			`"1:2:3:4:5:6:7"`:     badIP,
			`"1:2:3:4:5:6:7:8:9"`: badIP,
			`"1:2:3:4:5:6:7::8"`:  badIP,
			`":::"`:               badIP,
			`"12345::"`:           badIP,
			`"fe80::1%eth0"`:      badIP,
			`"1.1.1.1.1"`:         badIP,
			`"::10.0.0.256"`:      badIP,
			`"10.0.0.1::"`:        badIP,
			`"g::1"`:              badIP,
			"7":                   badIP,
			`["1.1.1.1"]`:         badIP,
			`"1000.1.1.1"`:        badIP,
		},
	},
	{"birthdate", []string{`"1973-09-27"`, `"1973-09-26T23:00:00.000Z"`, `"2026-05-12"`, "null"}, map[string]string{
		`"2026-05-13"`: badBirth, `"1899-12-31"`: badBirth, `"1973-02-29"`: badBirth, `"yesterday"`: badBirth,
		"1973": badBirth, `""`: badBirth}},
	{"picture", []string{`"12345878901234567890abcd"`, "null"}, map[string]string{
		`"1234587890123456789abcd"`: badID, `"12345878901234567890abcg"`: badID, "7": badID}},
	{"custom", []string{`{"a":{"b":[1,2]}}`, "{}", `{"a":"` + strings.Repeat("x", 4088) + `"}`, "null"}, map[string]string{
		"[]": "422 custom: must be an object, not an array", `"x"`: "422 custom: must be an object, not a string",
		`{"a":"` + strings.Repeat("x", 4089) + `"}`: "422 custom: Custom data too large, max. 4Kb"}},
	{
		"viewOtherPartyOverride",
		[]string{`"NONE"`, `"HIDE"`, `"HIDE_PERSONAL_PHONEBOOK"`, `"HIDE_OFF_WORK"`, `"HIDE_PERSONAL_PHONEBOOK_AND_OFF_WORK"`,
			"null"},
		map[string]string{
			`"SHOW"`: "422 viewOtherPartyOverride: must be one of NONE, HIDE, HIDE_PERSONAL_PHONEBOOK, HIDE_OFF_WORK, " +
				"HIDE_PERSONAL_PHONEBOOK_AND_OFF_WORK",
		},
	},
	{"features", []string{`["PLAYMAKERSTATUS","DASHBOARD_EDITOR","FLEXCARESWAP"]`, "null"}, map[string]string{
		`["FLY"]`: "422 features: FLY is not a feature", `"TV"`: "422 features: must be a list of texts",
		"[7]": "422 features: must be a list of texts"}},
	{"apiAccessFilter", []string{"[]",
		`[{"endpoint":"/employee/*","type":"STRING"},{"endpoint":"^/(employee|customer)/[0-9a-f]{24}$","type":"REGEXP"}]`,
		"null"},
		map[string]string{
			`[{"endpoint":"/a","type":"GLOB"}]`:                "422 apiAccessFilter.type: must be one of STRING, REGEXP",
			`[{"endpoint":"(","type":"REGEXP"}]`:               "422 apiAccessFilter.endpoint: is no regular expression",
			`[{"endpoint":"((a{900}){900})","type":"REGEXP"}]`: "422 apiAccessFilter.endpoint: is no regular expression",
			`[{"endpoint":"/*/a","type":"STRING"}]`:            "422 apiAccessFilter.endpoint: may have * at its end only",
			`[{"type":"STRING"}]`:                              "422 apiAccessFilter.endpoint: is required",
			`[{"endpoint":"/a"}]`:                              "422 apiAccessFilter.type: is required",
			`[{"endpoint":"/a","type":"STRING","x":1}]`:        "422 apiAccessFilter.x: is not a property of this command",
			`["/a"]`: "422 apiAccessFilter: must be an object, not a string",
			`[{"endpoint":"` + strings.Repeat("a", 501) + `","type":"REGEXP"}]`: "422 apiAccessFilter.endpoint: has more " +
				"than 500 characters",
			"[" + strings.Repeat("{},", 100) + "{}]": "422 apiAccessFilter: has at most 100 items"}},
	{"shortcuts", []string{`[{"index":0,"url":"/customer/1","label":"A"},{"index":1,"label":"—"}]`, "null"},
		map[string]string{
			`[{"index":-1}]`: badIndex, `[{"index":1.5}]`: badIndex, `[{"index":"1"}]`: badIndex,
			`[{"url":7}]`: "422 shortcuts.url: must be a string, not a number",
			"{}":          "422 shortcuts: must be a list, not an object"}},
	{
		"subscriptions",
		[]string{`["s1"]`, `["s1","s2"]`, "[]", "null"},
		map[string]string{`"s1"`: badSubscription, `["s3"]`: badSubscription, "[7]": badSubscription},
	},
	{"organizationResellers", []string{`["r2"]`, "[]", "null"},
		map[string]string{`["r1"]`: badResellers, `["r9"]`: badResellers, `"r2"`: badResellers}},
	{"address", []string{`"ad1"`, "null"}, map[string]string{`""`: badAddress, `{"_id":"ad1"}`: badAddress,
		`"ad2"`: badAddress}},
	{
		"voicemail",
		[]string{
			`{"notification":{"email":true,"sms":null},"requiresPinCode":true,"greetingOnly":false,"defaultGreeting":"g1","offWorkGreeting":"g2","holidayGreeting":null}`,
			"null",
		},
		map[string]string{
			`{"loud":true}`:                "422 voicemail.loud: is not a property of this command",
			"[]":                           "422 voicemail: must be an object, not an array",
			`{"notification":{"email":1}}`: "422 voicemail.notification.email: must be a boolean, not a number",
			`{"notification":true}`:        "422 voicemail.notification: must be an object, not a boolean",
		},
	},
	{
		"recording",
		[]string{`{"mode":"DEMAND","quality":"NORMAL","retension":7,"notification":{"email":true,"attach":true,"maxSize":10485760}}`,
			`{"quality":"COMPACT","retension":730}`, `{"retension":30}`, `{"quality":"HIGH","retension":1}`, "null"},
		map[string]string{
			`{"mode":"ALLWAYS"}`:                   "422 recording.mode: must be one of ALWAYS, DEMAND, NEVER",
			`{"quality":7}`:                        badQuality,
			`{"retension":2}`:                      badRetention,
			`{"retension":0}`:                      badRetention,
			`{"retension":"7"}`:                    badRetention,
			`{"retension":7.5}`:                    badRetention,
			`{"retension":90}`:                     badRetention,
			`{"quality":"COMPACT","retension":60}`: badRetention,
			`{"notification":{"maxSize":-1}}`: "422 recording.notification.maxSize: must be a whole number from 0 to " +
				"1099511627776",
		},
	},
	{
		"ms365",
		[]string{
			`{"id":"47486ytg38tghbui","calendarSetsPresence":true,"teamsSetsPresence":true,"presenceSync":false,"doNotSyncContacts":false,"doNotSyncCalendar":false}`,
			"null",
		},
		map[string]string{
			`{"id":7}`:              "422 ms365.id: must be a string, not a number",
			`{"presenceSync":"no"}`: "422 ms365.presenceSync: must be a boolean, not a string",
		},
	},
	{"pinCodeSealed", []string{`"sealed:v1:c2FtcGxl"`, "null"},
		map[string]string{`"1234"`: badPin, "1234": badPin, `""`: badPin}},
	{"autoPresence", []string{`[{"weekDays":[1,2],"timeOfDay":"08:00","state":"AVAILABLE"}]`, "null"}, map[string]string{
		`[{"weekDays":[7],"timeOfDay":"08:00","state":"AVAILABLE"}]`: "422 autoPresence.weekDays: must be 0 for Sunday to " +
			"6 for Saturday"}},
	{"deleteDate", []string{`"2026-06-30"`, `"2026-06-30T20:00:00.000Z"`, "null"}, map[string]string{
		`"2028-05-13"`: "422 deleteDate: Delete date is too far in the future",
		`"2026-05-11"`: "422 deleteDate: Delete date is in the past",
		`"soon"`:       `422 deleteDate: date "soon": not an existing date of the form YYYY-MM-DD`}},
}

const (
	badPhone        = "422 smsNumber: must be a phone number such as +4512345678"
	badIP           = "422 ipRestriction: IP address(es) not valid"
	badBirth        = "422 birthdate: Not a valid date"
	badID           = "422 picture: must be an id of 24 hexadecimal characters"
	badIndex        = "422 shortcuts.index: must be a whole number from 0 to 10000"
	badSubscription = "422 subscriptions: One or more subscriptions are not valid"
	badResellers    = "404 organizationResellers: One or more of the selected resellers are not valid or has not be " +
		"granted to this employees customer."
	badAddress   = "404 address: The address was not found"
	badQuality   = "422 recordingQuality: Invalid quality - use NORMAL, COMPACT or HIGH"
	badRetention = "422 recordingRetension: Recording retension period is too long, max. 180 days for compact quality"
	badPin       = "422 pinCode: Pincode is invalid - must be 4-10 digits or none"
)

func TestValidate_ValuesOfProperties(t *testing.T) {
	t.Parallel()
	for _, v := range values {
		t.Run(v.property, func(t *testing.T) {
			t.Parallel()
			for _, value := range v.takes {
				assert.Equal(t, "accepted", given(t, v.property, value), "%.80s", value)
			}
			for value, want := range v.refuses {
				assert.Equal(t, want, given(t, v.property, value), "%.80s", value)
			}
		})
	}
}

// given says how a creation and an update with a property are answered, which is the same.
func given(t *testing.T, property, value string) string {
	t.Helper()
	_, created := order(employee(t), at(noon), "employee.create.v1", with(fmt.Sprintf("%q:%s", property, value)))
	_, updated := order(employee(t, withBasic...), at(noon), "employee.update.v1", fmt.Sprintf("{%q:%s}", property, value))
	assert.Equal(t, refusal(t, created), refusal(t, updated), "created and updated with %.80s", value)
	return refusal(t, created)
}

func TestValidate_LoginNames(t *testing.T) {
	t.Parallel()
	const invalid = "422 emailAddress: The e-mail address is invalid"
	rows := []struct{ property, want string }{
		{`"emailAddress":"s01@example.com"`, "accepted"},
		{`"emailAddress":" s01@example.com "`, "accepted"},
		{`"emailAddress":"s.o+x-1_y@mail.sub.example.com"`, "accepted"},
		{`"emailAddress":"søren@æble.example"`, "accepted"},
		{`"emailAddress":null`, "accepted"},
		{`"emailAddress":""`, invalid},
		{`"emailAddress":7`, invalid},
		{`"emailAddress":"@example.com"`, invalid},
		{`"emailAddress":"s01@example"`, invalid},
		{`"emailAddress":"s01@ex ample.com"`, invalid},
		{`"emailAddress":"s01@example..com"`, invalid},
		{`"emailAddress":"s01@-` + `example.com"`, invalid},
		{`"emailAddress":"s01@example.com,s02@example.com"`, invalid},
		{`"emailAddress":"<s01@example.com>"`, invalid},
		{`"emailAddress":".s01@example.com"`, invalid},
		{`"emailAddress":"s..1@example.com"`, invalid},
		{`"emailAddress":"a@b@example.com"`, invalid},
		{`"emailAddress":"` + strings.Repeat("a", 65) + `@example.com"`, invalid},
		{`"emailAddress":"a@` + strings.Repeat("a", 64) + `.com"`, invalid},
		{`"emailAddress":"a@` + strings.Repeat("abcdefgh.", 29) + `com"`, invalid},
		{`"emailAddress":"sample01","noEmail":true`, "accepted"},
		{`"emailAddress":"sample1","noEmail":true`, invalid},
		{`"emailAddress":"sample 01","noEmail":true`, invalid},
		{`"emailAddress":"sample01","noEmail":false`, invalid},
		{`"noEmail":true`, "accepted"},
		{`"accessLevel":"PERSONAL"`, invalid},
		{`"accessLevel":"PERSONAL","emailAddress":"s01@example.com"`, "accepted"},
	}
	for _, r := range rows {
		_, err := order(employee(t), at(noon), "employee.create.v1", with(r.property))
		assert.Equal(t, r.want, refusal(t, err), "%.80s", r.property)
	}
}

package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/access"
	"tenure/contract"
	"tenure/events"
	"tenure/projections"
)

// entry is what a test reads of a record.
type entry struct {
	ID         string `json:"_id"`
	Type       string
	Extensions []projections.DirectoryExtension
	Calendar   []contract.CalendarEvent
}

func entriesOf(t *testing.T, raw []byte) map[string]entry {
	t.Helper()
	var list []entry
	require.NoError(t, json.Unmarshal(raw, &list), string(raw))
	byID := map[string]entry{}
	for _, e := range list {
		byID[e.ID] = e
	}
	require.Len(t, byID, len(list))
	return byID
}

// me gives the headers of one of the people.
func me(t *testing.T, id, level string) []string {
	t.Helper()
	return []string{"X-API-Key", token(t, events.Actor{Employee: id, AccessLevel: level, Customer: ownCustomer,
		Reseller: ownReseller})}
}

func TestDirectory_EntryPerCaller(t *testing.T) {
	t.Parallel()
	for name, caller := range map[string][]string{
		"itself": me(t, equipped, "OWNER"), "colleague": me(t, manager, "MANAGER"), "stranger": me(t, viewer, "VIEWER"),
	} {
		w := ask(t, serve(), "/pbx/app/employees?calls=true&ids="+equipped, caller...)
		require.Equal(t, http.StatusOK, w.Code)
		golden(t, "directory-entry."+name, w.Body.Bytes())
	}
}

func TestDirectory_IsTheCallersCustomer(t *testing.T) {
	t.Parallel()
	// Each row: the caller, the query, and how many entries it gets; or the refusal.
	rows := []struct {
		level, path, body string
		entries           int
		refusal           string
	}{
		{"PERSONAL", "", "", 9, ""}, {"VIEWER", "", "", 9, ""}, {"OWNER", "?standalone=true", "", 10, ""},
		{"NO_LOGIN_", "", "", 0, "credentials_invalid"},
		{"VIEWER", "?ids=" + strings.ToUpper(equipped) + "&ids=" + viewer, "", 2, ""},
		{"VIEWER", "?ids=" + foreign + "&ids=" + elsewhere + "&ids=" + deleted + "&ids=" + unknown, "", 0, ""},
		{"VIEWER", "", `{"ids":["` + equipped + `"],"calls":true}`, 1, ""},
		{"VIEWER", "", `["` + equipped + `","` + viewer + `"]`, 2, ""},
		{"VIEWER", "", `[]`, 0, ""}, {"VIEWER", "", `{}`, 9, ""}, {"VIEWER", "", `null`, 9, ""}, {"VIEWER", "", ` `, 9, ""},
		{"VIEWER", "", `{"standalone":true}`, 10, ""},
		{"VIEWER", "", `{"standalone":true,"ids":["e00000000000000000000018"]}`, 1, ""},
		{"VIEWER", "?customer=" + otherCustomer, "", 0, "access_denied"}, {"RESELLER", "", "", 0, "access_denied"},
		{"RESELLER", "?customer=" + strings.ToUpper(otherCustomer), "", 1, ""},
		{"RESELLER", "?customer=" + foreignCustomer, "", 0, "access_denied"},
		{"ADMIN", "?customer=" + foreignCustomer, "", 1, ""}, {"ADMIN", "?customer=" + unknown, "", 0, "access_denied"},
		{"VIEWER", "?ids=x", "", 0, "ids"}, {"VIEWER", "?ids=%27%00", "", 0, "ids"}, {"VIEWER", "", `{"ids":"x"}`, 0, "ids"},
		{"VIEWER", "", `["x"]`, 0, "ids"}, {"VIEWER", "", `[1]`, 0, "ids"}, {"VIEWER", "", `{"calls":"yes"}`, 0, "calls"},
		{"VIEWER", "", `{`, 0, "ids"},
		{"VIEWER", "", "[" + strings.Repeat(`"`+equipped+`",`, directoryIDsMax) + `"` + viewer + `"]`, 0, "ids"},
		{"VIEWER", "", "[" + strings.Repeat(`"`+equipped+`",`, directoryIDsMax-1) + `"` + viewer + `"]`, 2, ""},
		{"VIEWER", "", `"` + strings.Repeat("x", bodyBytesMax) + `"`, 0, "too_large"},
	}
	for _, row := range rows {
		method, headers := http.MethodGet, []string(nil)
		if row.body != "" {
			method = http.MethodPost
		}
		if access.LevelOf(row.level) > access.Unknown {
			headers = as(t, row.level)
		}
		w := call(t, serve(), method, "/pbx/app/employees"+row.path, row.body, headers...)
		said := row.level + " " + row.path + " " + row.body[:min(len(row.body), 80)]
		if row.refusal != "" {
			require.Contains(t, w.Body.String(), `"code":"`+row.refusal+`"`, said)
			require.Less(t, w.Code, 500)
			continue
		}
		require.Equal(t, http.StatusOK, w.Code, "%s: %s", said, w.Body.String())
		require.Len(t, entriesOf(t, w.Body.Bytes()), row.entries, said)
	}
}

func TestDirectory_StandaloneExtensionHasOneItem(t *testing.T) {
	t.Parallel()
	w := ask(t, serve(), "/pbx/app/employees?standalone=true&ids=e00000000000000000000018", as(t, "VIEWER")...)
	require.JSONEq(t, `[{"_id":"e00000000000000000000018","type":"EXTENSION","name":"Desk 118",
		"extensions":[{"_id":"e00000000000000000000018","number":"118","primary":false,"state":"IDLE"}]}]`, w.Body.String())
}

func TestDirectory_ShowsCallsWithinAGroup(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		caller  []string
		query   string
		of      string
		calls   int
		numbers int // of other parties
	}{
		"who does not ask":                      {me(t, manager, "MANAGER"), "", equipped, 0, 0},
		"a colleague, but the phone book's":     {me(t, manager, "MANAGER"), "?calls=true", equipped, 2, 1},
		"the employee itself":                   {me(t, equipped, "OWNER"), "?calls=true", equipped, 2, 2},
		"whose group does not permit it":        {me(t, personal, "PERSONAL"), "?calls=true", equipped, 0, 0},
		"who is in no group":                    {me(t, viewer, "VIEWER"), "?calls=1", equipped, 0, 0},
		"whose group the other is not in":       {me(t, manager, "MANAGER"), "?calls=true", plain, 0, 0},
		"who is nobody in particular":           {as(t, "OWNER"), "?calls=true", equipped, 0, 0},
		"a colleague of who does not permit it": {me(t, equipped, "OWNER"), "?calls=true", personal, 1, 0},
	} {
		e := entriesOf(t, ask(t, serve(), "/pbx/app/employees"+c.query, c.caller...).Body.Bytes())[c.of]
		calls, numbers := 0, 0
		for _, x := range e.Extensions {
			for _, call := range x.Calls {
				calls++
				require.False(t, call.PersonalPhonebook, "it decides, and is not shown")
				if call.Caller != nil && call.Caller.Number != "" {
					numbers++
				}
			}
		}
		require.Equal(t, []int{c.calls, c.numbers}, []int{calls, numbers}, name)
	}
}

func TestDirectory_OverrideHidesTheOtherParty(t *testing.T) {
	t.Parallel()
	party := func(n string) *contract.Party { return &contract.Party{Number: n, Name: n} }
	// Each row: the override, the presence, whether the other party is in the phone book, and whether it is hidden.
	for _, row := range []struct {
		override, presence string
		personal, hidden   bool
	}{
		{"", "HOLIDAY", true, false}, {"NONE", "OFF_WORK", true, false}, {"HIDE", "AVAILABLE", false, true},
		{"HIDE_PERSONAL_PHONEBOOK", "OFF_WORK", false, false}, {"HIDE_PERSONAL_PHONEBOOK", "AVAILABLE", true, true},
		{"HIDE_OFF_WORK", "AVAILABLE", true, false}, {"HIDE_OFF_WORK", "OFF_WORK", false, true},
		{"HIDE_OFF_WORK", "HOLIDAY", false, true},
		{"HIDE_PERSONAL_PHONEBOOK_AND_OFF_WORK", "BUSY", false, false},
		{"HIDE_PERSONAL_PHONEBOOK_AND_OFF_WORK", "BUSY", true, true},
		{"HIDE_PERSONAL_PHONEBOOK_AND_OFF_WORK", "OFF_WORK", false, true},
	} {
		e := entryShown{Override: row.override}
		e.Presence.State = row.presence
		// Each way of a call: the leg and direction that say it, and which ends are the other party.
		for _, way := range []struct {
			leg, direction string
			caller, callee bool
		}{
			{"O", "", true, false}, {"I", "", false, true}, {"", "I", true, false}, {"", "O", false, true}, {"", "", true, true},
		} {
			c := e.call(contract.Call{Leg: way.leg, Direction: way.direction, Caller: party("a"), Callee: party("b"),
				PersonalPhonebook: row.personal}, false)
			require.Equal(t, row.hidden && way.caller, c.Caller.Number == "" && c.Caller.Name == "", "%v %v", row, way)
			require.Equal(t, row.hidden && way.callee, c.Callee.Number == "" && c.Callee.Name == "", "%v %v", row, way)
		}
		mine := e.call(contract.Call{Leg: "O", Caller: party("a"), PersonalPhonebook: row.personal}, true)
		require.Equal(t, "a", mine.Caller.Number, "the employee sees its own")
	}
}

func TestDirectory_StateOfExtensions(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		calls []string
		state string
	}{
		{nil, "IDLE"}, {[]string{"CALL_START"}, "RINGING"}, {[]string{"CALL_RING", "CALL_ANSWER"}, "BUSY"},
		{[]string{"CALL_HOLD", "CALL_RING"}, "BUSY"},
	} {
		state := stateIdle
		for _, c := range row.calls {
			state = busier(state, c)
		}
		require.Equal(t, row.state, state)
	}
}

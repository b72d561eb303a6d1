package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
)

// seen is a presence without overrides.
func seen(state, message string) events.Presence {
	return events.Presence{State: state, Personal: events.PresencePersonal{Message: message}}
}

// until is the presence with an expiry.
func until(p events.Presence, expire string) events.Presence {
	at := instant(expire)
	p.Expire = &at
	return p
}

// under is what others see while overrides last, and what it comes back to.
func under(state, message string, original events.Presence, overrides ...events.Override) events.Presence {
	p := original
	p.OriginalState, p.Personal.OriginalMessage = original.State, original.Personal.Message
	p.State, p.Personal.Message, p.Overrides = state, message, overrides
	return p
}

func meeting(id, state string) events.Override {
	return events.Override{ID: id, Source: "MS365_CALENDAR", State: state}
}

func call(id string) events.Override {
	return events.Override{ID: id, Source: "MS365_TEAMS", State: "BUSY"}
}

func present(p events.Presence, cause, since string) events.Event {
	return events.PresenceChanged{Presence: p, Cause: cause, Since: instant(since)}
}

// chose is that it set its presence in the morning of 12 May.
func chose(p events.Presence) facts {
	return withBasic.and(present(p, "COMMAND", "2026-05-12T06:00:00Z"))
}

func TestSetPresence(t *testing.T) {
	t.Parallel()
	const command = "set_presence"
	changed := func(p events.Presence) facts { return facts{present(p, "COMMAND", noon)} }
	busy := chose(seen("BUSY", "In a meeting"))
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "a state, a message and when it ends", given: withBasic, when: command,
			data: `{"state":"BUSY","message":"In a meeting","expire":"2026-05-12T13:00:00+02:00"}`,
			then: changed(until(seen("BUSY", "In a meeting"), "2026-05-12T11:00:00Z"))},
		{name: "the first is a fact even where it is what everybody begins with", given: withBasic, when: command,
			data: `{"state":"AVAILABLE"}`,
			then: changed(seen("AVAILABLE", ""))},
		{name: "the same again changes nothing", given: busy, when: command,
			data: `{"state":"BUSY","message":"In a meeting"}`},
		{name: "another state takes message and expiry of the last away",
			given: chose(until(seen("BUSY", "In a meeting"), "2026-05-12T13:00:00Z")),
			when:  command, data: `{"state":"OFF_WORK"}`, then: changed(seen("OFF_WORK", ""))},
		{name: "a message alone leaves the state", given: busy, when: command, data: `{"message":"Still there"}`,
			then: changed(seen("BUSY", "Still there"))},
		{name: "an expiry alone leaves the state", given: busy, when: command, data: `{"expire":"2026-05-12T12:00:00Z"}`,
			then: changed(until(seen("BUSY", "In a meeting"), "2026-05-12T12:00:00Z"))},
		{name: "null takes an expiry away", given: chose(until(seen("BUSY", "x"), "2026-05-12T13:00:00Z")), when: command,
			data: `{"expire":null}`,
			then: changed(seen("BUSY", "x"))},
		{name: "a place alone leaves the rest", given: busy, when: command, data: `{"location":"Office"}`,
			then: changed(events.Presence{
				State: "BUSY", Personal: events.PresencePersonal{Message: "In a meeting", Location: "Office"}})},
		{name: "nothing", given: busy, when: command, data: `{}`, code: "422 state: is required"},
		{name: "an unknown state", given: busy, when: command, data: `{"state":"ASLEEP"}`,
			code: "422 presence.state: Presence state is invalid"},
		{name: "an expiry that has passed", given: busy, when: command,
			data: `{"state":"BUSY","expire":"2026-05-12T10:00:00Z"}`,
			code: "422 presence.expire: Not a valid date"},
		{name: "an expiry that is no date", given: busy, when: command, data: `{"state":"BUSY","expire":"later"}`,
			code: "422 presence.expire: Not a valid date"},
		{name: "with an update too", given: busy, when: "update", data: `{"presence":{"state":"HOLIDAY"}}`,
			then: changed(seen("HOLIDAY", ""))},
		{name: "two mistakes of an update are told together", given: busy, when: "update",
			data: `{"presence":{"state":"ASLEEP"},"name":""}`,
			code: "422 multiple: Multiple errors [422 presence.state: Presence state is invalid; 422 name: Name is required]"},
		{name: "one who is being deleted", given: isDeleting, when: command, data: `{"state":"BUSY"}`, code: beingDeleted},
	})
}

func TestT8_OverridesBeginAndEnd(t *testing.T) {
	t.Parallel()
	const command = "set_presence"
	overridden := func(p events.Presence) facts { return facts{present(p, "OVERRIDE", noon)} }
	mine := seen("BUSY", "Writing")
	one := chose(under("OUT_OF_OFFICE", "", mine, meeting("m1", "OUT_OF_OFFICE")))
	two := chose(under("BUSY", "", mine, meeting("m1", "OUT_OF_OFFICE"), call("c1")))
	begin := func(id, source, state string) string {
		return `{"override":{"id":"` + id + `","source":"` + source + `","state":"` + state + `"}}`
	}
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "the first saves what it chose", given: chose(mine), when: command, data: begin("m1", "MS365_CALENDAR",
			"OUT_OF_OFFICE"),
			then: overridden(under("OUT_OF_OFFICE", "", mine, meeting("m1", "OUT_OF_OFFICE")))},
		{name: "before anything was set it saves that it is available", given: withBasic, when: command,
			data: begin("c1", "MS365_TEAMS", "BUSY"),
			then: overridden(under("BUSY", "", seen("AVAILABLE", ""), call("c1")))},
		{name: "its message is seen while it lasts", given: chose(mine), when: command,
			data: `{"override":{"id":"c1","source":"MS365_TEAMS","state":"BUSY"},"message":"[Teams] meeting"}`,
			then: overridden(under("BUSY", "[Teams] meeting", mine, call("c1")))},
		{name: "of two the newest wins", given: one, when: command, data: begin("c1", "MS365_TEAMS", "BUSY"),
			then: overridden(under("BUSY", "", mine, meeting("m1", "OUT_OF_OFFICE"), call("c1")))},
		{name: "the same again changes nothing, also of an older one", given: two, when: command,
			data: begin("m1", "MS365_CALENDAR", "OUT_OF_OFFICE")},
		{name: "an older one that changes is not the newest for that", given: two, when: command,
			data: begin("m1", "MS365_CALENDAR", "HOLIDAY"),
			then: overridden(under("BUSY", "", mine, meeting("m1", "HOLIDAY"), call("c1")))},
		{name: "when the newest ends the older one is seen", given: two, when: command, data: `{"endOverride":"c1"}`,
			then: overridden(under("OUT_OF_OFFICE", "", mine, meeting("m1", "OUT_OF_OFFICE")))},
		{name: "when the older one ends the newest stays seen", given: two, when: command, data: `{"endOverride":"m1"}`,
			then: overridden(under("BUSY", "", mine, call("c1")))},
		{name: "the last restores what it chose", given: one, when: command, data: `{"endOverride":"m1"}`,
			then: overridden(mine)},
		{name: "one that does not last changes nothing", given: one, when: command, data: `{"endOverride":"m9"}`},
		{name: "what it chooses meanwhile is what it comes back to", given: two, when: command,
			data: `{"state":"HOLIDAY","message":"Away"}`,
			then: facts{present(under("BUSY", "", seen("HOLIDAY", "Away"), meeting("m1", "OUT_OF_OFFICE"), call("c1")),
				"COMMAND", noon)}},
		{name: "a source that may not override", given: withBasic, when: command, data: begin("m1", "SLACK", "BUSY"),
			code: "422 override: needs an id, a source (MS365_CALENDAR, MS365_TEAMS) and a state"},
	})
}

func TestT8_EndingTheMiddleOneOfThreeChangesWhatLastsAndNotWhatIsSeen(t *testing.T) {
	t.Parallel()
	e := employee(t, chose(seen("AVAILABLE", "At my desk"))...)
	for _, data := range []string{
		`{"override":{"id":"m1","source":"MS365_CALENDAR","state":"OUT_OF_OFFICE"}}`,
		`{"override":{"id":"m2","source":"MS365_CALENDAR","state":"HOLIDAY"}}`,
		`{"override":{"id":"c1","source":"MS365_TEAMS","state":"BUSY"}}`,
		`{"endOverride":"m2"}`,
	} {
		got, err := order(e, at(noon), "employee.set_presence.v1", data)
		require.NoError(t, err)
		fold(e, got...)
	}
	require.Equal(t, under("BUSY", "", seen("AVAILABLE", "At my desk"), meeting("m1", "OUT_OF_OFFICE"), call("c1")),
		*e.Presence)
	for _, id := range []string{"c1", "m1"} {
		got, err := order(e, at(noon), "employee.set_presence.v1", `{"endOverride":"`+id+`"}`)
		require.NoError(t, err)
		fold(e, got...)
	}
	require.Equal(t, seen("AVAILABLE", "At my desk"), *e.Presence)
}

func TestSetPresence_BoundsOverrides(t *testing.T) {
	t.Parallel()
	e := employee(t, withBasic...)
	for n := range 21 {
		got, err := order(e, at(noon), "employee.set_presence.v1",
			`{"override":{"id":"m`+string(rune('a'+n))+`","source":"MS365_CALENDAR","state":"BUSY"}}`)
		if n < 20 {
			require.NoError(t, err)
			fold(e, got...)
			continue
		}
		require.Equal(t, "422 override: An employee has at most 20 overrides at once", refusal(t, err))
	}
}

func TestT6_APresenceExpires(t *testing.T) {
	t.Parallel()
	expired := func(p events.Presence) facts { return facts{present(p, "EXPIRED", "2026-05-12T13:00:00Z")} }
	lunch := until(seen("OUT_OF_OFFICE", "At lunch"), "2026-05-12T13:00:00Z")
	checkPassing(t, []passing{
		{name: "not a second before", given: chose(lunch), now: "2026-05-12T12:59:59Z", next: "2026-05-12T13:00:00Z"},
		{name: "at its instant the state is AVAILABLE, expire and message are removed", given: chose(lunch),
			now:  "2026-05-12T13:00:00Z",
			then: expired(seen("AVAILABLE", ""))},
		{name: "after an outage it says when it expired", given: chose(lunch), now: "2026-05-20T00:00:00Z",
			then: expired(seen("AVAILABLE", ""))},
		{name: "under an override it acts on what it comes back to and leaves what is seen",
			given: chose(under("BUSY", "[Teams] meeting", lunch, call("c1"))), now: "2026-05-12T13:00:00Z",
			then: expired(under("BUSY", "[Teams] meeting", seen("AVAILABLE", ""), call("c1")))},
		{name: "HOLIDAY expires too", given: chose(until(seen("HOLIDAY", ""), "2026-05-12T13:00:00Z")),
			now:  "2026-05-12T13:00:00Z",
			then: expired(seen("AVAILABLE", ""))},
		{name: "one who is being deleted stays as it was", given: chose(lunch).and(isDeleting[len(withBasic):]...),
			now: "2026-05-12T13:00:00Z",
			then: facts{events.ExtensionDeletionRequested{ID: "x1", Attempt: 2},
				events.MvnoDeletionRequested{ID: "m1", Attempt: 2}},
			next: "2026-05-12T20:00:00Z"},
	})
}

// office is that it works from 8 to 16 on week days and is out on Sundays at noon, since Tuesday 12 May.
func office(p events.Presence) facts {
	return chose(p).and(events.AutoPresenceSet{Since: instant("2026-05-12T06:30:00Z"), Slots: []events.AutoPresence{
		{WeekDays: []int{1, 2, 3, 4, 5}, TimeOfDay: "16:00", State: "OFF_WORK"},
		{WeekDays: []int{1, 2, 3, 4, 5}, TimeOfDay: "08:00", State: "AVAILABLE"},
		{WeekDays: []int{0}, TimeOfDay: "12:00", State: "OUT_OF_OFFICE"},
	}})
}

func TestT7_PresenceChangesByItself(t *testing.T) {
	t.Parallel()
	auto := func(p events.Presence, at string) events.Event { return present(p, "AUTO", at) }
	working, off := seen("AVAILABLE", ""), seen("OFF_WORK", "")
	const four, eight = "2026-05-12T14:00:00Z", "2026-05-13T06:00:00Z"
	checkPassing(t, []passing{
		{name: "not a second before 16:00 local time", given: office(working), now: "2026-05-12T13:59:59Z", next: four},
		{name: "at 16:00 local time, 14:00 UTC in summer", given: office(working), now: four, then: facts{auto(off, four)},
			next: eight},
		{name: "a change to what is so already is none, and nobody is due for it", given: office(off), now: four,
			next: eight},
		{name: "the message goes with its state", given: office(seen("BUSY", "Call me")), now: four,
			then: facts{auto(off, four)}, next: eight},
		{name: "Saturday has no change, Sunday has", given: office(off), now: "2026-05-17T09:59:59Z",
			next: "2026-05-17T10:00:00Z"},
		{name: "after an outage only the latest missed one", given: office(working), now: "2026-05-15T20:00:00Z",
			then: facts{auto(off, "2026-05-15T14:00:00Z")}, next: "2026-05-17T10:00:00Z"},
		{name: "after an outage of a month too", given: office(working), now: "2026-06-21T12:00:00Z",
			then: facts{auto(seen("OUT_OF_OFFICE", ""), "2026-06-21T10:00:00Z")}, next: "2026-06-22T06:00:00Z"},
		{name: "when the latest missed one is what it has, nothing", given: office(working), now: "2026-05-14T10:00:00Z",
			next: "2026-05-14T14:00:00Z"},
		{name: "skipped while it is on holiday", given: office(seen("HOLIDAY", "")), now: "2026-05-14T20:00:00Z"},
		{name: "skipped while what it comes back to is HOLIDAY",
			given: office(under("BUSY", "", seen("HOLIDAY", ""), call("c1"))), now: four},
		{name: "not skipped while only the override says HOLIDAY",
			given: office(under("HOLIDAY", "", working, meeting("m1", "HOLIDAY"))), now: four,
			then: facts{auto(under("HOLIDAY", "", off, meeting("m1", "HOLIDAY")), four)}, next: eight},
		{name: "under an override it writes what it comes back to",
			given: office(under("BUSY", "[Teams]", seen("AVAILABLE", "x"), call("c1"))), now: four,
			then: facts{auto(under("BUSY", "[Teams]", off, call("c1")), four)}, next: eight},
		{name: "what was due before it was set is not made up for",
			given: chose(working).and(events.AutoPresenceSet{Since: instant("2026-05-12T14:00:01Z"),
				Slots: []events.AutoPresence{{WeekDays: []int{2}, TimeOfDay: "16:00", State: "OFF_WORK"}}}),
			now:  "2026-05-12T15:00:00Z",
			next: "2026-05-19T14:00:00Z"},
		{name: "a holiday that expires is followed by the changes after it",
			given: office(until(seen("HOLIDAY", "Away"), "2026-05-13T10:00:00Z")),
			now:   "2026-05-13T14:00:00Z", then: facts{present(working, "EXPIRED", "2026-05-13T10:00:00Z"),
				auto(off, "2026-05-13T14:00:00Z")},
			next: "2026-05-14T06:00:00Z"},
		{name: "a change before an expiry takes it away",
			given: office(until(seen("AVAILABLE", "Here"), "2026-05-12T18:00:00Z")),
			now:   "2026-05-12T18:00:00Z", then: facts{auto(off, four)}, next: eight},
	})
}

func TestT7_OnTheNightsWhenTheClocksChange(t *testing.T) {
	t.Parallel()
	slots := func(since string, all ...events.AutoPresence) facts {
		return withBasic.and(events.AutoPresenceSet{Since: instant(since), Slots: all})
	}
	sunday := func(clock, state string) events.AutoPresence {
		return events.AutoPresence{WeekDays: []int{0}, TimeOfDay: clock, State: state}
	}
	auto := func(state, at string) facts { return facts{present(seen(state, ""), "AUTO", at)} }
	const spring, autumn = "2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z"
	checkPassing(t, []passing{
		{name: "02:30 does not exist: it happens when the clocks jump to 03:00",
			given: slots(spring, sunday("02:30", "BUSY")),
			now:   "2026-03-29T01:00:00Z", then: auto("BUSY", "2026-03-29T01:00:00Z")},
		{name: "and not before", given: slots(spring, sunday("02:30", "BUSY")), now: "2026-03-29T00:59:59Z",
			next: "2026-03-29T01:00:00Z"},
		{name: "what is later on the clock wins: 03:00 over 02:30, whatever the order of the list",
			given: slots(spring, sunday("03:00", "OFF_WORK"), sunday("02:30", "BUSY")), now: "2026-03-29T01:00:00Z",
			then: auto("OFF_WORK", "2026-03-29T01:00:00Z"), next: "2026-04-05T00:30:00Z"},
		{name: "of two at one time the later in the list wins, and nobody is due for the other",
			given: slots(spring, sunday("03:30", "BUSY"), sunday("03:30", "AVAILABLE")), now: "2026-03-29T02:00:00Z",
			then: auto("AVAILABLE", "2026-03-29T01:30:00Z")},
		{name: "02:30 exists twice: it happens the first time", given: slots(autumn, sunday("02:30", "BUSY")),
			now:  "2026-10-25T00:30:00Z",
			then: auto("BUSY", "2026-10-25T00:30:00Z")},
		{name: "and not again an hour later", given: slots(autumn, sunday("02:30", "BUSY")).and(present(seen("AVAILABLE", ""),
			"COMMAND", "2026-10-25T00:45:00Z")),
			now: "2026-10-25T01:30:00Z", next: "2026-11-01T01:30:00Z"},
		{name: "16:00 on the day of 23 hours is 14:00 UTC", given: slots(spring, sunday("16:00", "OFF_WORK")),
			now:  "2026-03-29T14:00:00Z",
			then: auto("OFF_WORK", "2026-03-29T14:00:00Z")},
		{name: "16:00 on the day of 25 hours is 15:00 UTC", given: slots(autumn, sunday("16:00", "OFF_WORK")),
			now:  "2026-10-25T15:00:00Z",
			then: auto("OFF_WORK", "2026-10-25T15:00:00Z")},
	})
}

func TestSetAutoPresence(t *testing.T) {
	t.Parallel()
	slot := []events.AutoPresence{{WeekDays: []int{1}, TimeOfDay: "16:00", State: "OFF_WORK"}}
	set := events.AutoPresenceSet{Slots: slot, Since: instant(noon)}
	const monday = `{"weekDays":[1],"timeOfDay":"16:00","state":"OFF_WORK"}`
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "a list is set", given: withBasic, when: "update", data: `{"autoPresence":[` + monday + `]}`,
			then: facts{set}},
		{name: "the same again changes nothing", given: withBasic.and(set), when: "update", data: `{"autoPresence":[` +
			monday + `]}`},
		{name: "an empty one takes it away", given: withBasic.and(set), when: "update", data: `{"autoPresence":[]}`,
			then: facts{events.AutoPresenceSet{Slots: []events.AutoPresence{}, Since: instant(noon)}}},
		{name: "null too", given: withBasic.and(set), when: "update", data: `{"autoPresence":null}`,
			then: facts{events.AutoPresenceSet{Since: instant(noon)}}},
		{name: "an empty one where there is none changes nothing", given: withBasic, when: "update",
			data: `{"autoPresence":[]}`},
		{name: "a time that is none", given: withBasic, when: "update",
			data: `{"autoPresence":[{"weekDays":[1],"timeOfDay":"24:00","state":"BUSY"}]}`,
			code: "422 autoPresence.timeOfDay: must be a time of day such as 16:00"},
		{name: "HOLIDAY", given: withBasic, when: "update",
			data: `{"autoPresence":[{"weekDays":[1],"timeOfDay":"16:00","state":"HOLIDAY"}]}`,
			code: "422 autoPresence.state: must be AVAILABLE, BUSY, OUT_OF_OFFICE or OFF_WORK"},
		{name: "no day", given: withBasic, when: "update",
			data: `{"autoPresence":[{"weekDays":[],"timeOfDay":"16:00","state":"BUSY"}]}`,
			code: "422 autoPresence.weekDays: must name at least one day, 0 for Sunday to 6 for Saturday"},
		{name: "a day that is none", given: withBasic, when: "update",
			data: `{"autoPresence":[{"weekDays":[7],"timeOfDay":"16:00","state":"BUSY"}]}`,
			code: "422 autoPresence.weekDays: must be 0 for Sunday to 6 for Saturday"},
	})
}

func TestCreateEmployee_WithItsPresence(t *testing.T) {
	t.Parallel()
	got, err := order(&domain.Employee{ID: "e1"}, at(noon), "employee.create.v1",
		`{"name":"Sample employee 01","presence":{"state":"OFF_WORK"},"autoPresence":[{"weekDays":[1],"timeOfDay":"16:00","state":"OFF_WORK"}]}`)
	require.NoError(t, err)
	require.Len(t, got, 3)
	wantFacts(t, got[1:], events.AutoPresenceSet{Slots: []events.AutoPresence{{WeekDays: []int{1},
		TimeOfDay: "16:00", State: "OFF_WORK"}},
		Since: instant(noon)}, present(seen("OFF_WORK", ""), "COMMAND", noon))
}

// TestUpdate_SendsAPresenceBackDuringAnOverride: what was chosen is under the override, in the reply and after it.
func TestUpdate_SendsAPresenceBackDuringAnOverride(t *testing.T) {
	t.Parallel()
	const back = `{"presence":{"state":"BUSY","message":"[Teams] meeting","overrides":[{"id":"t1","source":"MS365_TEAMS","state":"BUSY"}],` +
		`"originalState":"AVAILABLE","originalMessage":"free"}}`
	meeting := events.Override{ID: "t1", Source: "MS365_TEAMS", State: "BUSY"}
	covered := events.Presence{State: "BUSY", Overrides: []events.Override{meeting}, OriginalState: "AVAILABLE",
		Personal: events.PresencePersonal{Message: "[Teams] meeting", OriginalMessage: "free"}}
	free := events.Presence{State: "AVAILABLE", Personal: events.PresencePersonal{Message: "free"}}
	changed := func(p events.Presence) facts {
		return facts{events.PresenceChanged{Presence: p, Cause: "COMMAND", Since: instant(noon)}}
	}
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "during it nothing changes", given: withBasic.and(changed(covered)...), when: "update", data: back},
		{name: "nor behind it", given: withBasic.and(changed(free)...), when: "update", data: back},
		{name: "available is kept of an employee who had set nothing", given: withBasic, when: "update",
			data: `{"presence":{"state":"AVAILABLE"}}`,
			then: changed(events.Presence{State: "AVAILABLE"})},
		{name: "null takes nothing away from it", given: withBasic, when: "update", data: `{"presence":null}`},
	})
}

package scenario

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/projections"
)

func sentencesOfPresence() []sentence {
	set := func(at string, data object) act { return act{at, "set_presence", data, ""} }
	over := func(at, id, state string) act {
		return set(at, object{"override": object{"id": id, "source": "MS365_CALENDAR", "state": state}})
	}
	office := act{tomorrow, "update", object{"autoPresence": []object{
		{"weekDays": []int{1, 2, 3, 4, 5}, "timeOfDay": "08:00", "state": "AVAILABLE"},
		{"weekDays": []int{1, 2, 3, 4, 5}, "timeOfDay": "16:00", "state": "OFF_WORK"}}}, ""}
	seen := func(state, message, original string) func(*testing.T, projections.Employee) {
		return func(t *testing.T, e projections.Employee) {
			t.Helper()
			require.Equal(t, []string{state, message, original}, []string{e.Presence.State, e.Presence.Personal.Message,
				e.Presence.OriginalState})
			require.Nil(t, e.Presence.Expire)
		}
	}
	causes := func(t *testing.T, s *system, n int, want ...string) {
		t.Helper()
		var found []string
		for _, change := range happened[events.PresenceChanged](s, n) {
			found = append(found, change.Cause+" "+change.Since.Format("01-02 15:04"))
		}
		require.Equal(t, want, found)
	}
	lunch := object{"state": "BUSY", "message": "At lunch", "expire": "2026-10-22T11:00:00Z"}
	return []sentence{
		{name: "T6 at presence.expire the state is AVAILABLE, expire and message are removed",
			acts: []act{set("10-22 10:00:00", lunch), {at: "10-22 11:00:00"}},
			then: seen("AVAILABLE", "", ""), also: func(t *testing.T, s *system, n int) {
				causes(t, s, n, "COMMAND 10-22 10:00", "EXPIRED 10-22 11:00")
			}},
		{name: "T6 under an override it acts on originalState and originalMessage and leaves what is visible",
			acts: []act{set("10-22 10:00:00", lunch),
				set("10-22 10:30:00", object{"override": object{"id": "c1", "source": "MS365_TEAMS", "state": "OUT_OF_OFFICE"},
					"message": "[Teams] meeting"}),
				{at: "10-22 11:00:00"}}, then: func(t *testing.T, e projections.Employee) {
				seen("OUT_OF_OFFICE", "[Teams] meeting", "AVAILABLE")(t, e)
				require.Empty(t, e.Presence.Personal.OriginalMessage)
			}},
		{
			name: "T7 autoPresence goes by local time, on both sides of the night when the clocks go back",
			acts: []act{office, {at: "10-23 14:00:00"}, {at: "10-26 07:00:00"},
				{at: "10-26 15:00:00"}, set("10-26 16:00:00", object{"state": "HOLIDAY"})},
			also: func(t *testing.T, s *system, n int) {
				found := happened[events.PresenceChanged](s, n)
				require.Equal(t, []string{"10-23 14:00", "10-26 07:00", "10-26 15:00"},
					[]string{at(found, "OFF_WORK", 23), at(found, "AVAILABLE", 26), at(found, "OFF_WORK", 26)})
			},
		},
		{
			name: "T7 it is skipped while the underlying state is HOLIDAY",
			acts: []act{office, set("10-21 09:00:00", object{"state": "HOLIDAY"})},
			then: seen("HOLIDAY", "", ""),
			also: func(t *testing.T, s *system, n int) { causes(t, s, n, "COMMAND 10-21 09:00") },
		},
		{name: "T7 under an override it writes originalState", acts: []act{over("10-21 07:00:00", "c1", "BUSY"), office,
			{at: "11-30 11:00:00"}},
			then: seen("BUSY", "", "AVAILABLE")},
		{name: "T8 the first override saves and the last restores",
			acts: []act{set("10-21 09:00:00", object{"state": "OFF_WORK", "message": "Home"}),
				over("10-21 10:00:00", "c1", "BUSY"), set("10-21 11:00:00", object{"endOverride": "c1"})},
			then: seen("OFF_WORK", "Home", "")},
		{name: "T8 of several the newest wins", acts: []act{set("10-21 09:00:00", object{"state": "OFF_WORK"}),
			over("10-21 10:00:00", "c1", "BUSY"),
			over("10-21 10:10:00", "c2", "OUT_OF_OFFICE"), over("10-21 10:20:00", "c3", "HOLIDAY"),
			set("10-21 10:30:00", object{"endOverride": "c2"}),
			set("10-21 10:40:00", object{"endOverride": "c3"})}, then: seen("BUSY", "", "OFF_WORK")},
	}
}

// at is when a state came on a day of October.
func at(all []events.PresenceChanged, state string, day int) string {
	for _, change := range all {
		if change.Presence.State == state && change.Since.Day() == day {
			return change.Since.Format("01-02 15:04")
		}
	}
	return "never"
}

func TestPresence_AfterAnOutageOnlyTheLatestMissedSlotApplies(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-20T08:00:00Z")
	stop := s.startWorker()
	s.company()
	s.hire(1)
	s.order("employee.update.v1", employeeID(1), object{"autoPresence": []object{
		{"weekDays": []int{1, 2, 3, 4, 5}, "timeOfDay": "08:00", "state": "AVAILABLE"},
		{"weekDays": []int{1, 2, 3, 4, 5}, "timeOfDay": "16:00", "state": "OFF_WORK"}}})
	stop()
	s.setClock(instant("2026-10-31T12:00:00Z"))
	s.startWorker()
	s.goTo("2026-10-31T12:00:00Z")
	changes := happened[events.PresenceChanged](s, 1)
	require.Len(t, changes, 1)
	require.Equal(t, "OFF_WORK", changes[0].Presence.State)
	require.Equal(t, instant("2026-10-30T15:00:00Z"), changes[0].Since, "Friday, 16:00 local time, after the clocks "+
		"went back")
}

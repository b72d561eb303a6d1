package domain

import (
	"slices"
	"time"

	"tenure/events"
)

// Presence is T6 to T8: what she chose ends at its expiry, changes by itself at times of day, and is covered while an
// override lasts. There are two layers: what is seen, and under an override what she comes back to. Expiry and automatic
// changes act on the lower one.

// The published states, and the one in which nothing changes by itself.
const (
	presenceAvailable = "AVAILABLE"
	presenceHoliday   = "HOLIDAY"
)

var (
	presenceStates     = set(presenceAvailable, "BUSY", "OUT_OF_OFFICE", "OFF_WORK", presenceHoliday)
	autoPresenceStates = set(presenceAvailable, "BUSY", "OUT_OF_OFFICE", "OFF_WORK")
	overrideSources    = set("MS365_CALENDAR", "MS365_TEAMS")
)

// presence is her presence, available before anything was set.
func (e *Employee) presence() events.Presence {
	if e.Presence == nil {
		return events.Presence{State: presenceAvailable}
	}
	return *e.Presence
}

// chosen is the state that she chose, seen or under an override.
func chosen(p events.Presence) string {
	if len(p.Overrides) > 0 {
		return p.OriginalState
	}
	return p.State
}

// choose puts a state and a message where what she chose stands.
func choose(p events.Presence, state, message string) events.Presence {
	if len(p.Overrides) > 0 {
		p.OriginalState, p.Personal.OriginalMessage = state, message
		return p
	}
	p.State, p.Personal.Message = state, message
	return p
}

// begin covers her presence with an override: the first saves what she chose, the newest is seen (T8).
func begin(p events.Presence, o events.Override) events.Presence {
	if len(p.Overrides) == 0 {
		p.OriginalState, p.Personal.OriginalMessage = p.State, p.Personal.Message
	}
	p.Overrides = append(withoutOverride(p.Overrides, o.ID), o)
	p.State, p.Personal.Message = o.State, ""
	return p
}

// end takes an override away; the last one restores what she chose.
func end(p events.Presence, id string) events.Presence {
	p.Overrides = withoutOverride(p.Overrides, id)
	if n := len(p.Overrides); n > 0 {
		p.State = p.Overrides[n-1].State
		return p
	}
	p.State, p.Personal.Message = p.OriginalState, p.Personal.OriginalMessage
	p.OriginalState, p.Personal.OriginalMessage, p.Overrides = "", "", nil
	return p
}

func withoutOverride(list []events.Override, id string) []events.Override {
	return without(list, id, func(o events.Override) string { return o.ID })
}

// advancePresence gives what time did to her presence up to an instant. After an outage only the latest automatic change
// that was missed is made: the state is the same as with all of them (T7).
func (e *Employee) advancePresence(w World, until time.Time) []events.Event {
	now, since := e.presence(), e.PresenceSince
	var out []events.Event
	change := func(to events.Presence, cause string, at time.Time) {
		out = append(out, events.PresenceChanged{Presence: to, Cause: cause, Since: at.UTC()})
		now, since = to, at
	}
	if expire := now.Expire; expire != nil && !expire.After(until) {
		if to, at, ok := e.automatic(w, now, since, *expire); ok {
			change(to, "AUTO", at)
		}
		to := choose(now, presenceAvailable, "")
		to.Expire = nil
		change(to, "EXPIRED", *expire)
	}
	if to, at, ok := e.automatic(w, now, since, until); ok {
		change(to, "AUTO", at)
	}
	return out
}

// automatic is the latest change of hers after since and up to until, unless it changes nothing or she is on holiday.
func (e *Employee) automatic(w World, p events.Presence, since, until time.Time) (events.Presence, time.Time, bool) {
	if len(e.Auto) == 0 || chosen(p) == presenceHoliday {
		return p, time.Time{}, false
	}
	var latest time.Time
	var state string
	for day := w.dayOf(until); latest.IsZero() && day.AddDate(0, 0, 1).After(since) && until.Sub(day) < autoWeek; day = day.AddDate(0, 0, -1) {
		for _, slot := range e.Auto {
			at, ok := slotOn(slot, day)
			if ok && at.After(since) && !at.After(until) && !at.Before(latest) {
				latest, state = at, slot.State
			}
		}
	}
	if latest.IsZero() || state == chosen(p) {
		return p, time.Time{}, false
	}
	return choose(p, state, messageOf(p)), latest, true
}

// autoWeek bounds how far back or ahead an automatic change is looked for: each comes at least once a week.
const autoWeek = 9 * 24 * time.Hour

func messageOf(p events.Presence) string {
	if len(p.Overrides) > 0 {
		return p.Personal.OriginalMessage
	}
	return p.Personal.Message
}

// slotOn is the instant of an automatic change on a local day, given by its midnight.
func slotOn(slot events.AutoPresence, day time.Time) (time.Time, bool) {
	if !slices.Contains(slot.WeekDays, int(day.Weekday())) {
		return time.Time{}, false
	}
	clock, err := time.Parse(timeOfDay, slot.TimeOfDay)
	if err != nil {
		return time.Time{}, false // refused when it was set
	}
	return time.Date(day.Year(), day.Month(), day.Day(), clock.Hour(), clock.Minute(), 0, 0, day.Location()), true
}

// timeOfDay is how the time of an automatic change is written.
const timeOfDay = "15:04"

// dayOf is the local midnight before an instant.
func (w World) dayOf(at time.Time) time.Time {
	local := at.In(w.Policy.Zone())
	return time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, local.Location())
}

// presenceDue is when time changes her presence next, after now: what was due before is done.
func (e *Employee) presenceDue(w World) time.Time {
	p := e.presence()
	due := e.nextAutomatic(w, p)
	if p.Expire != nil && (due.IsZero() || p.Expire.Before(due)) {
		due = *p.Expire
	}
	return due
}

func (e *Employee) nextAutomatic(w World, p events.Presence) time.Time {
	var next time.Time
	if len(e.Auto) == 0 || chosen(p) == presenceHoliday {
		return next
	}
	today := w.dayOf(w.Now)
	for day := today; next.IsZero() && day.Sub(today) < autoWeek; day = day.AddDate(0, 0, 1) {
		for _, slot := range e.Auto {
			at, ok := slotOn(slot, day)
			if ok && at.After(w.Now) && slot.State != chosen(p) && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
	}
	return next
}

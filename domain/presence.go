package domain

import (
	"cmp"
	"slices"
	"time"

	"tenure/billing"
	"tenure/events"
)

// Presence is T6 to T8: what it chose ends at its expiry, changes by itself at times of day, and is covered while an
// override lasts. There are two layers: what is seen, and under an override what it comes back to. Expiry and automatic
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

// presence is its presence, available before anything was set.
func (e *Employee) presence() events.Presence {
	if e.Presence == nil {
		return events.Presence{State: presenceAvailable}
	}
	return *e.Presence
}

// chosen is the state that it chose, seen or under an override.
func chosen(p events.Presence) string {
	if len(p.Overrides) > 0 {
		return p.OriginalState
	}
	return p.State
}

// choose puts a state and a message where what it chose stands.
func choose(p events.Presence, state, message string) events.Presence {
	if len(p.Overrides) > 0 {
		p.OriginalState, p.Personal.OriginalMessage = state, message
		return p
	}
	p.State, p.Personal.Message = state, message
	return p
}

// begin covers its presence with an override, or changes one that lasts: the first saves what it chose, the one that
// began last is seen with its message (T8).
func begin(p events.Presence, o events.Override, message string) events.Presence {
	if len(p.Overrides) == 0 {
		p.OriginalState, p.Personal.OriginalMessage = p.State, p.Personal.Message
	}
	p.Overrides = slices.Clone(p.Overrides)
	at := slices.IndexFunc(p.Overrides, func(lasting events.Override) bool { return lasting.ID == o.ID })
	if at < 0 {
		at = len(p.Overrides)
		p.Overrides = append(p.Overrides, o)
	}
	p.Overrides[at] = o
	if at == len(p.Overrides)-1 {
		p.State, p.Personal.Message = o.State, message
	}
	return p
}

// end takes an override away. The last one restores what it chose; before that the newest of the others is seen.
func end(p events.Presence, id string) events.Presence {
	seen := p.Overrides[len(p.Overrides)-1].ID
	p.Overrides = withoutOverride(p.Overrides, id)
	switch n := len(p.Overrides); {
	case n == 0:
		p.State, p.Personal.Message = p.OriginalState, p.Personal.OriginalMessage
		p.OriginalState, p.Personal.OriginalMessage, p.Overrides = "", "", nil
	case seen == id:
		p.State, p.Personal.Message = p.Overrides[n-1].State, ""
	}
	return p
}

func withoutOverride(list []events.Override, id string) []events.Override {
	return without(list, id, func(o events.Override) string { return o.ID })
}

// advancePresence gives what time did to its presence up to an instant. After an outage only the latest automatic
// change that was missed is made: the state is the same as with all of them (T7).
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
		} else {
			to := choose(now, presenceAvailable, "")
			to.Expire = nil
			change(to, "EXPIRED", *expire)
		}
	}
	if to, at, ok := e.automatic(w, now, since, until); ok {
		change(to, "AUTO", at)
	}
	return out
}

// automatic is the employee's latest change after since and up to until, unless it changes nothing or it is on holiday.
func (e *Employee) automatic(w World, p events.Presence, since, until time.Time) (events.Presence, time.Time, bool) {
	if len(e.Auto) == 0 || chosen(p) == presenceHoliday {
		return p, time.Time{}, false
	}
	today := w.dayOf(until)
	for day := today; day > today.AddDays(-autoDays) && w.Midnight(day+1).After(since); day-- {
		changes := e.automaticOn(w, day)
		for i := len(changes) - 1; i >= 0; i-- {
			latest := changes[i]
			if latest.at.After(until) || !latest.at.After(since) {
				continue
			}
			if e.settled(p, latest.state) {
				return p, time.Time{}, false
			}
			to := choose(p, latest.state, "") // the message and the expiry were those of the state that is over
			to.Expire = nil
			return to, latest.at, true
		}
	}
	return p, time.Time{}, false
}

// settled reports whether an automatic change to a state changes nothing: it was chosen already, and with neither a
// message nor an expiry that the change would take away. Before anything was set an employee counts as available but
// nothing says so: the first automatic change says it, or the state would depend on how many changes an outage has
// swallowed.
func (e *Employee) settled(p events.Presence, state string) bool {
	return e.Presence != nil && state == chosen(p) && p.Expire == nil && messageOf(p) == ""
}

// messageOf is the message of the state that was chosen.
func messageOf(p events.Presence) string {
	if len(p.Overrides) > 0 {
		return p.Personal.OriginalMessage
	}
	return p.Personal.Message
}

// autoDays bounds how far back or ahead an automatic change is looked for: each comes at least once a week.
const autoDays = 8

// automaticChange is one of the employee's automatic changes on one day.
type automaticChange struct {
	at    time.Time
	clock time.Duration // since midnight, as the list says
	state string
}

// automaticOn gives its automatic changes of a local day in the order in which they happen. Of several at one instant
// the last one holds: the later time of day where the clocks jumped over both, else the later in the list.
func (e *Employee) automaticOn(w World, day billing.Date) []automaticChange {
	weekday := int(day.Time().Weekday())
	var all []automaticChange
	for _, slot := range e.Auto {
		if !slices.Contains(slot.WeekDays, weekday) {
			continue
		}
		clock, err := sinceMidnight(slot.TimeOfDay)
		if err != nil {
			continue // refused when it was set
		}
		all = append(all, automaticChange{wallClock(day, clock, w.Policy.Zone()), clock, slot.State})
	}
	slices.SortStableFunc(all, func(a, b automaticChange) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.clock, b.clock))
	})
	return all
}

// timeOfDay is how the time of an automatic change is written.
const timeOfDay = "15:04"

func sinceMidnight(text string) (time.Duration, error) {
	clock, err := time.Parse(timeOfDay, text)
	return time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute, err
}

// presenceDue is when time changes its presence next, after now: what was due before is done.
func (e *Employee) presenceDue(w World) time.Time {
	p := e.presence()
	due := e.nextAutomatic(w, p)
	if p.Expire != nil {
		due = sooner(due, *p.Expire)
	}
	return due
}

// nextAutomatic is the next instant whose automatic change would change something.
func (e *Employee) nextAutomatic(w World, p events.Presence) time.Time {
	if len(e.Auto) == 0 || chosen(p) == presenceHoliday {
		return time.Time{}
	}
	today := w.dayOf(w.Now)
	for day := today; day < today.AddDays(autoDays); day++ {
		changes := e.automaticOn(w, day)
		for i, change := range changes {
			outdone := i+1 < len(changes) && changes[i+1].at.Equal(change.at)
			if change.at.After(w.Now) && !outdone && !e.settled(p, change.state) {
				return change.at
			}
		}
	}
	return time.Time{}
}

package domain

import (
	"encoding/json"
	"time"

	"tenure/access"
	"tenure/events"
)

// SetPresence is employee.set_presence: the employee chooses a state, or another system begins or ends an override.
// With a state what it chose is replaced whole; without one the properties that are given change and the others stay.
type SetPresence struct {
	State    string           `json:"state"`
	Location *string          `json:"location"`
	Message  *string          `json:"message"` // of the state; with an override and no state, what is seen while it lasts
	Expire   presenceUntil    `json:"expire"`
	Override *events.Override `json:"override"` // begins, or changes, an override; its id is its own over all sources
	// EndOverride is the id of the override that ends.
	EndOverride string `json:"endOverride"`
}

// presenceUntil is when a state ends: not given, null for never, or an instant.
type presenceUntil struct {
	given bool
	at    *time.Time
}

var errPresenceExpire = reject(statusUnprocessable, "presence.expire", "Not a valid date")

// UnmarshalJSON notes that it was given, also as null, and refuses in the published words.
func (u *presenceUntil) UnmarshalJSON(data []byte) error {
	u.given = true
	if json.Unmarshal(data, &u.at) != nil {
		return errPresenceExpire
	}
	return nil
}

// Kind is employee.
func (SetPresence) Kind() string { return KindEmployee }

// Operation is change profile.
func (SetPresence) Operation() access.Operation { return access.ChangeProfile }

func (c SetPresence) decide(e *Employee, w World) ([]events.Event, error) {
	if err := join(c.check(e, w)); err != nil {
		return nil, err
	}
	was := e.presence()
	to, cause := was, "COMMAND"
	switch {
	case c.Override != nil:
		to, cause = begin(was, *c.Override, c.overrideMessage()), "OVERRIDE"
	case overridden(was, c.EndOverride):
		to, cause = end(was, c.EndOverride), "OVERRIDE"
	}
	to = c.choose(to)
	if c.Location != nil {
		to.Personal.Location = *c.Location
	}
	if sameJSON(was, to) && (e.Presence != nil || c.State == "") {
		return nil, nil
	}
	return []events.Event{events.PresenceChanged{Presence: to, Cause: cause, Since: w.Now}}, nil
}

// overrideMessage is what is seen while the override lasts.
func (c SetPresence) overrideMessage() string {
	if c.State != "" || c.Message == nil {
		return ""
	}
	return *c.Message
}

// choose puts what it chose where it stands, under the overrides that last.
func (c SetPresence) choose(p events.Presence) events.Presence {
	switch {
	case c.State != "":
		message := ""
		if c.Message != nil {
			message = *c.Message
		}
		p = choose(p, c.State, message)
		p.Expire = utc(c.Expire.at)
		return p
	case c.Message != nil && c.Override == nil:
		p = choose(p, chosen(p), *c.Message)
	}
	if c.Expire.given {
		p.Expire = utc(c.Expire.at)
	}
	return p
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC().Truncate(time.Millisecond)
	return &u
}

func overridden(p events.Presence, id string) bool {
	return len(withoutOverride(p.Overrides, id)) < len(p.Overrides)
}

func (c SetPresence) check(e *Employee, w World) []*Rejection {
	var found []*Rejection
	if c.Location != nil {
		found = append(found, nonNil(checkText("presence.location", *c.Location, presenceTextMax, true))...)
	}
	if c.Message != nil {
		found = append(found, nonNil(checkText("presence.message", *c.Message, presenceTextMax, true))...)
	}
	if c.State != "" && !presenceStates[c.State] {
		found = append(found, reject(statusUnprocessable, "presence.state", "Presence state is invalid"))
	}
	if c.Expire.at != nil && !c.Expire.at.After(w.Now) {
		found = append(found, errPresenceExpire)
	}
	found = append(found, c.checkOverride(e)...)
	if c.empty() {
		found = append(found, invalid("state", "is required"))
	}
	return found
}

func (c SetPresence) checkOverride(e *Employee) (found []*Rejection) {
	o := c.Override
	if o == nil {
		return nil
	}
	if o.ID == "" || !overrideSources[o.Source] || !presenceStates[o.State] {
		found = append(found, invalid("override", "needs an id, a source (MS365_CALENDAR, MS365_TEAMS) and a state"))
	}
	if !overridden(e.presence(), o.ID) && len(e.presence().Overrides) >= overridesMax {
		found = append(found, invalid("override", "An employee has at most 20 overrides at once"))
	}
	return found
}

// empty reports whether nothing is asked for.
func (c SetPresence) empty() bool {
	return c.State == "" && c.Override == nil && c.EndOverride == "" && c.Location == nil && c.Message == nil &&
		!c.Expire.given
}

// overridesMax bounds the overrides at once: meetings overlap, but not by the hundred.
const overridesMax = 20

// autoPresenceMax bounds its automatic changes: three for every day of a week.
const autoPresenceMax = 21

// checkAutoPresence refuses what could never come due.
func checkAutoPresence(slots []events.AutoPresence) *Rejection {
	if len(slots) > autoPresenceMax {
		return invalid("autoPresence", "has at most 21 items")
	}
	for _, slot := range slots {
		if _, err := sinceMidnight(slot.TimeOfDay); err != nil {
			return invalid("autoPresence.timeOfDay", "must be a time of day such as 16:00")
		}
		if !autoPresenceStates[slot.State] {
			return invalid("autoPresence.state", "must be AVAILABLE, BUSY, OUT_OF_OFFICE or OFF_WORK")
		}
		if len(slot.WeekDays) == 0 {
			return invalid("autoPresence.weekDays", "must name at least one day, 0 for Sunday to 6 for Saturday")
		}
		for _, day := range slot.WeekDays {
			if day < 0 || day > 6 {
				return invalid("autoPresence.weekDays", "must be 0 for Sunday to 6 for Saturday")
			}
		}
	}
	return nil
}

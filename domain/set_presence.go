package domain

import (
	"time"

	"tenure/events"
)

// SetPresence is employee.set_presence: she chooses a state, or another system begins or ends an override.
type SetPresence struct {
	State       string           `json:"state"`
	Location    *string          `json:"location"`
	Message     string           `json:"message"`
	Expire      *time.Time       `json:"expire"`
	Override    *events.Override `json:"override"`    // begins, or changes, an override
	EndOverride string           `json:"endOverride"` // id of the override that ends
}

// Kind is employee.
func (SetPresence) Kind() string { return KindEmployee }

func (c SetPresence) decide(e *Employee, w World) ([]events.Event, error) {
	if err := join(c.check(e, w)); err != nil {
		return nil, err
	}
	was := e.presence()
	to, cause := was, "COMMAND"
	switch {
	case c.Override != nil:
		to, cause = begin(was, *c.Override), "OVERRIDE"
	case c.EndOverride != "":
		if !overridden(was, c.EndOverride) {
			return nil, nil
		}
		to, cause = end(was, c.EndOverride), "OVERRIDE"
	}
	if c.State != "" {
		to = choose(to, c.State, c.Message)
		to.Expire = utc(c.Expire)
	}
	if c.Location != nil {
		to.Personal.Location = *c.Location
	}
	if e.Presence != nil && sameJSON(was, to) {
		return nil, nil
	}
	return []events.Event{events.PresenceChanged{Presence: to, Cause: cause, Since: w.Now}}, nil
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
	if c.State != "" && !presenceStates[c.State] {
		found = append(found, reject(statusUnprocessable, "presence.state", "Presence state is invalid"))
	}
	if c.Expire != nil && !c.Expire.After(w.Now) {
		found = append(found, reject(statusUnprocessable, "presence.expire", "Not a valid date"))
	}
	if o := c.Override; o != nil {
		if o.ID == "" || !overrideSources[o.Source] || !presenceStates[o.State] {
			found = append(found, invalid("override", "needs an id, a source (MS365_CALENDAR, MS365_TEAMS) and a state"))
		}
		if !overridden(e.presence(), o.ID) && len(e.presence().Overrides) >= overridesMax {
			found = append(found, invalid("override", "An employee has at most 20 overrides at once"))
		}
	}
	if c.State == "" && c.Override == nil && c.EndOverride == "" && c.Location == nil {
		found = append(found, invalid("state", "is required"))
	}
	return found
}

// overridesMax bounds the overrides at once: meetings overlap, but not by the hundred.
const overridesMax = 20

// autoPresenceMax bounds her automatic changes: three for every day of a week.
const autoPresenceMax = 21

// checkAutoPresence refuses what could never come due.
func checkAutoPresence(slots []events.AutoPresence) *Rejection {
	if len(slots) > autoPresenceMax {
		return invalid("autoPresence", "has at most 21 items")
	}
	for _, slot := range slots {
		if _, err := time.Parse(timeOfDay, slot.TimeOfDay); err != nil {
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

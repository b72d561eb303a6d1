package events

import "time"

// Override is a state that another system, such as a calendar, puts over the one it chose, while it lasts.
type Override struct {
	ID     string `json:"id"`
	Source string `json:"source"` // MS365_CALENDAR, MS365_TEAMS
	State  string `json:"state"`
}

// Presence is what others see of its availability. Under an override OriginalState and what belongs to it is what it
// comes back to.
type Presence struct {
	State         string           `json:"state"`
	Expire        *time.Time       `json:"expire,omitempty"`    // when the state it chose ends
	Overrides     []Override       `json:"overrides,omitempty"` // oldest first: the last one is seen
	OriginalState string           `json:"originalState,omitempty"`
	Personal      PresencePersonal `json:"personal"`
}

// PresencePersonal is what employees write about themselves.
type PresencePersonal struct {
	Location        string `json:"location,omitempty"`
	Message         string `json:"message,omitempty"`
	OriginalMessage string `json:"originalMessage,omitempty"`
}

// PresenceChanged is its presence as a whole after a change, and what changed it.
type PresenceChanged struct {
	Presence Presence  `json:"presence"`
	Cause    string    `json:"cause"` // COMMAND, EXPIRED, AUTO, OVERRIDE
	Since    time.Time `json:"since"` // the instant of the change; what time does later begins there
}

// EventType is employee.presence_changed.v1.
func (PresenceChanged) EventType() string { return "employee.presence_changed.v1" }

// AutoPresence is a state that it takes at a local time of day on some week days.
type AutoPresence struct {
	WeekDays  []int  `json:"weekDays"`  // 0 Sunday … 6 Saturday
	TimeOfDay string `json:"timeOfDay"` // 16:00
	State     string `json:"state"`
}

// AutoPresenceSet replaces the list of its automatic changes; those due before Since are not made up for.
type AutoPresenceSet struct {
	Slots []AutoPresence `json:"autoPresence"`
	Since time.Time      `json:"since"`
}

// EventType is employee.auto_presence_set.v1.
func (AutoPresenceSet) EventType() string { return "employee.auto_presence_set.v1" }

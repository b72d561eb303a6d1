package contract

import "encoding/json"

// Activity is what other systems know of an employee now: the value of a message on employee.activity, whole each time.
// Properties have the published names; what is not among them is not shown.
type Activity struct {
	Extensions []ActivityExtension `json:"extensions,omitempty"`
	Calls      []Call              `json:"calls,omitempty"`
	Calendar   []CalendarEvent     `json:"calendar,omitempty"`
	Groups     []Group             `json:"groups,omitempty"`
}

// ActivityExtension is what the PBX knows of an extension besides its number.
type ActivityExtension struct {
	ID       string          `json:"_id"`
	Direct   string          `json:"direct,omitempty"`
	Mobile   []string        `json:"mobile,omitempty"`
	Redirect string          `json:"redirect,omitempty"`
	Phones   json.RawMessage `json:"phones,omitempty"` // list as published
}

// Group is a PBX group that the employee is in; its permission lets the employee see whom its other members talk to.
type Group struct {
	ID             string `json:"_id"`
	ViewOtherParty bool   `json:"viewOtherParty"`
}

// Call is a call that an extension has.
type Call struct {
	ID              string   `json:"_id"` // <pbx-hostname>:<channel-id>
	Customer        string   `json:"customer,omitempty"`
	Extension       string   `json:"extension"`
	State           string   `json:"state"` // CALL_START, CALL_RING, CALL_ANSWER, CALL_HOLD
	Started         *Instant `json:"started,omitempty"`
	Ringing         *Instant `json:"ringing,omitempty"`
	Answered        *Instant `json:"answered,omitempty"`
	Caller          *Party   `json:"caller,omitempty"`
	Callee          *Party   `json:"callee,omitempty"`
	SessionID       string   `json:"sessionId,omitempty"`
	Channel         string   `json:"channel,omitempty"`
	CallID          string   `json:"callId,omitempty"`
	Direction       string   `json:"direction,omitempty"` // I, O
	Leg             string   `json:"leg,omitempty"`       // I, O
	Originator      string   `json:"originator,omitempty"`
	Device          string   `json:"device,omitempty"`
	PBX             string   `json:"pbx,omitempty"`
	CallerChannelID string   `json:"callerChannelId,omitempty"`
	// PersonalPhonebook says that the other party is in the employee's own phone book. It decides what is shown and is not
	// shown itself.
	PersonalPhonebook bool `json:"personalPhonebook,omitempty"`
}

// Party is one end of a call.
type Party struct {
	Number    string `json:"number,omitempty"`
	Name      string `json:"name,omitempty"`
	Secret    bool   `json:"secret,omitempty"`
	QueueID   string `json:"queueId,omitempty"`
	QueueName string `json:"queueName,omitempty"`
}

// CalendarEvent is an event in the employee's calendar.
type CalendarEvent struct {
	ID                   string     `json:"_id"`
	Subject              string     `json:"subject,omitempty"`
	Start                *Instant   `json:"start,omitempty"`
	End                  *Instant   `json:"end,omitempty"`
	IsAllDay             bool       `json:"isAllDay"`
	Type                 string     `json:"type,omitempty"`
	ShowAs               string     `json:"showAs,omitempty"`
	Sensitivity          string     `json:"sensitivity,omitempty"` // normal, personal, private, confidential
	IsOrganizer          bool       `json:"isOrganizer"`
	Organizer            *Organizer `json:"organizer,omitempty"`
	IsOnlineMeeting      bool       `json:"isOnlineMeeting"`
	OnlineMeetingJoinURL string     `json:"onlineMeetingJoinUrl,omitempty"`
}

// Organizer made a calendar event.
type Organizer struct {
	EmailAddress string `json:"emailAddress,omitempty"`
	Name         string `json:"name,omitempty"`
}

package domain

// The statuses of an outcome. Applied and rejected are final; a parked command gets its final one when it is released.
const (
	StatusApplied  = "applied"
	StatusRejected = "rejected"
	StatusParked   = "parked"
)

// Outcome is the result of a command, as it is published on employee.outcomes.
type Outcome struct {
	Command   string     `json:"command"` // the command's id
	Subject   string     `json:"subject"`
	Type      string     `json:"type"`
	Status    string     `json:"status"`
	Position  string     `json:"position,omitempty"` // shard:position of the last event: readers at it see the effect
	Events    []string   `json:"events,omitempty"`   // types, in order; none when nothing had to change
	Error     *Rejection `json:"error,omitempty"`
	Warnings  []string   `json:"warnings,omitempty"`
	Reason    string     `json:"reason,omitempty"`    // why it is parked
	Duplicate bool       `json:"duplicate,omitempty"` // this answer was given before
}

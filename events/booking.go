package events

import "github.com/google/uuid"

// LineRefused is a line that an integration did not book, and what it said.
type LineRefused struct {
	Line    uuid.UUID `json:"line"`
	Message string    `json:"message"`
}

// DocumentAcknowledged says that an integration, such as an accounting program, has booked the lines of a run that
// stand in a document. What it says of the same run later replaces this.
type DocumentAcknowledged struct {
	Integration string        `json:"integration"`
	Run         string        `json:"run"`
	Lines       int64         `json:"lines"` // that it has booked
	Hash        uuid.UUID     `json:"hash"`  // XOR of their ids
	Refused     []LineRefused `json:"refused,omitempty"`
}

// EventType is billing.acknowledged.v1.
func (DocumentAcknowledged) EventType() string { return "billing.acknowledged.v1" }

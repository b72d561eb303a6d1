package events

import "github.com/google/uuid"

// What operators do to parked messages and to states is part of the log: who, why, and which message, never its
// content. These events stand in their own streams, repair/<the stream, or topic/partition of a message without
// one>. They are not published.

// ParkedRetried says that what was parked was decided again, as far as it went.
type ParkedRetried struct {
	Request  uuid.UUID `json:"request"`
	By       string    `json:"by"`
	Reason   string    `json:"reason"`
	Messages int64     `json:"messages"`         // that are no longer parked
	Failed   string    `json:"failed,omitempty"` // topic/partition/offset of the one that is parked again; empty: none
	Why      string    `json:"why,omitempty"`    // the reason for which it is
}

// EventType is repair.retried.v1.
func (ParkedRetried) EventType() string { return "repair.retried.v1" }

// ParkedEdited says that something else was put in the place of a message. Was and Is are SHA-256 of key and value, in
// hex.
type ParkedEdited struct {
	Request uuid.UUID `json:"request"`
	By      string    `json:"by"`
	Reason  string    `json:"reason"`
	Place   string    `json:"place"` // topic/partition/offset
	Was     string    `json:"was"`
	Is      string    `json:"is"`
}

// EventType is repair.edited.v1.
func (ParkedEdited) EventType() string { return "repair.edited.v1" }

// ParkedDiscarded says that a message will never be decided on.
type ParkedDiscarded struct {
	Request uuid.UUID `json:"request"`
	By      string    `json:"by"`
	Reason  string    `json:"reason"`
	Place   string    `json:"place"`             // topic/partition/offset
	Command string    `json:"command,omitempty"` // the command's id, where it could be read
}

// EventType is repair.discarded.v1.
func (ParkedDiscarded) EventType() string { return "repair.discarded.v1" }

// StateRewritten says that a stream's events were folded again and the result put in the place of its state. Was and Is
// are SHA-256 of the two states, in hex; Was is empty when there was none.
type StateRewritten struct {
	Request uuid.UUID `json:"request"`
	By      string    `json:"by"`
	Reason  string    `json:"reason"`
	Version int32     `json:"version"` // of the stream, to which was folded
	Was     string    `json:"was,omitempty"`
	Is      string    `json:"is"`
}

// EventType is repair.state_rewritten.v1.
func (StateRewritten) EventType() string { return "repair.state_rewritten.v1" }

package domain

import "tenure/events"

// KindRepair is the kind of streams that say what operators did to what was parked, and to states. Its id is the stream
// that it was done to, or topic/partition of a message that belongs to none.
const KindRepair = "repair"

// Repairs is the state of such a stream: how often each thing was done. It answers no command: the worker records what
// it does on an operator's request.
type Repairs struct {
	noTimers
	ID        string `json:"-"`
	Retried   int64  `json:"retried,omitempty"`
	Edited    int64  `json:"edited,omitempty"`
	Discarded int64  `json:"discarded,omitempty"`
	Rewritten int64  `json:"rewritten,omitempty"`
}

// Evolve counts.
func (r *Repairs) Evolve(e events.Event) {
	switch e.(type) {
	case events.ParkedRetried:
		r.Retried++
	case events.ParkedEdited:
		r.Edited++
	case events.ParkedDiscarded:
		r.Discarded++
	case events.StateRewritten:
		r.Rewritten++
	}
}

// Decide refuses every command.
func (*Repairs) Decide(Command, World) ([]events.Event, error) { return nil, errNotOnStream }

var _ Subject = (*Repairs)(nil)

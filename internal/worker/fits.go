package worker

import (
	"encoding/json"
	"fmt"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
)

// What cannot be published is not decided: nothing takes an event back once it is in the log, and a relay that meets
// one which no broker takes would stop everything behind it.

// encoded are decided events with their payloads.
type encoded struct {
	events   []events.Event
	payloads [][]byte
}

func encode(decided []events.Event) (encoded, error) {
	all := encoded{decided, make([][]byte, len(decided))}
	for i, e := range decided {
		raw, err := events.Encode(e)
		if err != nil {
			return encoded{}, err
		}
		all.payloads[i] = raw
	}
	return all, nil
}

// unfit refuses a command one of whose events no message can hold; nil: all fit.
func (e encoded) unfit() *domain.Rejection {
	for i, raw := range e.payloads {
		if len(raw) > bus.OwnValueBytesMax {
			return &domain.Rejection{Status: 413, Code: "command", Check: "size", Message: fmt.Sprintf(
				"The command would lead to %s of %d bytes, and a message has at most %d",
				e.events[i].EventType(), len(raw), bus.OwnValueBytesMax)}
		}
	}
	return nil
}

// encodeOutcome writes an outcome so that a message can hold it: what is listed in it is cut, its status is not.
func encodeOutcome(a domain.Outcome) ([]byte, error) {
	raw, err := json.Marshal(a)
	for err == nil && len(raw) > bus.OwnValueBytesMax && shorten(&a) {
		raw, err = json.Marshal(a)
	}
	return raw, err
}

// errorBytesMax is what is left of the text of an error that alone is too long.
const errorBytesMax = 1_000

// shorten leaves out half of the longest list of an outcome, or what is long in its error; false when nothing is left
// to leave out. It does not change what others hold.
func shorten(a *domain.Outcome) bool {
	switch {
	case a.Error != nil && len(a.Error.Inner) > 1:
		kept := *a.Error
		kept.Inner = kept.Inner[:len(kept.Inner)/2]
		kept.Message = fmt.Sprintf("Multiple errors, of which these are the first %d", len(kept.Inner))
		a.Error = &kept
	case len(a.Warnings) > 0:
		a.Warnings = a.Warnings[:len(a.Warnings)/2]
	case len(a.Events) > 1:
		a.Events = a.Events[:len(a.Events)/2]
	case a.Error != nil && (len(a.Error.Inner) > 0 || len(a.Error.Message) > errorBytesMax):
		first := *a.Error
		if len(first.Inner) > 0 {
			first = *first.Inner[0]
		}
		a.Error = &domain.Rejection{Status: first.Status, Code: cut(first.Code, errorBytesMax),
			Message: cut(first.Message, errorBytesMax), Path: cut(first.Path, errorBytesMax), Check: first.Check}
	default:
		return false
	}
	return true
}

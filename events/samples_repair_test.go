package events_test

import (
	"strings"

	"github.com/google/uuid"

	"tenure/events"
)

func repairSamples() []events.Event {
	request := uuid.MustParse("7d1f0c1e-5a0b-4a53-9d7c-2f6a6f3a0c11")
	was, is := strings.Repeat("0a", 32), strings.Repeat("1b", 32)
	return []events.Event{
		events.ParkedRetried{Request: request, By: "operator", Reason: "the fault is mended", Messages: 3,
			Failed: "employee.commands/3/17", Why: "broken"},
		events.ParkedEdited{Request: request, By: "operator", Reason: "a comma was missing", Place: "employee.commands/3/17",
			Was: was, Is: is},
		events.ParkedDiscarded{Request: request, By: "operator", Reason: "sent by mistake", Place: "employee.commands/3/17",
			Command: "c-1"},
		events.StateRewritten{Request: request, By: "operator", Reason: "the row was lost", Version: 12, Was: was, Is: is},
	}
}

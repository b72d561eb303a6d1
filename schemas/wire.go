package schemas

import "tenure/events"

// The types of messages that are neither a command nor a fact of the log.
const (
	TypeLine     = events.TypeLine
	TypeOutcome  = "command.outcome.v1"
	TypeActivity = "employee.activity.v1"
)

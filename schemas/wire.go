package schemas

import (
	"tenure/contract"
	"tenure/events"
)

// The types of messages that are neither a command nor a fact of the log.
const (
	TypeLine       = events.TypeLine
	TypeOutcome    = contract.TypeOutcome
	TypeDeadLetter = contract.TypeDeadLetter
	TypeActivity   = contract.TypeActivity
)

package contract

// The types of messages that are neither a command nor an event of the log. That of an invoice line is in package
// events.
const (
	// TypeOutcome is the outcome of a command, on employee.outcomes.
	TypeOutcome = "command.outcome.v1"
	// TypeDeadLetter is a message that was parked, on dead.letters.
	TypeDeadLetter = "message.parked.v1"
	// TypeActivity is what other systems know of an employee, on employee.activity.
	TypeActivity = "employee.activity.v1"
)

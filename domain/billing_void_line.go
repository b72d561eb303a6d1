package domain

import (
	"github.com/google/uuid"

	"tenure/events"
)

// VoidLine is billing.void_line, sent with the employee's key to employee.commands: the next run credits what is left
// of a line, and its days are not billed again.
type VoidLine struct {
	OperatorRequest
	Line uuid.UUID `json:"line"` // a charge that still covers days
}

var errLineNotFound = reject(
	statusNotFound,
	"line",
	"No line of the employee with that id covers any day; an adjustment is taken back by another",
)

func (c VoidLine) decide(e *Employee, w World) ([]events.Event, error) {
	if refused := checkWork(c.Reason); refused != nil {
		return nil, refused
	}
	if e.waits(func(piece events.BillingWorkOrdered) bool { return c.Line != uuid.Nil && piece.VoidLine == c.Line }) {
		return nil, nil
	}
	account := e.account(w)
	if _, err := account.Void(&w.Policy, c.Line, c.Reason, w.who()); err != nil {
		return nil, errLineNotFound // the only other reason is a missing one
	}
	work := e.order(w, c.Reason)
	work.VoidLine = c.Line
	return e.ordered(work)
}

package domain

import (
	"github.com/google/uuid"

	"tenure/billing"
	"tenure/events"
)

// CreditLine is billing.credit_line, sent with the employee's key to employee.commands: the next run gives back a part
// of a line. It lowers what is left of the line, so that no later credit gives back more than was charged (rule 30).
type CreditLine struct {
	OperatorRequest
	Line   uuid.UUID       `json:"line"`   // a charge that still covers days
	Amount *billing.Amount `json:"amount"` // above 0, in the line's currency
	Share  *billing.Amount `json:"share"`  // instead of an amount: above 0, at most 1
}

func (c CreditLine) decide(e *Employee, w World) ([]events.Event, error) {
	if refused := checkWork(c.Reason); refused != nil {
		return nil, refused
	}
	work := e.order(w, c.Reason)
	work.LineCredit = &events.LineCredit{Line: c.Line, Amount: c.Amount, Share: c.Share}
	// What waits for the run already is taken off before.
	account := e.account(w)
	account.Billed = e.Billed.Clone()
	for _, piece := range e.Work {
		if piece.LineCredit == nil {
			continue
		}
		if l, err := account.CreditLine(&w.Policy, lineCredit(piece)); err == nil {
			account.Billed.Apply(l)
		}
	}
	if _, err := account.CreditLine(&w.Policy, lineCredit(work)); err != nil {
		if billing.IsNoLine(err) {
			return nil, errLineNotFound
		}
		return nil, invalid("amount", cause(err))
	}
	return e.ordered(work)
}

// lineCredit is the piece of work as billing takes it.
func lineCredit(work events.BillingWorkOrdered) billing.LineCredit {
	c := work.LineCredit
	return billing.LineCredit{Line: c.Line, Amount: c.Amount, Share: c.Share, Reason: work.Reason, Actor: work.Actor}
}

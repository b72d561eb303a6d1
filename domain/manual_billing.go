package domain

import (
	"slices"
	"strings"

	"tenure/access"
	"tenure/billing"
	"tenure/events"
)

// Manual billing: what an operator wants billed otherwise than the rules do. A command records it as an event; the next
// run does it, in the same event as what is due, so that a run's totals, its documents and the lines always agree. A
// run does a piece once: the event that has its lines names it, and that takes it off the employee's list.

const (
	// workMax bounds what may wait for one employee: it is part of its state, which every command reads.
	workMax = 100
)

// ReasonWorkDropped says that a run had manual billing to do of which nothing came.
const ReasonWorkDropped = "WORK_DROPPED"

// OperatorRequest is the part of such commands that all of them have.
type OperatorRequest struct {
	Reason string `json:"reason"` // why; it stands in the lines
}

// Kind is employee.
func (OperatorRequest) Kind() string { return KindEmployee }

// Operation is bill.
func (OperatorRequest) Operation() access.Operation { return access.Bill }

// whenDeleted marks that the bills of a deleted employee may be corrected too.
func (OperatorRequest) whenDeleted() {}

// checkWork refuses an order that does not say why.
func checkWork(reason string) *Rejection {
	switch {
	case reason == "":
		return invalid("reason", "is required")
	case len(reason) > workReasonBytesMax:
		return invalid("reason", "has at most 500 bytes")
	}
	return nil
}

// mayBill lets an ADMIN order of catalog subjects what concerns bills.
func mayBill(w World, reason string) error {
	if err := w.permitAll(access.Bill); err != nil {
		return err
	}
	if refused := checkWork(reason); refused != nil {
		return refused
	}
	return nil
}

// who names the actor in what is kept: the employee, or the level where no employee is named.
func (w World) who() string {
	if isSystem(w.Actor) {
		return w.Actor.System
	}
	return or(w.Actor.Employee, w.Actor.AccessLevel)
}

// order makes a piece of work the employee's next. The caller sets what it is.
func (e *Employee) order(w World, reason string) events.BillingWorkOrdered {
	return events.BillingWorkOrdered{
		ID: e.WorkSeq + 1, On: w.Today(), CatalogVersion: w.Catalog.Version, Reason: reason, Actor: w.who(),
	}
}

// cause is an error of billing as a caller reads it, without what we call the operation.
func cause(err error) string {
	text := wordsOf(err)
	for _, operation := range []string{"billing: adjust: ", "billing: credit of a review: ",
		"billing: credit of a line: "} {
		text = strings.TrimPrefix(text, operation)
	}
	return text
}

var errWorkMax = reject(statusConflict, "work", "Too much manual billing waits for the next run")

// ordered is the answer of a command that orders a piece of work.
func (e *Employee) ordered(work events.BillingWorkOrdered) ([]events.Event, error) {
	if len(e.Work) >= workMax {
		return nil, errWorkMax
	}
	return []events.Event{work}, nil
}

// waits reports whether a piece of work like that is waiting already.
func (e *Employee) waits(like func(events.BillingWorkOrdered) bool) bool {
	return slices.ContainsFunc(e.Work, like)
}

// workDue is the first day whose run does a piece of the employee's work; 0: none waits. One that was ordered after a
// run had pinned its catalog is not that run's, nor any run's of the same day.
func (e *Employee) workDue(w World) billing.Date {
	var due billing.Date
	for _, work := range e.Work {
		on := max(work.On, w.Today())
		if work.CatalogVersion > w.Catalog.Version {
			on = max(on, w.Today().AddDays(1))
		}
		if due == 0 || on < due {
			due = on
		}
	}
	return due
}

// bill is what a run makes of one employee.
type bill struct {
	employee *Employee
	world    World
	asOf     billing.Date
	account  billing.Account
	lines    []billing.Line
	reviews  []billing.Review
	done     []events.WorkDone
}

// bill computes what is due of the employee: first what operators take back or add, then desired minus billed, then
// what is to be rated again, since that is about lines of what is due.
func (e *Employee) bill(w World, asOf billing.Date) (*bill, error) {
	b := &bill{employee: e, world: w, asOf: asOf, account: e.account(w)}
	var work []events.BillingWorkOrdered
	for _, piece := range e.Work {
		if piece.On <= asOf && piece.CatalogVersion <= w.Catalog.Version {
			work = append(work, piece)
		}
	}
	if len(work) > 0 {
		b.account.Billed = e.Billed.Clone()
	}
	b.do(work, func(piece events.BillingWorkOrdered) bool { return piece.Rerate == nil })
	due, err := b.account.Due(w.Catalog, &w.Policy, asOf)
	if err != nil {
		return nil, err
	}
	b.reviews = due.Reviews
	if len(work) == 0 {
		b.lines = due.Lines
		return b, nil
	}
	b.take(due.Lines)
	b.do(work, func(piece events.BillingWorkOrdered) bool { return piece.Rerate != nil })
	slices.SortFunc(b.done, func(x, y events.WorkDone) int { return x.ID - y.ID })
	return b, nil
}

func (b *bill) take(lines []billing.Line) {
	for _, line := range lines {
		b.account.Billed.Apply(line)
	}
	b.lines = append(b.lines, lines...)
}

func (b *bill) do(work []events.BillingWorkOrdered, now func(events.BillingWorkOrdered) bool) {
	for _, piece := range work {
		if !now(piece) {
			continue
		}
		done := events.WorkDone{ID: piece.ID}
		lines, err := b.piece(piece)
		switch {
		case err != nil:
			done.Dropped = err.Error()
		case len(lines) == 0:
			done.Dropped = "nothing has to change"
		}
		for i := range lines {
			lines[i].Events = b.employee.causedBy(lines[i].Source, workCause(piece.ID))
		}
		b.take(lines)
		b.done = append(b.done, done)
	}
}

// piece makes the lines of a piece of work. An error says why there are none: it was possible when it was ordered.
func (b *bill) piece(work events.BillingWorkOrdered) ([]billing.Line, error) {
	policy := &b.world.Policy
	switch {
	case work.Adjustment != nil:
		line, err := b.account.Adjust(policy, adjustment(work))
		if err != nil {
			return nil, err
		}
		return []billing.Line{line}, nil
	case work.LineCredit != nil:
		line, err := b.account.CreditLine(policy, lineCredit(work))
		if err != nil {
			return nil, err
		}
		return []billing.Line{line}, nil
	case work.Rerate != nil:
		return b.account.Rerate(b.world.Catalog, policy, b.asOf, rerating(work))
	case work.Credit != nil:
		return b.account.CreditReview(b.world.Catalog, policy, reviewCredit(work))
	}
	return b.account.Void(policy, work.VoidLine, work.Reason, work.Actor)
}

// heldPayer returns why nothing is billed: a customer that would pay a line, or be credited, is held; nil: none is.
func (b *bill) heldPayer() *NotBilled {
	if !b.world.Catalog.holdsAny() {
		return nil
	}
	for i := range b.lines {
		if l := &b.lines[i]; l.Ledger == billing.Customer {
			if why, held := b.world.Catalog.HeldCustomer(l.BillTo); held {
				return &NotBilled{Reason: ReasonCustomerHold, Detail: why}
			}
		}
	}
	return nil
}

// finish gives the lines the document that they stand in and, where they are about a closed period, the first open day.
func (b *bill) finish() {
	closed := b.world.Catalog.ClosedUntil(b.account.Reseller)
	for i := range b.lines {
		l := &b.lines[i]
		l.DocumentRef = billing.DocumentRef(&b.world.Policy, b.asOf, l.Ledger, l.BillTo, l.Currency)
		l.Book(closed)
	}
}

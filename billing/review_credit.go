package billing

import (
	"errors"
	"fmt"
)

// ReviewCredit asks for the credit of days that another party billed, after a
// person has looked at a [Review] of them (rule 15).
type ReviewCredit struct {
	// Review names the source and the days; days of it that were settled before
	// are left out by the caller.
	Review Review
	// Amount is what to credit on the CUSTOMER ledger, above 0; nil credits what
	// the days cost by the catalogue, on every ledger that is on.
	Amount        *Amount
	Reason, Actor string
}

// errNothingToCredit says that the catalogue has no price for the days: nothing
// that recurs is billed on them.
var errNothingToCredit = errors.New("the catalogue gives no amount for these days")

// CreditReview makes the credits of a review: manual lines, since there is no
// line of ours that they could correct. The error is a *[Held] where a price is
// missing.
func (a *Account) CreditReview(c Catalog, p *Policy, r ReviewCredit) ([]Line, error) {
	s := a.importedBy(r.Review)
	switch {
	case r.Reason == "" || r.Actor == "":
		return nil, fmt.Errorf("billing: credit of a review: %w", errNoReason)
	case s == nil || r.Review.Period.Empty():
		return nil, fmt.Errorf("billing: credit of a review: %w", errNothingToCredit)
	case r.Amount != nil:
		l, err := a.creditGiven(p, s, r)
		return []Line{l}, err
	}
	lines, err := a.asIfOurs(c, p, s, r.Review.Period)
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("billing: credit of a review: %w", errNothingToCredit)
	}
	e := a.engine(nil, p, 0)
	defer e.done()
	for i := range lines {
		l := &lines[i]
		l.CorrectsLine, l.Manual = [16]byte{}, true
		e.identify(l)
	}
	return signed(lines, r.Reason, r.Actor), nil
}

// importedBy is the rental whose imported days a review is about, or nil.
func (a *Account) importedBy(r Review) (found *Source) {
	s := a.source(r.Source)
	if s == nil {
		return nil
	}
	s.rentals(func(rental *Source) bool {
		found = rental
		return !rental.imported().overlaps(r.Period)
	})
	return found
}

// creditGiven is the credit of an amount that a person has decided on.
func (a *Account) creditGiven(p *Policy, s *Source, r ReviewCredit) (Line, error) {
	day := r.Review.Period.From
	product, _ := s.Products.At(max(day, s.Start))
	l, err := a.Adjust(p, Adjustment{
		Ledger: Customer, Product: product, Day: day, Amount: r.Amount.abs().Neg(), Reason: r.Reason, Actor: r.Actor,
	})
	if err != nil {
		return Line{}, err
	}
	l.Source, l.Period = s.ID, r.Review.Period
	e := a.engine(nil, p, 0)
	defer e.done()
	e.identify(&l)
	return l, nil
}

// asIfOurs are the credits that a run would have made had the days been billed by
// us: the source is billed to the end of the days in its own account, and
// then without them. So every rule of credits holds for them too.
func (a *Account) asIfOurs(c Catalog, p *Policy, s *Source, days Period) ([]Line, error) {
	with, without := *s, *s
	with.Before, without.Before = nil, nil
	with.InvoicedUntil, without.InvoicedUntil = 0, 0
	if cutAtEnd := days.From >= s.Start; cutAtEnd {
		with.Start = min(s.Start, days.From)
		if s.InvoicedFrom != 0 {
			with.Start = min(s.InvoicedFrom, days.From)
		}
		with.Terminate = days.To
		without.Start, without.Terminate = with.Start, days.From
	} else {
		with.Start, without.Start = days.From, days.To
		with.Terminate = max(s.InvoicedUntil+1, days.To)
		without.Terminate = with.Terminate
	}
	billed := &Billed{}
	all, err := a.alone(c, p, with, billed)
	if err != nil {
		return nil, err
	}
	for i := range all {
		billed.Apply(all[i])
	}
	all, err = a.alone(c, p, without, billed)
	credits := all[:0]
	for i := range all {
		if all[i].Kind == Credit {
			credits = append(credits, all[i])
		}
	}
	return credits, err
}

// alone bills one source to its end, whatever the rest of the account is.
func (a *Account) alone(c Catalog, p *Policy, s Source, billed *Billed) ([]Line, error) {
	as := *a
	as.Ends, as.Billed, as.PeriodsMax = 0, billed, periodsMaxMax
	as.Sources = append([]Source(nil), a.Sources...)
	for i := range as.Sources {
		if as.Sources[i].ID == s.ID {
			as.Sources[i] = s
		}
	}
	exact := *p
	exact.ChangeDay = NewState // the days are counted already
	e := as.engine(c, &exact, s.Terminate)
	defer e.done()
	e.only = s.ID
	due, err := e.run()
	return due.Lines, err
}

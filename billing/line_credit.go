package billing

import (
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// LineCredit asks to give back a part of a charge (rule 30): an amount, or a share
// of what the line came to.
type LineCredit struct {
	Line          uuid.UUID
	Amount, Share *Amount // one of them, above 0; a share is at most 1
	Reason, Actor string
}

var errTooMuch = errors.New("more than is left of the line")

// CreditLine makes the credit of a part of a charge. It names the line and lowers
// what is left of it; its days stay covered, and no run corrects it.
func (a *Account) CreditLine(p *Policy, c LineCredit) (Line, error) {
	if c.Reason == "" || c.Actor == "" {
		return Line{}, fmt.Errorf("billing: credit of a line: %w", errNoReason)
	}
	b, days := a.billedLine(c.Line)
	if b == nil {
		return Line{}, fmt.Errorf("billing: credit of a line: %s: %w", c.Line, errNoLine)
	}
	e := a.engine(nil, p, 0)
	defer e.done()
	m := e.moneyOf(b)
	back, err := c.amount(m, b)
	if err != nil {
		return Line{}, fmt.Errorf("billing: credit of a line: %w", err)
	}
	l := e.line(&side{source: &Source{ID: b.Source}, ledger: b.Ledger}, Credit, e.currencyOf(b), m)
	l.BillTo, l.Product, l.Period, l.PolicyFrom = b.BillTo, b.Product, days, b.Policy
	l.Units, l.UnitPrice, l.Amount = One, back.abs(), back.Neg()
	l.Reason, l.Actor, l.Manual, l.CorrectsLine = c.Reason, c.Actor, true, c.Line
	e.identify(l)
	return *l, nil
}

// IsNoLine reports whether an error says that no line of that id covers days.
func IsNoLine(err error) bool { return errors.Is(err, errNoLine) }

// amount is what to give back, in the sign of the line.
func (c LineCredit) amount(m money, b *Block) (Amount, error) {
	left := b.Net.add(b.Given.Neg())
	var back Amount
	switch {
	case c.Amount != nil && c.Share == nil && c.Amount.Sign() > 0:
		if back = *c.Amount; back.scale > m.scale {
			return back, fmt.Errorf("amount %s has more than %d decimals", back, m.scale)
		}
	case c.Share != nil && c.Amount == nil && c.Share.Sign() > 0:
		v, ok := m.cost(*c.Share, b.Net.abs(), Ratio{})
		if !ok {
			return back, errTooMuch
		}
		back = m.amount(v)
	default:
		return back, errors.New("an amount or a share above 0 is required")
	}
	if back.IsZero() || back.add(left.abs().Neg()).Sign() > 0 {
		return back, fmt.Errorf("%s of %s: %w", back.StringFixed(int(m.scale)), left.abs().StringFixed(int(m.scale)),
			errTooMuch)
	}
	if left.Sign() < 0 {
		return back.Neg(), nil
	}
	return back, nil
}

// billedLine is the block and the days of a charge that still covers days, or nil.
func (a *Account) billedLine(id uuid.UUID) (*Block, Period) {
	if a.Billed == nil {
		return nil, Period{}
	}
	for i := range a.Billed.Blocks {
		b := &a.Billed.Blocks[i]
		for _, days := range b.lines() {
			if LineID(Identity{b.Ledger, a.Employee, b.Source, b.Product, b.BillTo, days, Charge, b.Revision}) == id {
				return b, days
			}
		}
	}
	return nil, Period{}
}

// give notes on a line what a credit of a part of it has given back.
func (b *Billed) give(l *Line) {
	for i := range b.Blocks {
		e := &b.Blocks[i]
		if !e.isOf(l.Source, l.Ledger) || e.Product != l.Product || e.BillTo != l.BillTo ||
			!e.days().Contains(l.Period.From) ||
			e.line(l.Period.From) != l.Period {
			continue
		}
		if e.Repeat {
			i = b.single(i, l.Period.From)
		}
		b.Blocks[i].Given = b.Blocks[i].Given.add(l.Amount.Neg())
		return
	}
}

package billing

import (
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// adjustmentSource is the source id of lines that are made by hand.
const adjustmentSource = "adjustment"

// Adjustment asks for a line that no rule makes: a goodwill credit, a fee.
type Adjustment struct {
	Ledger Ledger
	// BillTo is the payer; empty means who pays for it on that day.
	BillTo string
	// Product is what accounting books it on; it may be empty.
	Product string
	// Day is the service day of the line.
	Day Date
	// Amount is signed, with no more decimals than the currency has; a negative
	// one makes a CREDIT.
	Amount        Amount
	Reason, Actor string
}

// What can be wrong with manual work.
var (
	errNoReason   = errors.New("reason and actor are required")
	errNoAmount   = errors.New("the amount must not be 0")
	errNoLine     = errors.New("no line with that id covers days of this account")
	errLedgerKind = errors.New("not one of CUSTOMER, RESELLER, COST")
)

// Adjust makes a manual line. It covers no days and is never corrected by a run;
// like any other line it has a computed id, a document and a place in the totals.
func (a *Account) Adjust(p *Policy, adj Adjustment) (Line, error) {
	e := a.engine(nil, p, adj.Day)
	defer e.done()
	billTo := adj.BillTo
	if billTo == "" {
		billTo = e.billTo(&service{kind: kind{recurrence: None}, policy: p}, adj.Ledger, adj.Day, adj.Day)
	}
	currency := a.currency(p, adj.Ledger, billTo)
	if err := adj.check(p.money(currency).scale); err != nil {
		return Line{}, fmt.Errorf("billing: adjust: %w", err)
	}
	l := e.line(&side{source: &Source{ID: adjustmentSource}, ledger: adj.Ledger}, Charge, currency, p.money(currency))
	if adj.Amount.Sign() < 0 {
		l.Kind = Credit
	}
	l.BillTo = billTo
	l.Product, l.Period = adj.Product, Period{adj.Day, adj.Day + 1}
	l.Units, l.UnitPrice, l.Amount = One, adj.Amount.abs(), adj.Amount
	l.Reason, l.Actor, l.Manual = adj.Reason, adj.Actor, true
	e.identify(l)
	return *l, nil
}

// check refuses what no line can be made of; scale is the currency's.
func (adj *Adjustment) check(scale uint8) error {
	switch {
	case adj.Reason == "" || adj.Actor == "":
		return errNoReason
	case adj.Amount.IsZero():
		return errNoAmount
	case adj.Amount.scale > scale:
		return fmt.Errorf("amount %s has more than %d decimals", adj.Amount, scale)
	case !adj.Day.Valid():
		return fmt.Errorf("day: %w", ErrDate)
	case !adj.Ledger.known():
		return fmt.Errorf("ledger %q: %w", adj.Ledger, errLedgerKind)
	}
	return nil
}

// Void takes a charge back for good: what is left of it is credited, and its days
// are not billed again. The line must still cover days.
func (a *Account) Void(p *Policy, line uuid.UUID, reason, actor string) ([]Line, error) {
	if reason == "" || actor == "" {
		return nil, fmt.Errorf("billing: void: %w", errNoReason)
	}
	b, days := a.billedLine(line)
	if b == nil {
		return nil, fmt.Errorf("billing: void %s: %w", line, errNoLine)
	}
	e := a.engine(nil, p, 0)
	defer e.done()
	return e.void(b, days, reason, actor), nil
}

func (e *engine) void(b *Block, single Period, reason, actor string) []Line {
	en := &entry{block: b, period: single, net: e.moneyOf(b).minor(b.Net), given: e.moneyOf(b).minor(b.Given),
		removed: b.covered(nil, single)}
	e.takeAll(en)
	sd := &side{source: &Source{ID: b.Source}, ledger: b.Ledger}
	e.creditEntry(sd, en)
	lines := e.sorted()
	for i := range lines {
		lines[i].Waive = true
	}
	return signed(lines, reason, actor)
}

// lines are the periods of the lines of a block.
func (b *Block) lines() []Period {
	if !b.Repeat {
		return []Period{{b.From, b.To}}
	}
	var out []Period
	for d := b.From; d < b.To; {
		p := b.line(d)
		out = append(out, p)
		d = p.To
	}
	return out
}

// singles are the blocks of the lines, one each.
func singles(blocks []Block) []Block {
	var out []Block
	for i := range blocks {
		for _, p := range blocks[i].lines() {
			one := blocks[i]
			one.From, one.To, one.Repeat = p.From, p.To, false
			out = append(out, one)
		}
	}
	return out
}

// bookingDay is the day on which a line books when the account's reseller has
// closed its accounts: its own day, or the first open one. The service period of
// the line stays as it is (rule 26). lastClosed is inclusive, or 0.
func bookingDay(day, lastClosed Date) Date { return max(day, Exclusive(lastClosed)) }

package domain

import (
	"tenure/access"
	"tenure/billing"
	"tenure/events"
)

// RecordPayment is billing.record_payment, with the document's key to billing.commands: a document was paid, whole or
// in part, or a credit note paid out. What was paid too much stays with accounting, and is refused here.
type RecordPayment struct {
	PaidOn Day             `json:"paidOn"`
	Amount *billing.Amount `json:"amount"` // default: what is open
}

// Kind is document.
func (RecordPayment) Kind() string { return KindDocument }

// Operation is account.
func (RecordPayment) Operation() access.Operation { return access.Account }

func (c RecordPayment) decide(d *Document, w World) ([]events.Event, error) {
	if d.Issued == nil {
		return nil, errDocumentNotFound
	}
	on, open := c.PaidOn.in(w), d.open()
	amount := open
	if c.Amount != nil {
		amount.Decimal = c.Amount.Decimal()
	}
	switch {
	case on == 0:
		return nil, invalid("paidOn", "is required")
	case on > w.Today():
		return nil, invalid("paidOn", "is in the future")
	case open.IsZero() && d.Paid == on:
		return nil, nil
	case open.IsZero() && d.Paid != 0:
		return nil, reject(statusConflict, "paidOn", "The document was paid on "+d.Paid.String()+" already")
	case c.Amount != nil && c.Amount.Sign() <= 0:
		return nil, invalid("amount", "must be above 0")
	case amount.GreaterThan(open.Decimal):
		return nil, invalid("amount", "is more than what is open: overpayments stay with accounting")
	case !amount.Equal(amount.Truncate(int32(open.Decimals))):
		return nil, invalid("amount", "has more decimals than the currency")
	}
	paid := d.Issued.Total
	paid.Decimal = paid.Sub(open.Decimal).Add(amount.Decimal)
	return []events.Event{events.PaymentRecorded{PaidOn: on, Amount: amount, Paid: &paid}}, nil
}

// open is what is not paid of a document that was issued.
func (d *Document) open() events.Money {
	open := d.Issued.Total
	if d.PaidSum != nil {
		open.Decimal = open.Sub(d.PaidSum.Decimal)
	} else if d.Paid != 0 { // paid whole, from before parts were recorded
		open.Decimal = open.Sub(open.Decimal)
	}
	return open
}

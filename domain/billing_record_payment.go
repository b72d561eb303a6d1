package domain

import (
	"tenure/access"
	"tenure/billing"
	"tenure/events"
)

// RecordPayment is billing.record_payment, with the document's key to billing.commands: a document was paid, or a
// credit note paid out. It is a mark: what was paid in part or too much stays with accounting, and is refused here.
type RecordPayment struct {
	PaidOn Day             `json:"paidOn"`
	Amount *billing.Amount `json:"amount"` // default: the total
}

// Kind is document.
func (RecordPayment) Kind() string { return KindDocument }

// Operation is account.
func (RecordPayment) Operation() access.Operation { return access.Account }

func (c RecordPayment) decide(d *Document, w World) ([]events.Event, error) {
	if d.Issued == nil {
		return nil, errDocumentNotFound
	}
	on := c.PaidOn.in(w)
	switch {
	case on == 0:
		return nil, invalid("paidOn", "is required")
	case on > w.Today():
		return nil, invalid("paidOn", "is in the future")
	case c.Amount != nil && !c.Amount.Decimal().Equal(d.Issued.Total.Decimal):
		return nil, invalid("amount", "must be the total: parts and overpayments stay with accounting")
	case d.Paid == on:
		return nil, nil
	case d.Paid != 0:
		return nil, reject(statusConflict, "paidOn", "The document was paid on "+d.Paid.String()+" already")
	}
	return []events.Event{events.PaymentRecorded{PaidOn: on, Amount: d.Issued.Total}}, nil
}

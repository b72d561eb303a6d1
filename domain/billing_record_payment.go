package domain

import (
	"fmt"
	"maps"
	"strings"

	"tenure/access"
	"tenure/billing"
	"tenure/events"
)

// RecordPayment is billing.record_payment, with the document's key to billing.commands: a document was paid, whole or
// in part, or a credit note paid out. What was paid too much stays with accounting, and is refused here.
type RecordPayment struct {
	PaidOn Day             `json:"paidOn"`
	Amount *billing.Amount `json:"amount"` // default: what is open
	// PaymentID is the payment's own id, such as the bank's: one that is recorded again changes nothing. Default: the id
	// of the command.
	PaymentID string `json:"paymentId"`
}

// Kind is document.
func (RecordPayment) Kind() string { return KindDocument }

// Operation is account.
func (RecordPayment) Operation() access.Operation { return access.Account }

// paymentsMax bounds the payments of a document, which its state keeps.
const paymentsMax = 500

func (c RecordPayment) decide(d *Document, w World) ([]events.Event, error) {
	if d.Issued == nil {
		return nil, errDocumentNotFound
	}
	id := c.id(d, w)
	if refused := checkText("paymentId", id, paymentIDMax, false); refused != nil {
		return nil, refused
	}
	if known, again := d.Payments[id]; again {
		return nil, c.again(known, w)
	}
	on, open := c.PaidOn.in(w), d.open()
	if refused := c.check(d, on, w); refused != nil {
		return nil, refused
	}
	amount := open
	if c.Amount != nil {
		amount.Decimal = c.Amount.Decimal()
	}
	if refused := c.checkAmount(amount, open); refused != nil {
		return nil, refused
	}
	paid := d.Issued.Total
	paid.Decimal = paid.Sub(open.Decimal).Add(amount.Decimal)
	open.Decimal = open.Sub(amount.Decimal)
	return []events.Event{events.PaymentRecorded{PaidOn: on, Amount: amount, Paid: &paid, Open: &open, PaymentID: id}}, nil
}

// id is the payment's own, or the command's: a command that comes again has its outcome already.
func (c RecordPayment) id(d *Document, w World) string {
	if id := strings.TrimSpace(c.PaymentID); id != "" {
		return composed(id)
	}
	return strings.TrimPrefix(w.CommandID, Stream(KindDocument, d.Ref)+"/")
}

// again refuses other values of a payment that was recorded.
func (c RecordPayment) again(known Payment, w World) error {
	on := c.PaidOn.in(w)
	if on != 0 && on != known.PaidOn || c.Amount != nil && !c.Amount.Decimal().Equal(known.Amount.Decimal) {
		return reject(statusConflict, "paymentId", fmt.Sprintf("The payment was recorded as %s on %s",
			known.Amount.StringFixed(int32(known.Amount.Decimals)), known.PaidOn))
	}
	return nil
}

func (c RecordPayment) check(d *Document, on billing.Date, w World) error {
	open := d.open()
	switch {
	case on == 0:
		return invalid("paidOn", "is required")
	case on > w.Today():
		return invalid("paidOn", "is in the future")
	case open.IsZero() && d.Paid != 0:
		return reject(statusConflict, "paidOn", "The document was paid on "+d.Paid.String()+" already")
	case len(d.Payments) >= paymentsMax:
		return reject(statusConflict, "paymentId", fmt.Sprintf("A document has at most %d payments", paymentsMax))
	}
	return nil
}

func (c RecordPayment) checkAmount(amount, open events.Money) error {
	switch {
	case c.Amount != nil && c.Amount.Sign() <= 0:
		return invalid("amount", "must be above 0")
	case amount.GreaterThan(open.Decimal):
		return invalid("amount", "is more than what is open: overpayments stay with accounting")
	case !amount.Equal(amount.Truncate(int32(open.Decimals))):
		return invalid("amount", "has more decimals than the currency")
	}
	return nil
}

// paid folds a payment in.
func (d *Document) paid(e events.PaymentRecorded) {
	sum := e.Sum()
	d.Paid, d.PaidSum = e.PaidOn, &sum
	if e.PaymentID == "" {
		return
	}
	payments := maps.Clone(d.Payments)
	if payments == nil {
		payments = map[string]Payment{}
	}
	payments[e.PaymentID] = Payment{PaidOn: e.PaidOn, Amount: e.Amount}
	d.Payments = payments
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

package billing

import "github.com/shopspring/decimal"

// quantityDecimals are the least of a quantity on an invoice: a day of a month is
// 0.032258.
const quantityDecimals = 6

// Quantity is what an invoice multiplies with [Line.ShownPrice] to get the amount:
// units × months, or units of what is billed once. Its sign is that of the amount.
// The product is the amount but for the one rounding of the line (rule 7), and for
// the cent that completes a segment (rule 14): large prices have more decimals.
func (l *Line) Quantity() decimal.Decimal {
	q := l.Units.Decimal().Abs()
	if l.Months.Den != 0 {
		num, den := decimal.NewFromInt32(l.Months.Num), decimal.NewFromInt32(l.Months.Den)
		q = q.Mul(num).DivRound(den, max(quantityDecimals, int32(l.UnitPrice.wholeDigits())+int32(l.Scale)))
	}
	if l.Amount.Sign() < 0 {
		return q.Neg()
	}
	return q
}

// appendQuantity appends what Quantity is as a text, without a division where the months are whole: of most lines.
func (l *Line) appendQuantity(b []byte) []byte {
	coef, scale := l.Units.coef, l.Units.scale
	if coef < 0 {
		coef = -coef
	}
	switch num := int64(l.Months.Num); {
	case l.Months.Den == 0:
	case l.Months.Den == 1 && num >= 0 && (num == 0 || coef <= pow10[amountDigitsMax]/num):
		coef *= num
	default:
		return append(b, l.Quantity().String()...)
	}
	if l.Amount.Sign() < 0 {
		coef = -coef
	}
	return newAmount(coef, scale).appendFixed(b, 0)
}

// ShownPrice is the unit price as an invoice shows it: without a sign, which the
// quantity has (rule 24).
func (l *Line) ShownPrice() Amount { return l.UnitPrice.abs() }

// ShownUnits is the units as an invoice shows them, with the sign that the price of
// a discount has.
func (l *Line) ShownUnits() Amount {
	if l.UnitPrice.Sign() < 0 {
		return l.Units.Neg()
	}
	return l.Units
}

// Books is the day on which the line books: the first day of its service, or the
// first open one after a closed period (rule 26).
func (l *Line) Books() Date {
	if l.BookingDate != 0 {
		return l.BookingDate
	}
	return l.Period.From
}

// Book notes the first open day on a line that begins in a closed period; the
// service period stays as it is. lastClosed is inclusive, or 0. A line that books
// on its own day is left without one: it is most of them, and each is stored.
func (l *Line) Book(lastClosed Date) {
	if day := bookingDay(l.Period.From, lastClosed); day != l.Period.From {
		l.BookingDate = day
	}
}

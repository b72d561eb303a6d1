package billing

// Explanation is the formula with where the price came from (rule 24), such as
// "2 × 95.00 × 7/31 = 42.90, price: override", and who asked for a line that no
// rule made, and why.
func (l *Line) Explanation() string {
	return string(l.appendExplanation(make([]byte, 0, formulaRoom)))
}

func (l *Line) appendExplanation(b []byte) []byte {
	b = l.appendFormula(b)
	if l.PriceSource != "" {
		b = append(b, ", price: "...)
		b = append(b, l.PriceSource...)
	}
	if l.Actor != "" {
		b = append(b, ", asked for by "...)
		b = append(b, l.Actor...)
		b = append(b, ": "...)
		b = append(b, l.Reason...)
	}
	return b
}

// Formula is the line's arithmetic as a person reads it, such as
// "2 × 95.00 × 7/31 = 42.90". Units that the user product includes are named
// (rule 20), and so is the net that was on a segment before (rule 14).
func (l *Line) Formula() string { return string(l.appendFormula(make([]byte, 0, formulaRoom))) }

func (l *Line) appendFormula(b []byte) []byte {
	switch {
	case l.Manual && l.Recurrence == "":
		b = append(b, "by hand"...)
	case l.Kind == Credit:
		b = append(b, "−("...)
		b = append(l.appendTerms(b), ')')
	default:
		b = l.appendTerms(b)
	}
	b = append(b, " = "...)
	return l.Amount.appendFixed(b, int(l.Scale))
}

// formulaRoom is the length of a usual formula in bytes.
const formulaRoom = 96

func (l *Line) appendTerms(b []byte) []byte {
	b = l.appendUnits(b)
	b = append(b, " × "...)
	b = l.UnitPrice.appendFixed(b, priceDecimals)
	if l.Months.Den != 0 {
		b = append(b, " × "...)
		b = append(b, l.Months.String()...)
	}
	if l.Whole != nil {
		b = l.appendWhole(b)
	}
	return b
}

func (l *Line) appendUnits(b []byte) []byte {
	if l.Included.IsZero() {
		return l.Units.appendFixed(b, 0)
	}
	b = append(b, '(')
	b = l.Units.add(l.Included).appendFixed(b, 0)
	b = append(b, " − "...)
	b = l.Included.appendFixed(b, 0)
	return append(b, " included)"...)
}

// appendWhole says how rounding the segment as a whole gives the amount.
func (l *Line) appendWhole(b []byte) []byte {
	cost, before := l.Whole.Cost, l.Whole.Before
	if l.Kind == Credit {
		b = append(b, ", billed "...)
		b = before.appendFixed(b, int(l.Scale))
		b = append(b, " − kept "...)
		return cost.appendFixed(b, int(l.Scale))
	}
	b = append(b, ", whole "...)
	b = cost.appendFixed(b, int(l.Scale))
	b = append(b, " − billed "...)
	return before.appendFixed(b, int(l.Scale))
}

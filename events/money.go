package events

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"
)

// Money is a sum that keeps its currency's decimals on the wire: "300.00", never 300. It has no upper bound: a single
// line has at most 18 digits, but a payer's or a run's total may have more, and must not stop the run.
type Money struct {
	decimal.Decimal
	Decimals int
}

// NewMoney gives a sum the decimals of its currency.
func NewMoney(sum decimal.Decimal, decimals int) Money {
	// The sum is at most as fine as its currency, so that nothing is rounded here; equal sums become equal values.
	return Money{Decimal: decimal.RequireFromString(sum.StringFixed(int32(decimals))), Decimals: decimals}
}

// MarshalJSON writes a decimal string.
func (m Money) MarshalJSON() ([]byte, error) {
	return []byte(`"` + m.StringFixed(int32(m.Decimals)) + `"`), nil
}

// UnmarshalJSON reads what MarshalJSON writes; the text tells the decimals.
func (m *Money) UnmarshalJSON(raw []byte) error {
	text := strings.Trim(string(raw), `"`)
	if strings.ContainsAny(text, "eE") {
		return fmt.Errorf("events: sum of money %.30q: an exponent", text)
	}
	sum, err := decimal.NewFromString(text)
	if err != nil {
		return fmt.Errorf("events: sum of money: %w", err)
	}
	_, fraction, _ := strings.Cut(text, ".")
	*m = NewMoney(sum, len(fraction))
	return nil
}

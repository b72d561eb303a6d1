package events

import (
	"strings"

	"tenure/billing"
)

// Money is an amount that keeps its currency's decimals on the wire: "300.00", never 300.
type Money struct {
	billing.Amount
	Decimals int
}

// MarshalJSON writes a decimal string.
func (m Money) MarshalJSON() ([]byte, error) {
	return []byte(`"` + m.StringFixed(m.Decimals) + `"`), nil
}

// UnmarshalJSON reads what MarshalJSON writes; the text tells the decimals.
func (m *Money) UnmarshalJSON(raw []byte) error {
	if err := m.Amount.UnmarshalJSON(raw); err != nil {
		return err
	}
	_, fraction, _ := strings.Cut(strings.Trim(string(raw), `"`), ".")
	m.Decimals = len(fraction)
	return nil
}

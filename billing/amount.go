package billing

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// Limits of an amount: what fits exactly in 64 bits, and more than any price
// list needs.
const (
	amountDigitsMax   = 18
	amountDecimalsMax = 6
)

// Amount is an exact decimal number of at most 18 digits, 6 of them decimals:
// units, a price, or money. It is kept without trailing zeros, so equal numbers
// are equal values (==). The zero value is 0.
type Amount struct {
	coef  int64 // value × 10^scale
	scale uint8
}

// What can be wrong with an amount's text or size.
var (
	errAmountSyntax   = errors.New("not a plain decimal number")
	errAmountDigits   = fmt.Errorf("more than %d digits", amountDigitsMax)
	errAmountDecimals = fmt.Errorf("more than %d decimals", amountDecimalsMax)
)

var pow10 = [...]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
	1e17, 1e18}

// One is the number 1, the units of the user product.
var One = Amount{coef: 1}

// newAmount is coef × 10^-scale. The scale must be at most 6 and coef have at
// most 18 digits.
func newAmount(coef int64, scale uint8) Amount {
	for scale > 0 && coef%10 == 0 {
		coef /= 10
		scale--
	}
	return Amount{coef: coef, scale: scale}
}

// ParseAmount reads a plain decimal number such as -12.50. It refuses exponents,
// signs other than one leading minus, more than 18 digits and more than 6
// decimals; trailing zeros after the point count as decimals.
func ParseAmount(s string) (Amount, error) {
	if a, ok := amountIn(s); ok {
		return a, nil
	}
	if len(s) > amountDigitsMax+len("-0.") {
		return Amount{}, fmt.Errorf("amount %.30q: %w", s, longAmount(s))
	}
	_, decimals, _, err := scanAmount(strings.TrimPrefix(s, "-"))
	switch {
	case err != nil:
	case decimals > amountDecimalsMax:
		err = errAmountDecimals
	default:
		err = errAmountDigits
	}
	return Amount{}, fmt.Errorf("amount %.30q: %w", s, err)
}

// amountIn is ParseAmount of what it takes, without an error, so that a text made
// for it takes no memory.
func amountIn(s string) (Amount, bool) {
	if len(s) > amountDigitsMax+len("-0.") {
		return Amount{}, false
	}
	rest := strings.TrimPrefix(s, "-")
	coef, decimals, count, err := scanAmount(rest)
	if err != nil || decimals > amountDecimalsMax || count > amountDigitsMax {
		return Amount{}, false
	}
	if len(rest) < len(s) {
		coef = -coef
	}
	return newAmount(coef, uint8(decimals)), true
}

// longAmount says which limit a text breaks that is too long for any amount.
func longAmount(s string) error {
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && s[i] != '.' && s[i] != '-' {
			return errAmountSyntax
		}
	}
	return errAmountDigits
}

// scanAmount reads digits with at most one point between digits; a leading zero
// before the point is not a digit of the number.
func scanAmount(s string) (coef int64, decimals, count int, err error) {
	whole, fraction, pointed := strings.Cut(s, ".")
	if whole == "" || pointed && fraction == "" {
		return 0, 0, 0, errAmountSyntax
	}
	for i, part := range [2]string{whole, fraction} {
		for _, c := range []byte(part) {
			switch {
			case c < '0' || c > '9':
				return 0, 0, 0, errAmountSyntax
			case count >= amountDigitsMax:
				return 0, 0, 0, errAmountDigits
			}
			coef = coef*10 + int64(c-'0')
			if coef != 0 || i == 1 {
				count++
			}
		}
	}
	return coef, len(fraction), count, nil
}

// MustAmount is [ParseAmount] for constants in tests and examples; it panics.
func MustAmount(s string) Amount {
	a, err := ParseAmount(s)
	if err != nil {
		panic(err)
	}
	return a
}

// Decimal converts to the decimal library's type.
func (a Amount) Decimal() decimal.Decimal { return decimal.New(a.coef, -int32(a.scale)) }

// IsZero reports whether the amount is 0.
func (a Amount) IsZero() bool { return a.coef == 0 }

// Sign is -1, 0 or 1.
func (a Amount) Sign() int {
	switch {
	case a.coef < 0:
		return -1
	case a.coef > 0:
		return 1
	default:
		return 0
	}
}

// Neg is the amount with the other sign.
func (a Amount) Neg() Amount { return Amount{coef: -a.coef, scale: a.scale} }

// abs is the amount without its sign.
func (a Amount) abs() Amount {
	if a.coef < 0 {
		return a.Neg()
	}
	return a
}

// wholeDigits is how many digits stand before the point.
func (a Amount) wholeDigits() int {
	n := 0
	for whole := magnitude(a.coef) / uint64(pow10[a.scale]); whole > 0; whole /= 10 {
		n++
	}
	return n
}

// String writes the amount without trailing zeros.
func (a Amount) String() string { return a.StringFixed(0) }

// StringFixed writes at least that many decimals, and never drops one that
// counts: 95 with 2 is 95.00, 0.333 with 2 is 0.333.
func (a Amount) StringFixed(decimals int) string {
	var buf [32]byte
	return string(a.appendFixed(buf[:0], decimals))
}

func (a Amount) appendFixed(b []byte, decimals int) []byte {
	scale := max(int(a.scale), decimals)
	u := uint64(a.coef)
	if a.coef < 0 {
		b = append(b, '-')
		u = -u
	}
	div := uint64(pow10[a.scale])
	b = strconv.AppendUint(b, u/div, 10)
	if scale == 0 {
		return b
	}
	b = append(b, '.')
	for frac := u % div; div > 1; {
		div /= 10
		b = append(b, byte('0'+frac/div))
		frac %= div
	}
	for range scale - int(a.scale) {
		b = append(b, '0')
	}
	return b
}

// MarshalJSON writes a string: money is never a JSON number (it would pass
// through a binary float somewhere).
func (a Amount) MarshalJSON() ([]byte, error) {
	return append(a.appendFixed([]byte{'"'}, 0), '"'), nil
}

// UnmarshalJSON reads a JSON string or number, with the limits of [ParseAmount]
// on its text as written.
func (a *Amount) UnmarshalJSON(b []byte) error {
	s := string(b)
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	parsed, err := ParseAmount(s)
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}

package billing

import (
	"fmt"
	"strconv"
	"strings"
)

// Ratio is an exact number of months in lowest terms. The zero Ratio means "no
// months": a product billed once.
type Ratio struct {
	Num, Den int32
}

// newRatio reduces num/den.
func newRatio(num, den int32) Ratio {
	a, b := num, den
	for b != 0 {
		a, b = b, a%b
	}
	if a == 0 {
		return Ratio{0, 1}
	}
	return Ratio{num / a, den / a}
}

// String is "3", "7/31", or empty for no months.
func (r Ratio) String() string {
	switch r.Den {
	case 0:
		return ""
	case 1:
		return strconv.Itoa(int(r.Num))
	default:
		return fmt.Sprintf("%d/%d", r.Num, r.Den)
	}
}

// MarshalText writes the fraction.
func (r Ratio) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads "3", "7/31" or the empty text.
func (r *Ratio) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*r = Ratio{}
		return nil
	}
	num, den, found := strings.Cut(string(b), "/")
	if !found {
		den = "1"
	}
	n, errN := strconv.ParseInt(num, 10, 32)
	d, errD := strconv.ParseInt(den, 10, 32)
	if errN != nil || errD != nil || n < 0 || d <= 0 {
		return fmt.Errorf("months %.30q: not a fraction of positive numbers", b)
	}
	*r = newRatio(int32(n), int32(d))
	return nil
}

// plus is the exact sum.
func (r Ratio) plus(o Ratio) Ratio { return newRatio(r.Num*o.Den+o.Num*r.Den, r.Den*o.Den) }

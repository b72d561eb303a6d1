package billing

import (
	"math/big"
	"math/bits"
)

// money rounds to a currency's scale. Inside the calculation money is a whole
// number of the currency's smallest unit ("minor").
type money struct {
	scale    uint8
	halfEven bool
}

// minorMax is the largest amount of a line: what 18 digits can write.
const minorMax = 999_999_999_999_999_999

// money is how amounts of a currency are rounded.
func (p *Policy) money(currency string) money {
	return money{uint8(p.Decimals(currency)), p.Rounding == HalfEven}
}

// hundredths are the decimals of most currencies.
const hundredths = 2

// otherDecimals are the decimals of the currencies of ISO 4217 in use whose
// smallest unit is not a hundredth.
var otherDecimals = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
	"VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}

// Decimals are those that amounts of a currency are rounded to (rule 7): policy
// scale for the policy's own currency, which is also that of no currency, and
// what ISO 4217 says for any other.
func (p *Policy) Decimals(currency string) int {
	if currency == "" || currency == p.Currency {
		return p.Scale
	}
	if n, ok := otherDecimals[currency]; ok {
		return n
	}
	return hundredths
}

// cost is units × price × months, multiplied out, divided once and rounded once
// (rule 7). It is false when the result has more than 18 digits.
func (m money) cost(units, price Amount, months Ratio) (int64, bool) {
	num, den := uint64(1), uint64(1)
	if months.Den != 0 {
		num, den = uint64(months.Num), uint64(months.Den)
	}
	if shift := int(units.scale) + int(price.scale) - int(m.scale); shift >= 0 {
		den *= uint64(pow10[shift])
	} else {
		num *= uint64(pow10[-shift])
	}
	negative := (units.coef < 0) != (price.coef < 0)
	u, p := magnitude(units.coef), magnitude(price.coef)
	quotient, ok := m.mulDiv(u, p, num, den)
	if negative {
		quotient = -quotient
	}
	return quotient, ok
}

// mulDiv is u × p × num / den, rounded. It stays in machine words while the
// product fits 128 bits, and is exact beyond.
func (m money) mulDiv(u, p, num, den uint64) (int64, bool) {
	hi, lo := bits.Mul64(u, p)
	if hi != 0 {
		return m.mulDivBig(u, p, num, den)
	}
	hi, lo = bits.Mul64(lo, num)
	if hi >= den {
		return m.mulDivBig(u, p, num, den)
	}
	quotient, rest := bits.Div64(hi, lo, den)
	if quotient > minorMax {
		return 0, false
	}
	if m.up(quotient&1 == 1, rest, den) {
		quotient++
	}
	return int64(quotient), quotient <= minorMax
}

// up decides the one rounding of a line (rule 7); rest < den < 2^63.
func (m money) up(odd bool, rest, den uint64) bool {
	if twice := rest * 2; twice != den {
		return twice > den
	}
	return !m.halfEven || odd
}

func (m money) mulDivBig(u, p, num, den uint64) (int64, bool) {
	product := new(big.Int).SetUint64(u)
	product.Mul(product, new(big.Int).SetUint64(p))
	product.Mul(product, new(big.Int).SetUint64(num))
	quotient, rest := product.QuoRem(product, new(big.Int).SetUint64(den), new(big.Int))
	if m.up(quotient.Bit(0) == 1, rest.Uint64(), den) {
		quotient.Add(quotient, big.NewInt(1))
	}
	if !quotient.IsInt64() || quotient.Int64() > minorMax {
		return 0, false
	}
	return quotient.Int64(), true
}

// share is amount × part / whole, rounded once: PRORATE_BILLED (rule 14).
func (m money) share(amount int64, part, whole Ratio) int64 {
	num := uint64(part.Num) * uint64(whole.Den)
	den := uint64(part.Den) * uint64(whole.Num)
	if den == 0 {
		return 0
	}
	quotient, _ := m.mulDiv(magnitude(amount), 1, num, den)
	if amount < 0 {
		return -quotient
	}
	return quotient
}

// minor is an amount of money as a whole number of the smallest unit. Money that
// was written at another scale is rounded to this one.
func (m money) minor(a Amount) int64 {
	if a.scale <= m.scale {
		if wide := a.coef * pow10[m.scale-a.scale]; wide/pow10[m.scale-a.scale] == a.coef {
			return wide
		}
	}
	v, _ := m.cost(a, One, Ratio{1, 1})
	return v
}

// amount is a whole number of the smallest unit as an Amount.
func (m money) amount(minor int64) Amount { return newAmount(minor, m.scale) }

func magnitude(v int64) uint64 {
	if v < 0 {
		return uint64(-v)
	}
	return uint64(v)
}

// add is exact addition of two amounts of money; beyond 18 digits it keeps the
// receiver, which cannot happen to a net and its credits.
func (a Amount) add(b Amount) Amount {
	scale := max(a.scale, b.scale)
	x, y := a.coef*pow10[scale-a.scale], b.coef*pow10[scale-b.scale]
	if x/pow10[scale-a.scale] != a.coef || y/pow10[scale-b.scale] != b.coef {
		return a
	}
	return newAmount(x+y, scale)
}

package billing

import (
	"encoding/json"
	"math/big"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRule04_PricesArePerMonthWhenTheProductRecursElsePerUnit(t *testing.T) {
	t.Parallel()
	play(t, `
product M MONTHLY 49.00
product Q QUARTERLY 49.00
product Y YEARLY 49.00
product N NONE 49.00
addon A1 M from 2024-01-01 until 2024-02-01
addon A2 Q from 2024-01-01 until 2024-04-01
addon A3 Y from 2024-01-01
addon A4 N from 2024-01-01 units 3
run 2024-01-01
  CHARGE A1 M to C1, 2024-01-01 to 2024-01-31: 1 × 49.00 × 1 = 49.00
  CHARGE A2 Q to C1, 2024-01-01 to 2024-03-31: 1 × 49.00 × 3 = 147.00
  CHARGE A3 Y to C1, 2024-01-01 to 2024-12-31: 1 × 49.00 × 12 = 588.00
  CHARGE A4 N to C1, 2024-01-01 to 2024-01-01: 3 × 49.00 = 147.00
`)
}

func TestRule04_UnitPriceOnAnAddonOverridesTheCustomerPriceOnly(t *testing.T) {
	t.Parallel()
	play(t, `
policy ledgers CUSTOMER,RESELLER,COST
product P MONTHLY 49.00 wholesale 20.00 cost 12.00
addon A1 P from 2024-01-01 at 39
run 2024-01-01
  CHARGE A1 P to PLATFORM, 2024-01-01 to 2024-01-31: 1 × 12.00 × 1 = 12.00
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 1 × 39.00 × 1 = 39.00
  CHARGE A1 P to R1, 2024-01-01 to 2024-01-31: 1 × 20.00 × 1 = 20.00
`)
}

func TestRule05_MonthsAreWholeMonthsPlusDaysOverTheDaysOfThatMonth(t *testing.T) {
	t.Parallel()
	calendar, anchored := gridOf(Yearly, Anchor{}, false), gridOf(Yearly, anchorAt(MustDate("2024-01-15"), 0), false)
	for _, c := range []struct {
		g              grid
		from, to, want string
	}{
		{calendar, "2024-01-01", "2024-02-01", "1"},
		{calendar, "2024-01-01", "2025-01-01", "12"},
		{calendar, "2024-02-15", "2024-04-01", "44/29"},
		{calendar, "2024-01-31", "2024-03-02", "33/31"},
		{calendar, "2024-01-10", "2024-01-20", "10/31"},
		{anchored, "2024-01-15", "2024-02-15", "1"},
		{anchored, "2024-02-10", "2024-02-20", "300/899"},
	} {
		p := Period{MustDate(c.from), MustDate(c.to)}
		require.Equal(t, c.want, c.g.months(MonthFirst, p).String(), p.String())
	}
	quarter := gridOf(Quarterly, Anchor{}, false)
	stub := Period{MustDate("2024-02-15"), MustDate("2024-04-01")}
	require.Equal(t, "138/91", quarter.months(PeriodDays, stub).String())
	require.Equal(t, "3", quarter.months(NoProration, stub).String())
}

func TestRule05_WithoutProrationAPeriodCostsWholeAtTheTermsOfItsFirstServedDay(t *testing.T) {
	t.Parallel()
	play(t, `
policy proration NONE
product P MONTHLY 100.00
addon A1 P from 2024-01-15
units A1 2 from 2024-01-20
run 2024-02-01
  CHARGE A1 P to C1, 2024-01-15 to 2024-01-31: 1 × 100.00 × 1 = 100.00
  CHARGE A1 P to C1, 2024-02-01 to 2024-02-29: 2 × 100.00 × 1 = 200.00
terminate A1 2024-02-10
run 2024-02-11
  nothing
terminate A1 2024-02-20
run 2024-02-21
  nothing
terminate A1 never
run 2024-02-22
  nothing
terminate A1 2024-02-01
run 2024-02-23
  CREDIT A1 P to C1, 2024-02-01 to 2024-02-29: −(2 × 100.00 × 1) = -200.00
`)
}

func TestRule06_WithRecurrenceFullMonthEveryTouchedMonthIsCoveredWhole(t *testing.T) {
	t.Parallel()
	play(t, `
product P MONTHLY 100.00 full-month
addon A1 P from 2024-01-31
run 2024-01-30
  nothing
run 2024-02-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 1 × 100.00 × 1 = 100.00
  CHARGE A1 P to C1, 2024-02-01 to 2024-02-29: 1 × 100.00 × 1 = 100.00
terminate A1 2024-02-02
run 2024-02-02
  nothing
terminate A1 2024-02-01
run 2024-02-03
  CREDIT A1 P to C1, 2024-02-01 to 2024-02-29: −(1 × 100.00 × 1) = -100.00
terminate A1 2024-01-31
run 2024-02-04
  CREDIT A1 P to C1, 2024-01-01 to 2024-01-31: −(1 × 100.00 × 1) = -100.00
`)
}

func TestRule06_AFullMonthIsBilledAtTheTermsOfItsFirstServedDay(t *testing.T) {
	t.Parallel()
	play(t, `
product P QUARTERLY 100.00 full-month
addon A1 P from 2024-01-15
units A1 3 from 2024-01-20
payer C2 from 2024-03-01
run 2024-01-15
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 1 × 100.00 × 1 = 100.00
  CHARGE A1 P to C1, 2024-02-01 to 2024-02-29: 3 × 100.00 × 1 = 300.00
  CHARGE A1 P to C2, 2024-03-01 to 2024-03-31: 3 × 100.00 × 1 = 300.00
`)
}

func TestRule06_AFullMonthIsAMonthUnderEveryProrationAndAnchor(t *testing.T) {
	t.Parallel()
	play(t, `
policy proration PERIOD_DAYS
policy alignment ANNIVERSARY
policy anchorDay 15
product P QUARTERLY 100.00 full-month
addon A1 P from 2024-01-10 until 2024-02-16
run 2024-01-10
  CHARGE A1 P to C1, 2023-12-15 to 2024-01-14: 1 × 100.00 × 1 = 100.00
run 2024-01-15
  CHARGE A1 P to C1, 2024-01-15 to 2024-03-14: 1 × 100.00 × 2 = 200.00
terminate A1 2024-02-15
run 2024-01-16
  CREDIT A1 P to C1, 2024-02-15 to 2024-03-14: −(1 × 100.00 × 1) = -100.00
`)
}

func TestRule06_AMonthBilledElsewhereIsNotBilledAgain(t *testing.T) {
	t.Parallel()
	play(t, `
product P MONTHLY 100.00 full-month
addon A1 P from 2024-01-15 invoiced 2024-01-20
run 2024-02-01
  CHARGE A1 P to C1, 2024-02-01 to 2024-02-29: 1 × 100.00 × 1 = 100.00
`)
}

func TestRule07_RoundOncePerLineHalfAwayFromZero(t *testing.T) {
	t.Parallel()
	away, even := money{scale: 2}, money{scale: 2, halfEven: true}
	for _, c := range []struct {
		units, price string
		months       Ratio
		away, even   int64
	}{
		{"1", "0.25", Ratio{1, 2}, 13, 12},
		{"1", "-0.25", Ratio{1, 2}, -13, -12},
		{"-1", "0.25", Ratio{1, 2}, -13, -12},
		{"1", "0.75", Ratio{1, 2}, 38, 38},
		{"3", "0.333", Ratio{1, 1}, 100, 100},
		{"1", "99999999.99", Ratio{1, 31}, 322580645, 322580645},
		{"1", "1000", Ratio{}, 100000, 100000},
		{"0.000001", "0.000001", Ratio{12, 1}, 0, 0},
		{"999999", "999999999999.99", Ratio{1, 31}, 3225803225806451580, 0},
	} {
		got, ok := away.cost(MustAmount(c.units), MustAmount(c.price), c.months)
		if c.even == 0 && c.away > minorMax {
			require.False(t, ok)
			continue
		}
		require.True(t, ok)
		require.Equal(t, c.away, got, "%s × %s × %s", c.units, c.price, c.months)
		got, _ = even.cost(MustAmount(c.units), MustAmount(c.price), c.months)
		require.Equal(t, c.even, got, "%s × %s × %s half even", c.units, c.price, c.months)
	}
}

// The fast path and the exact one must agree with plain rational arithmetic.
func TestRule07_TheRatioIsNeverRounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := func(label string) Amount {
			digits := rapid.IntRange(1, 18).Draw(t, label+" digits")
			return newAmount(rapid.Int64Range(-pow10[digits]+1, pow10[digits]-1).Draw(t, label),
				uint8(rapid.IntRange(0, 6).Draw(t, label+" scale")))
		}
		units, price := number("units"), number("price")
		den := rapid.Int32Range(1, 961).Draw(t, "den")
		months := newRatio(rapid.Int32Range(1, 12*den).Draw(t, "num"), den)
		m := money{scale: uint8(rapid.IntRange(0, 4).Draw(t, "scale")), halfEven: rapid.Bool().Draw(t, "half even")}
		exact := new(big.Rat).Mul(units.Decimal().Rat(), price.Decimal().Rat())
		exact.Mul(exact, big.NewRat(int64(months.Num), int64(months.Den)))
		want := roundRat(exact, int32(m.scale), m.halfEven)
		got, ok := m.cost(units, price, months)
		fits := want.Abs().Shift(int32(m.scale)).LessThanOrEqual(decimal.New(minorMax, 0))
		if ok != fits || ok && !m.amount(got).Decimal().Equal(want) {
			t.Fatalf("%s × %s × %s = %d (%v), want %s", units, price, months, got, ok, want)
		}
	})
}

// roundRat rounds by comparing twice the rest with the divisor, in big integers.
func roundRat(r *big.Rat, scale int32, halfEven bool) decimal.Decimal {
	num := new(big.Int).Mul(new(big.Int).Abs(r.Num()), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
	q, rest := new(big.Int).QuoRem(num, r.Denom(), new(big.Int))
	if c := rest.Lsh(rest, 1).Cmp(r.Denom()); c > 0 || c == 0 && (!halfEven || q.Bit(0) == 1) {
		q.Add(q, big.NewInt(1))
	}
	if r.Sign() < 0 {
		q.Neg(q)
	}
	return decimal.NewFromBigInt(q, -scale)
}

func TestRule07_ALineOfMoreThan18DigitsIsHeldAndNotRoundedAway(t *testing.T) {
	t.Parallel()
	play(t, `
product P MONTHLY 999999999999.99
product N NONE 999999999999.99
addon A1 P from 2024-01-01 units 1000000
run 2024-01-01
  held AMOUNT_TOO_LARGE
terminate A1 2024-01-01
addon A2 N from 2024-01-01 units 1000000
run 2024-01-01
  held AMOUNT_TOO_LARGE
`)
}

func TestAmount_RefusesWhatIsNotAPlainNumberOf18DigitsAnd6Decimals(t *testing.T) {
	t.Parallel()
	for text, cause := range map[string]error{
		"1e3": errAmountSyntax, "1E3": errAmountSyntax, "NaN": errAmountSyntax, "": errAmountSyntax, "-": errAmountSyntax,
		"+1": errAmountSyntax, "1.": errAmountSyntax, ".5": errAmountSyntax, "1.2.3": errAmountSyntax, "--1": errAmountSyntax,
		"1,5": errAmountSyntax, " 1": errAmountSyntax, "Infinity": errAmountSyntax, "0x10": errAmountSyntax,
		"١":                   errAmountSyntax,
		"1234567890123456789": errAmountDigits, "1234567890123.456789": errAmountDigits,
		"123456789012345678901234567890": errAmountDigits, "1e400000000000000000000000000": errAmountSyntax,
		"0.1234567": errAmountDecimals, "1.0000000": errAmountDecimals,
	} {
		_, err := ParseAmount(text)
		require.ErrorIs(t, err, cause, text)
		require.ErrorContains(t, err, "amount", text)
	}
	for text, want := range map[string]string{
		"95.00": "95", "-0.50": "-0.5", "0": "0", "-0": "0", "0.000001": "0.000001", "007": "7",
		"999999999999999999": "999999999999999999", "999999999999.999999": "999999999999.999999",
	} {
		a, err := ParseAmount(text)
		require.NoError(t, err)
		require.Equal(t, want, a.String())
		back, err := ParseAmount(a.Decimal().String())
		require.NoError(t, err)
		require.Equal(t, a, back)
	}
	require.Equal(t, MustAmount("95.00"), MustAmount("95"), "equal numbers are equal values")
	require.Equal(t, "95.00", MustAmount("95").StringFixed(2))
	require.Equal(t, "0.333", MustAmount("0.333").StringFixed(2))
	require.Equal(t, -1, MustAmount("-2").Sign())
}

func TestAmount_IsWrittenAsAStringAndReadFromStringOrNumber(t *testing.T) {
	t.Parallel()
	var v struct{ A, B Amount }
	require.NoError(t, json.Unmarshal([]byte(`{"A":12.50,"B":"-3"}`), &v))
	written, err := json.Marshal(v)
	require.NoError(t, err)
	require.JSONEq(t, `{"A":"12.5","B":"-3"}`, string(written))
	for _, bad := range []string{`{"A":1e3}`, `{"A":"1e3"}`, `{"A":true}`, `{"A":null}`, `{"A":1234567890123456789}`,
		`{"A":""}`} {
		require.Error(t, json.Unmarshal([]byte(bad), &v), bad)
	}
}

func FuzzParseAmount(f *testing.F) {
	for _, seed := range []string{"1", "-0.5", "1e3", "999999999999.999999", "1234567890123456789", "NaN", "0x1",
		"1.", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAmount(s)
		if err != nil {
			return
		}
		exact, err := decimal.NewFromString(s)
		if err != nil || !exact.Equal(a.Decimal()) {
			t.Fatalf("%q read as %s, the decimal library reads %s (%v)", s, a, exact, err)
		}
		if back, err := ParseAmount(a.String()); err != nil || back != a {
			t.Fatalf("%q written as %q, read back as %s (%v)", s, a, back, err)
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"2024-02-29", "2023-02-29", "0000-01-01", "9999-12-31", "10000-01-01", "2024-1-1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err == nil && (d.String() != s || !d.Valid() || d.Time().Format("2006-01-02") != s) {
			t.Fatalf("%q read as %s", s, d)
		}
	})
}

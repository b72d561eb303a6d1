package billing

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestQuantity(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name         string
		units, price string
		months       Ratio
		amount, want string
	}{
		{"two units for a month", "2", "95", Ratio{1, 1}, "190", "2"},
		{"for some days", "2", "95", Ratio{7, 31}, "42.90", "0.451613"},
		{"for a year", "3", "29.95", Ratio{12, 1}, "1078.20", "36"},
		{"what is sold once", "2", "250", Ratio{}, "500", "2"},
		{"a credit counts down", "2", "95", Ratio{7, 31}, "-42.90", "-0.451613"},
		{"a discount by units", "-0.5", "30", Ratio{1, 1}, "-15", "-0.5"},
		{"a discount by price", "1", "-25", Ratio{1, 1}, "-25", "-1"},
		{"a part of a large price", "1", "250000", Ratio{20, 31}, "161290.32", "0.64516129"},
		{"the credit of a discount", "1", "-25", Ratio{1, 1}, "25", "1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			l := Line{Units: MustAmount(row.units), UnitPrice: MustAmount(row.price), Months: row.months,
				Amount: MustAmount(row.amount), Scale: 2}
			require.Equal(t, row.want, l.Quantity().String())
			require.Equal(t, row.want, string(l.appendQuantity(nil)))
		})
	}
}

// A reader of an invoice multiplies what it shows, and may be a few cents off at most.
func TestProperty_QuantityTimesPriceIsTheAmount(t *testing.T) {
	t.Parallel()
	// a rounding of the line, one of its segment, and the quantity's
	off := func(l *Line) decimal.Decimal { return decimal.New(2, -int32(l.Scale)) }
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.play(func(lines []Line, _ Date) {
			for i := range lines {
				l := &lines[i]
				shown := l.Quantity().Mul(l.UnitPrice.abs().Decimal())
				if l.ShownPrice().Sign() < 0 || l.ShownUnits().Sign()*l.ShownPrice().Sign() != l.Units.Sign()*l.UnitPrice.Sign() {
					t.Fatalf("%s × %s is shown as %s × %s", l.Units, l.UnitPrice, l.ShownUnits(), l.ShownPrice())
				}
				if l.Whole == nil && shown.Sub(l.Amount.Decimal()).Abs().GreaterThan(off(l)) {
					t.Fatalf("%s × %s is not %s: %s", l.Quantity(), l.UnitPrice, l.Amount, l.Formula())
				}
			}
		})
	})
}

func TestBook_ALineOfAClosedPeriodBooksOnTheFirstOpenDay(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, from, closed, booking, books string }{
		{"nothing is closed", "2024-02-01", "", "", "2024-02-01"},
		{"closed before it", "2024-02-01", "2024-01-31", "", "2024-02-01"},
		{"closed on its day", "2024-02-01", "2024-02-01", "2024-02-02", "2024-02-02"},
		{"closed long after it", "2024-02-01", "2024-05-31", "2024-06-01", "2024-06-01"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var closed Date
			require.NoError(t, closed.UnmarshalText([]byte(row.closed)))
			l := Line{Period: Period{MustDate(row.from), MustDate("2024-07-01")}}
			l.Book(closed)
			require.Equal(t, row.booking, l.BookingDate.String())
			require.Equal(t, row.books, l.Books().String())
			require.Equal(t, row.from, l.Period.From.String(), "its service period stays")
		})
	}
}

func TestProperty_QuantityIsWrittenAsTheDecimalsLibraryDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := Line{
			Units: newAmount(rapid.Int64Range(-1e17, 1e17).Draw(t, "units"),
				uint8(rapid.IntRange(0, amountDecimalsMax).Draw(t, "decimals"))),
			Months: Ratio{rapid.Int32Range(0, 400).Draw(t, "num"), rapid.Int32Range(0, 3).Draw(t, "den")},
			Amount: newAmount(rapid.Int64Range(-1, 1).Draw(t, "sign"), 0), Scale: 2,
		}
		require.Equal(t, l.Quantity().String(), string(l.appendQuantity(nil)))
	})
}

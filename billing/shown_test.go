package billing

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestUnitCode(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		recurrence     Recurrence
		unitType, want string
	}{
		{Monthly, "UNITS", "MON"}, {Yearly, "", "MON"}, {None, "UNITS", "C62"}, {None, "HOURS", "HUR"}, {None, "MB", "4L"},
		{None, "KM", "KMT"}, {None, "MIN", "MIN"}, {None, "MONTHS", "MON"}, {None, "", "C62"}, {"", "barrels", "C62"},
	} {
		require.Equal(t, row.want, UnitCode(row.recurrence, row.unitType), "%s %s", row.recurrence, row.unitType)
	}
}

func TestShown_IsTheStoredLineAndMore(t *testing.T) {
	t.Parallel()
	l := Line{Period: Period{MustDate("2024-02-01"), MustDate("2024-02-08")}, Units: MustAmount("2"),
		UnitPrice: MustAmount("95"),
		Months:    Ratio{7, 29}, Amount: MustAmount("45.86"), Scale: 2, Recurrence: Monthly}
	stored := l.AppendJSON(nil)
	shown := string(l.AppendShown(nil, stored, Item{Code: "P-1", Name: "Desk <phone>", UnitCode: "MON"}))
	require.Equal(t, string(stored[:len(stored)-1])+`,"bookingDate":"2024-02-01","quantity":"0.482759","unitCode":"MON",`+
		`"productCode":"P-1","productName":"Desk \u003cphone\u003e"}`, shown)
	l.Book(MustDate("2024-05-31"))
	stored = l.AppendJSON(nil)
	require.Equal(t, string(stored[:len(stored)-1])+`,"quantity":"0.482759","unitCode":"MON"}`,
		string(l.AppendShown(nil, stored, Item{UnitCode: "MON"})), "the day on which it books is there already")
}

func TestShown_AUnitPriceHasNoSign(t *testing.T) {
	t.Parallel()
	l := Line{Kind: Credit, Period: Period{MustDate("2024-01-16"), MustDate("2024-02-01")},
		Units: One, UnitPrice: MustAmount("-50"),
		Months: Ratio{16, 31}, Amount: MustAmount("25.81"), Scale: 2, Recurrence: Monthly}
	var got struct{ Units, UnitPrice, Quantity, Amount, Explanation string }
	require.NoError(t, json.Unmarshal(l.AppendShown(nil, l.AppendJSON(nil), Item{UnitCode: "MON"}), &got))
	require.Equal(t, "-1", got.Units)
	require.Equal(t, "50.00", got.UnitPrice)
	require.Equal(t, "0.516129", got.Quantity)
	require.Equal(t, "25.81", got.Amount)
	require.Equal(t, "−(1 × -50.00 × 16/31) = 25.81", got.Explanation, "the terms as they were agreed")
}

func TestShown_HasTheFieldsOfTheContract(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := drawLine(t)
		raw := l.AppendShown(nil, l.AppendJSON(nil), Item{rapid.String().Draw(t, "code"), rapid.String().Draw(t, "name"),
			"C62"})
		var got map[string]any
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
		var as struct {
			lineWire
			Shown
		}
		if err := json.Unmarshal(raw, &as); err != nil || as.Quantity != l.Quantity().String() ||
			as.BookingDate != l.Books() {
			t.Fatalf("%v: %s", err, raw)
		}
	})
}

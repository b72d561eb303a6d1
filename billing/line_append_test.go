package billing

import (
	"encoding/json"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// wire is the line in its parts, for the encoder of the standard library.
func (l *Line) wire() lineWire {
	w := lineWire{
		ID: l.ID, Kind: l.Kind, Ledger: l.Ledger, Employee: l.Employee, BillTo: l.BillTo, Source: l.Source,
		Product: l.Product, From: l.Period.From, ToExclusive: l.Period.To, ToInclusive: Inclusive(l.Period.To),
		Units: l.Units, UnitPrice: l.UnitPrice.StringFixed(priceDecimals), Amount: l.Amount.StringFixed(int(l.Scale)),
		Currency: l.Currency, Revision: l.Revision, Reason: l.Reason, Actor: l.Actor, PriceSource: l.PriceSource,
		Explanation: l.Explanation(), Whole: l.Whole, Included: l.Included, Recurrence: l.Recurrence, Anchor: l.Anchor,
		FullMonth: l.FullMonth, PolicyFrom: l.PolicyFrom,
		Manual: l.Manual, Waive: l.Waive, BookingDate: l.BookingDate, DocumentRef: l.DocumentRef, Events: l.Events,
	}
	if l.Text != nil {
		w.Name, w.Description = l.Text.Name, l.Text.Description
	}
	if l.Months.Den != 0 {
		w.Months = &l.Months
	}
	if l.CorrectsLine != uuid.Nil {
		w.CorrectsLine = &l.CorrectsLine
	}
	return w
}

// drawLine draws any line, also such as no calculation makes.
func drawLine(t *rapid.T) *Line {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "5f1e0b5c9d3e2a0012345678", "a<b>&c", "\u2028",
		"\xff", "\x7f", "×"}))
	if rapid.Bool().Draw(t, "plain") { // as nearly all lines are
		text = rapid.SampledFrom([]string{"", "5f1e0b5c9d3e2a0012345678", "product", "2 × 95.00 − 1"})
	}
	word := func(label string) string { return text.Draw(t, label) }
	number := func(label string) Amount {
		return newAmount(rapid.Int64Range(-999_999_999_999_999_999, 999_999_999_999_999_999).Draw(t, label),
			uint8(rapid.IntRange(0, 6).Draw(t, label+" scale")))
	}
	date := func(label string) Date { return Date(rapid.Int32Range(0, int32(dateMax)).Draw(t, label)) }
	is := func(label string) bool { return rapid.Bool().Draw(t, label) }
	l := &Line{
		Kind: rapid.SampledFrom([]Kind{Charge, Credit}).Draw(t, "kind"), Ledger: Ledger(word("ledger")),
		Employee: word("employee"),
		BillTo:   word("billTo"), Source: word("source"), Product: word("product"), Period: Period{date("from"), date("to")},
		Units: number("units"), UnitPrice: number("price"), Amount: number("amount"),
		Scale:    uint8(rapid.IntRange(0, 4).Draw(t, "scale")),
		Currency: word("currency"), Revision: rapid.IntRange(0, 1<<40).Draw(t, "revision"), Reason: word("reason"),
		Actor:       word("actor"),
		PriceSource: word("priceSource"), Recurrence: Recurrence(word("recurrence")), FullMonth: is("full"),
		Manual: is("manual"),
		Waive:  is("waive"), DocumentRef: word("ref"), BookingDate: date("booking"), PolicyFrom: date("policy"),
	}
	copy(l.ID[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
	if is("corrects") {
		l.CorrectsLine = l.ID
	}
	if is("named") {
		l.Text = &Text{word("name"), word("description")}
	}
	if is("months") {
		l.Months = newRatio(rapid.Int32Range(0, 1200).Draw(t, "num"), rapid.Int32Range(1, 366).Draw(t, "den"))
	}
	if is("whole") {
		l.Whole = &Share{number("cost"), number("before")}
	}
	if is("included") {
		l.Included = number("included")
	}
	if is("anchored") {
		l.Anchor = anchorAt(max(date("anchor"), 40), rapid.IntRange(0, 31).Draw(t, "anchor day"))
	}
	l.Events = rapid.SliceOfN(text, 0, 3).Draw(t, "events")
	return l
}

func TestLine_IsWrittenAsTheStandardLibraryWritesIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := drawLine(t)
		want, err := json.Marshal(l.wire())
		if err != nil {
			t.Fatal(err)
		}
		if got := l.AppendJSON(nil); string(got) != string(want) {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
		if nested, err := json.Marshal(*l); err != nil || string(nested) != string(want) {
			t.Fatalf("inside the encoder: %v\ngot  %s\nwant %s", err, nested, want)
		}
	})
}

func FuzzLine_TextsAreWrittenAsTheStandardLibraryWritesThem(f *testing.F) {
	for _, seed := range []string{"", "plain", "a\"b\\c", "<script>&", "\u2028\u2029", "\xc3\x28", "tab\t\n\r\b\f\x00\x7f",
		"2 × 95.00 − 1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want, err := json.Marshal(text)
		require.NoError(t, err)
		require.Equal(t, string(want), string(appendString(nil, text)))
		require.Equal(t, string(want), string(appendString(nil, []byte(text))))
	})
}

func benchLine(b *testing.B) *Line {
	b.Helper()
	account, catalog := benchAccount(MustDate("2026-01-01"))
	due, err := account.Due(catalog, benchPolicy(b, Customer), MustDate("2026-01-01"))
	if err != nil {
		b.Fatal(err)
	}
	l := &due.Lines[0]
	l.DocumentRef = "2026-01/CUSTOMER/5f1e0b5c9d3e2a0012340001/DKK"
	return l
}

func BenchmarkLine_AppendJSON(b *testing.B) {
	l := benchLine(b)
	buf := l.AppendJSON(nil)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf = l.AppendJSON(buf[:0])
	}
}

// The same line the way it was written before.
func BenchmarkLine_StandardLibrary(b *testing.B) {
	l := benchLine(b)
	b.ReportAllocs()
	for b.Loop() {
		raw, err := json.Marshal(l.wire())
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(raw)))
	}
}

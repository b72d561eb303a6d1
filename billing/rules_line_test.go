package billing

import (
	"encoding/json"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

const includedHistory = `
product M MONTHLY 49.00 includes 3 BUSY
product M0 MONTHLY 39.00
product BUSY MONTHLY 62.00
user-product M from 2025-07-01
addon A2 BUSY from 2025-07-05 units 2
addon A1 BUSY from 2025-07-01 units 2
addon A3 BUSY from 2025-07-01 units -1
run 2025-07-05
  CHARGE A3 BUSY to C1, 2025-07-01 to 2025-07-31: -1 × 62.00 × 1 = -62.00
  CHARGE product M to C1, 2025-07-01 to 2025-07-31: 1 × 49.00 × 1 = 49.00
  CHARGE A2 BUSY to C1, 2025-07-05 to 2025-07-31: (2 − 1 included) × 62.00 × 27/31 = 54.00
`

func TestRule20_IncludedProductsReduceTheBillableUnitsOfTheOldestAddonsFirst(t *testing.T) {
	t.Parallel()
	play(t, includedHistory+`
terminate A1 2025-07-17
run 2025-07-17
  CREDIT A2 BUSY to C1, 2025-07-17 to 2025-07-31: −(1 × 62.00 × 15/31) = -30.00
new-product M0 on 2025-07-18
run 2025-08-01
  CHARGE A2 BUSY to C1, 2025-08-01 to 2025-08-31: 2 × 62.00 × 1 = 124.00
  CHARGE A3 BUSY to C1, 2025-08-01 to 2025-08-31: -1 × 62.00 × 1 = -62.00
  CHARGE product M0 to C1, 2025-08-01 to 2025-08-31: 1 × 39.00 × 1 = 39.00
`)
}

func TestRule20_IncludedUnitsAreFreeRowsForAReaderWhoAsks(t *testing.T) {
	t.Parallel()
	h := play(t, includedHistory)
	july := Period{MustDate("2025-07-01"), MustDate("2025-08-01")}
	free, err := h.account.FreeUnits(h.catalog, h.policy, july)
	require.NoError(t, err)
	require.Equal(t, []Free{
		{"A1", "BUSY", july, MustAmount("2")},
		{"A2", "BUSY", Period{MustDate("2025-07-05"), july.To}, One},
	}, free)
	ignoring, err := h.policy.With("includedUnits", Ignore)
	require.NoError(t, err)
	free, err = h.account.FreeUnits(h.catalog, &ignoring, july)
	require.NoError(t, err)
	require.Empty(t, free)
}

func TestRule22_ThreeLedgersCoverTheSameDaysEachRoundedOnItsOwn(t *testing.T) {
	t.Parallel()
	play(t, `
policy ledgers CUSTOMER,RESELLER,COST
product P MONTHLY 10.00 wholesale 0.10 cost 0.01
addon A1 P from 2024-01-17
run 2024-01-17
  CHARGE A1 P to PLATFORM, 2024-01-17 to 2024-01-31: 1 × 0.01 × 15/31 = 0.00
  CHARGE A1 P to C1, 2024-01-17 to 2024-01-31: 1 × 10.00 × 15/31 = 4.84
  CHARGE A1 P to R1, 2024-01-17 to 2024-01-31: 1 × 0.10 × 15/31 = 0.05
`)
}

func TestRule23_LineIdIsAUUIDv5OfTheIdentityWithoutAmountRunOrClock(t *testing.T) {
	t.Parallel()
	id := Identity{Customer, "E1", "A1", "P", "C1", Period{MustDate("2024-01-01"), MustDate("2024-02-01")}, Charge, 0}
	name := "CUSTOMER\x00E1\x00A1\x00P\x00C1\x002024-01-01\x002024-02-01\x00CHARGE\x000"
	require.Equal(t, uuid.NewSHA1(lineSpace, []byte(name)), LineID(id))
	other := id
	other.Revision = 1
	require.NotEqual(t, LineID(id), LineID(other))
}

func TestRule23_RevisionCountsEarlierLinesOfTheSameIdentity(t *testing.T) {
	t.Parallel()
	h := play(t, `
product P MONTHLY 310.00
addon A1 P from 2024-01-01
run 2024-01-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 1 × 310.00 × 1 = 310.00
terminate A1 2024-01-01
run 2024-01-02
  CREDIT A1 P to C1, 2024-01-01 to 2024-01-31: −(1 × 310.00 × 1) = -310.00
terminate A1 never
run 2024-01-03
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 1 × 310.00 × 1 = 310.00
terminate A1 2024-01-01
run 2024-01-04
  CREDIT A1 P to C1, 2024-01-01 to 2024-01-31: −(1 × 310.00 × 1) = -310.00
`)
	require.Equal(t, []int{0, 0, 1, 1}, []int{h.lines[0].Revision, h.lines[1].Revision, h.lines[2].Revision,
		h.lines[3].Revision})
	require.Equal(t, h.lines[2].ID, h.lines[3].CorrectsLine)
	require.Empty(t, h.account.Billed.Blocks)
}

func TestRule23_NoDayIsAddedTwice(t *testing.T) {
	t.Parallel()
	h := play(t, `
product P MONTHLY 310.00
addon A1 P from 2024-01-01
run 2024-02-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 1 × 310.00 × 1 = 310.00
  CHARGE A1 P to C1, 2024-02-01 to 2024-02-29: 1 × 310.00 × 1 = 310.00
units A1 2 from 2024-01-22
run 2024-02-01
  CREDIT A1 P to C1, 2024-01-22 to 2024-01-31: −(1 × 310.00 × 10/31) = -100.00
  CREDIT A1 P to C1, 2024-02-01 to 2024-02-29: −(1 × 310.00 × 1) = -310.00
  CHARGE A1 P to C1, 2024-01-22 to 2024-01-31: 2 × 310.00 × 10/31 = 200.00
  CHARGE A1 P to C1, 2024-02-01 to 2024-02-29: 2 × 310.00 × 1 = 620.00
`)
	changed := []Period{{MustDate("2024-01-22"), MustDate("2024-03-01")}}
	coverage, err := AddedRemoved(h.lines[2:])
	require.NoError(t, err)
	require.Equal(t, []Coverage{{Source: "A1", Ledger: Customer, Removed: changed, Added: changed}}, coverage)
	_, err = AddedRemoved(h.lines)
	require.ErrorIs(t, err, errCoveredTwice)
	coverage, err = AddedRemoved([]Line{{Manual: true}})
	require.NoError(t, err)
	require.Empty(t, coverage)
}

func TestRule24_EachLineCarriesItsExplanation(t *testing.T) {
	t.Parallel()
	h := play(t, `
product P MONTHLY 100.00
addon A1 P from 2024-01-25 units 2 at 95
addon A2 P from 2024-01-25
run 2024-01-25
  CHARGE A1 P to C1, 2024-01-25 to 2024-01-31: 2 × 95.00 × 7/31 = 42.90
  CHARGE A2 P to C1, 2024-01-25 to 2024-01-31: 1 × 100.00 × 7/31 = 22.58
`)
	require.Equal(t, "2 × 95.00 × 7/31 = 42.90, price: override", h.lines[0].Explanation())
	require.Equal(t, "1 × 100.00 × 7/31 = 22.58, price: P", h.lines[1].Explanation())
}

func TestRule21_ALineIsReadBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	h := play(t, includedHistory+`
terminate A1 2025-07-17
run 2025-07-17
  CREDIT A2 BUSY to C1, 2025-07-17 to 2025-07-31: −(1 × 62.00 × 15/31) = -30.00
`)
	for _, l := range h.lines {
		l.Events, l.BookingDate, l.DocumentRef = []string{"e-1"}, MustDate("2025-07-05"), "2025-08/CUSTOMER/C1/DKK"
		l.Whole = &Share{One, One}
		written, err := json.Marshal(l)
		require.NoError(t, err)
		var back Line
		require.NoError(t, json.Unmarshal(written, &back))
		require.Equal(t, l, back)
		require.Contains(t, string(written), `"toInclusive":"2025-07-31"`)
		require.NotRegexp(t, `"(amount|unitPrice|units)":[0-9-]`, string(written), "money is never a JSON number")
	}
	var l Line
	require.ErrorContains(t, json.Unmarshal([]byte(`{"unitPrice":"x","amount":"1"}`), &l), "unitPrice")
	require.ErrorContains(t, json.Unmarshal([]byte(`{"unitPrice":"1","amount":"1e9"}`), &l), "amount")
	require.Error(t, json.Unmarshal([]byte(`{"months":"1/0"}`), &l))
}

func TestRule25_LinesNetToAnInvoiceOrACreditNotePerLedgerPayerAndCurrency(t *testing.T) {
	t.Parallel()
	p, err := DefaultPolicy().Ready()
	require.NoError(t, err)
	line := func(n byte, k Kind, billTo, amount string) Line {
		return Line{ID: uuid.UUID{n}, Kind: k, Ledger: Customer, BillTo: billTo, Currency: "DKK", Scale: 2,
			Amount: MustAmount(amount)}
	}
	lines := []Line{line(1, Charge, "C2", "10"), line(2, Credit, "C1", "-51.61"), line(4, Charge, "C1", "10"),
		line(4, Charge, "C1", "10")}
	docs := Documents(lines, &p, MustDate("2026-10-01"))
	require.Len(t, docs, 2)
	require.Equal(t, "2026-10/CUSTOMER/C1/DKK", docs[0].Ref)
	require.Equal(t, uuid.UUID{6}, docs[0].Hash, "the order of lines does not matter, and a line counts once")
	written, err := json.Marshal(docs[0])
	require.NoError(t, err)
	require.JSONEq(
		t, `{"documentRef":"2026-10/CUSTOMER/C1/DKK","ledger":"CUSTOMER","billTo":"C1","currency":"DKK","type":"CREDIT_NOTE",
		"total":"41.61","charges":"10.00","credits":"-51.61","count":2,"hash":"06000000-0000-0000-0000-000000000000"}`,
		string(written))
	require.Equal(t, Invoice, docs[1].Type)
	lines[0].DocumentRef = "kept"
	require.Equal(t, "kept", Documents(lines[:1], &p, MustDate("2026-10-01"))[0].Ref)
}

func TestRule25_AMonthlyDocumentClosesWithTheRunOfTheFirst(t *testing.T) {
	t.Parallel()
	p := DefaultPolicy()
	require.Equal(t, "2026-10/CUSTOMER/C1/DKK", DocumentRef(&p, MustDate("2026-10-01"), Customer, "C1", "DKK"))
	require.Equal(t, "2026-11/RESELLER/R1/DKK", DocumentRef(&p, MustDate("2026-10-02"), Reseller, "R1", "DKK"))
	require.Equal(t, "2027-01/CUSTOMER/C1/DKK", DocumentRef(&p, MustDate("2026-12-31"), Customer, "C1", "DKK"))
	p.DocumentCycle = CyclePerRun
	require.Equal(t, "2026-10-02/CUSTOMER/C1/DKK", DocumentRef(&p, MustDate("2026-10-02"), Customer, "C1", "DKK"))
}

func TestRule26_ACorrectionBooksOnTheFirstOpenDate(t *testing.T) {
	t.Parallel()
	day := MustDate("2024-01-10")
	require.Equal(t, day, bookingDay(day, 0))
	require.Equal(t, day, bookingDay(day, MustDate("2023-12-31")))
	require.Equal(t, "2024-02-01", bookingDay(day, MustDate("2024-01-31")).String())
}

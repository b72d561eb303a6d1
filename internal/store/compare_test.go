package store

import (
	"fmt"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
)

// billedTotal is what a run bills a payer in the customers' ledger.
func billedTotal(payer, amount string) Total {
	return Total{DocumentRef: "2026-04/CUSTOMER/" + payer + "/DKK", Ledger: "CUSTOMER", BillTo: payer,
		Currency: "DKK", Lines: 1,
		Amount: decimal.RequireFromString(amount)}
}

func product(name, amount string) Product {
	return Product{Ledger: "CUSTOMER", Currency: "DKK", Product: name, Lines: 1, Amount: decimal.RequireFromString(amount)}
}

// billedBy writes a run of one chunk in a shard.
func billedBy(t *testing.T, s *Store, c *Claim, run string, totals []Total, products []Product, reasons []Reason) {
	t.Helper()
	require.NoError(t, s.Write(t.Context(), c,
		Write{CatalogVersion: -1, OpenRuns: []RunShard{{Run: run, BusinessDate: night, Manifest: []byte(`{}`)}}}))
	n := int64(len(reasons))
	require.NoError(t, s.Write(t.Context(), c, Write{CatalogVersion: -1, Chunk: &Chunk{Run: run, CursorDue: night,
		CursorStream: "z",
		Examined:     n + 1, Billed: 1, NotBilled: n, Done: true, Totals: totals, Products: products, Reasons: reasons}}))
}

// twoRuns are billed in two shards.
func twoRuns(t *testing.T) *Store {
	t.Helper()
	s := newStore(t)
	for _, shard := range []ShardID{1, 2} {
		c := claimed(t, s, shard)
		billedBy(t, s, c, "before", []Total{billedTotal("same", "10"), billedTotal("less", "50"),
			billedTotal("gone", "7.50")},
			[]Product{product("p1", "60"), product("p2", "7.50")}, nil)
		billedBy(t, s, c, "now", []Total{billedTotal("same", "10"), billedTotal("less", "20"), billedTotal("new", "1")},
			[]Product{product("p1", "31")}, []Reason{{fmt.Sprintf("employee/a%d", shard), "NOT_DUE", ""},
				{fmt.Sprintf("employee/b%d", shard), "NO_PRICE", "p2"}})
	}
	return s
}

func TestCompare_PayersOfTwoRunsAreComparedOverAllShards(t *testing.T) {
	t.Parallel()
	s := twoRuns(t)
	changes, err := s.PayerChanges(t.Context(), "now", "before", 10)
	require.NoError(t, err)
	var told []string
	for _, c := range changes {
		told = append(told, fmt.Sprintf("%s %s %s %s: %s then %s", c.Change, c.Ledger, c.BillTo, c.Currency, c.Was, c.Is))
	}
	require.Equal(t, []string{
		"changed CUSTOMER less DKK: 100 then 40", "gone CUSTOMER gone DKK: 15 then 0", "new CUSTOMER new DKK: 0 then 2",
	}, told, "the largest difference first, those that are the same not at all")
	some, err := s.PayerChanges(t.Context(), "now", "before", 1)
	require.NoError(t, err)
	require.Len(t, some, 1)

	counts, err := s.PayerCounts(t.Context(), "now", "before")
	require.NoError(t, err)
	require.Len(t, counts, 3)
	require.Equal(t, PayerChanged, counts[0].Change)
	require.EqualValues(t, 1, counts[0].Payers)
	require.Equal(t, "15", counts[1].Was.String())
	none, err := s.PayerCounts(t.Context(), "now", "now")
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestCompare_ProductsOfARunAddUpOverItsChunksAndShards(t *testing.T) {
	t.Parallel()
	s := twoRuns(t)
	found, err := s.RunProducts(t.Context(), "before")
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Equal(t, "p1", found[0].Product)
	require.EqualValues(t, 2, found[0].Lines)
	require.Equal(t, "120", found[0].Amount.String())
	require.Equal(t, "15", found[1].Amount.String())
	none, err := s.RunProducts(t.Context(), "never")
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestCompare_ReasonsAreCountedAndReadPageByPage(t *testing.T) {
	t.Parallel()
	s := twoRuns(t)
	counts, err := s.ReasonCounts(t.Context(), "now")
	require.NoError(t, err)
	require.Equal(t, map[string]int64{"NOT_DUE": 2, "NO_PRICE": 2}, counts)
	for except, want := range map[string][]string{
		"":        {"employee/a1", "employee/b1", "employee/a2", "employee/b2"},
		"NOT_DUE": {"employee/b1", "employee/b2"},
	} {
		var told []string
		after := ReasonPage{Shard: -1}
		for range 5 {
			page, next, err := s.RunReasonsAfter(t.Context(), "now", except, after, 1)
			require.NoError(t, err)
			for _, r := range page {
				told = append(told, r.Stream)
			}
			after = next
		}
		require.Equal(t, want, told, except)
	}
}

func TestCompare_HeldEmployeesAreCountedAndReadWithoutThoseOfWhomNothingIsDue(t *testing.T) {
	t.Parallel()
	s := twoRuns(t)
	counts, more, err := s.HeldCounts(t.Context(), "now")
	require.NoError(t, err)
	require.False(t, more)
	require.Equal(t, map[string]int64{"NO_PRICE": 2}, counts)
	first, next, err := s.Held(t.Context(), "now", "NO_PRICE", ReasonPage{Shard: -1}, 1)
	require.NoError(t, err)
	second, _, err := s.Held(t.Context(), "now", "NO_PRICE", next, 10)
	require.NoError(t, err)
	require.Equal(t, []string{"employee/b1", "employee/b2"}, []string{first[0].Stream, second[0].Stream})
	require.Len(t, second, 1)
	none, _, err := s.Held(t.Context(), "now", "NOT_DUE", ReasonPage{Shard: -1}, 10)
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestCompare_TheLastPositionOfARunIsThatOfItsLastLine(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := opened(t, s, 1)
	lines := plain(c, 1, "employee/a", "employee/b")
	lines.Chunk = &Chunk{Run: "run", CursorDue: night, CursorStream: "b", Examined: 2, Billed: 2,
		Totals: []Total{billedTotal("p", "1")}}
	require.NoError(t, s.Write(t.Context(), c, lines))
	done := plain(c, 1, "runshard/run/1") // the event that tells it is through
	done.Chunk = &Chunk{Run: "run", CursorDue: night, CursorStream: "z", Done: true}
	require.NoError(t, s.Write(t.Context(), c, done))
	all, err := s.RunShards(t.Context(), "run")
	require.NoError(t, err)
	require.Equal(t, []int64{1, 2, 3}, []int64{all[0].FirstPos, all[0].LastPos, c.Head})
}

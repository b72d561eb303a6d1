package runs

import (
	"testing"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
)

// sum is what lines come to.
type sum struct {
	lines  int64
	amount string
	hash   uuid.UUID
}

func (a sum) plus(amount decimal.Decimal, lines int64, hash uuid.UUID) sum {
	before := decimal.Zero
	if a.amount != "" {
		before = decimal.RequireFromString(a.amount)
	}
	for i := range hash {
		a.hash[i] ^= hash[i]
	}
	return sum{a.lines + lines, before.Add(amount).StringFixed(2), a.hash}
}

// billed are the lines of a run as they stand in the log.
type billed struct {
	byLedger   map[string]sum // ledger and currency
	byDocument map[string]sum
	first      map[int32]int64 // the lowest position of a shard
	last       map[int32]int64
	employees  int64
}

func (s *system) billed(run string) billed {
	s.t.Helper()
	b := billed{byLedger: map[string]sum{}, byDocument: map[string]sum{}, first: map[int32]int64{},
		last: map[int32]int64{}}
	for _, shard := range s.shards {
		page, err := s.store.Events(s.t.Context(), store.ShardID(shard), 0, 1_000)
		require.NoError(s.t, err)
		for _, e := range page {
			event, err := events.Decode(e.Type, e.Payload)
			require.NoError(s.t, err)
			invoiced, ok := event.(events.EmployeeInvoiced)
			if !ok || invoiced.Run != run {
				continue
			}
			b.employees++
			if b.first[shard] == 0 {
				b.first[shard] = e.Position
			}
			b.last[shard] = e.Position
			for _, l := range invoiced.Lines {
				key := string(l.Ledger) + " " + l.Currency
				b.byLedger[key] = b.byLedger[key].plus(l.Amount.Decimal(), 1, l.ID)
				b.byDocument[l.DocumentRef] = b.byDocument[l.DocumentRef].plus(l.Amount.Decimal(), 1, l.ID)
			}
		}
	}
	return b
}

func TestTotals_AreWhatTheLinesComeTo(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	s.work()
	s.hire(9, "2026-10-12")
	d := s.driver()
	s.ensure(d)
	s.clock.set("2026-11-01T06:00:00Z")
	s.ensure(d)

	cycle := map[string]sum{}
	for _, night := range []string{"2026-10-31", "2026-11-01"} {
		told, made := s.completed(night), s.billed("nightly/"+night)
		assert.Equal(t, told.Examined, told.Billed+told.NotBilled, night)
		assert.Equal(t, made.employees, told.Billed, night)
		totals, shards := map[string]sum{}, map[string]sum{}
		for _, c := range told.Totals {
			totals[string(c.Ledger)+" "+c.Currency] = sum{c.Lines, c.Amount.StringFixed(2), c.Hash}
		}
		assert.Equal(t, made.byLedger, totals, "%s: lines of each ledger", night)
		require.Len(t, told.Shards, len(made.first), night)
		for _, shard := range told.Shards {
			assert.LessOrEqual(t, shard.FirstPosition, made.first[shard.Shard], "%s: whoever reads from there misses no line",
				night)
			assert.GreaterOrEqual(t, shard.LastPosition, made.last[shard.Shard], "%s: nor up to there", night)
			for _, c := range shard.Totals {
				key := string(c.Ledger) + " " + c.Currency
				shards[key] = shards[key].plus(decimal.RequireFromString(c.Amount.StringFixed(2)), c.Lines, c.Hash)
			}
		}
		assert.Equal(t, totals, shards, "%s: the shards sum to the whole", night)
		for ref, part := range made.byDocument {
			cycle[ref] = cycle[ref].plus(decimal.RequireFromString(part.amount), part.lines, part.hash)
		}
	}
	require.Len(t, cycle, 3, "the nights up to the first and its own are of one cycle, a document for each ledger")
	s.documentsAre(cycle)
}

// documentsAre compares the documents that were closed with the lines that carry their references.
func (s *system) documentsAre(lines map[string]sum) {
	s.t.Helper()
	for ref, want := range lines {
		history := s.history(domain.Stream(domain.KindDocument, ref))
		require.Len(s.t, history, 1, ref)
		document, ok := history[0].(events.DocumentIssued)
		require.True(s.t, ok)
		assert.Equal(s.t, want, sum{document.Lines, document.Total.StringFixed(2), document.Hash}, ref)
		assert.Equal(s.t, "INVOICE", document.Type)
		assert.Equal(s.t, "nightly/2026-11-01", document.Run)
	}
}

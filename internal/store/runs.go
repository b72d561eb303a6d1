package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

const (
	// totalsPageMax bounds the documents read in one round trip.
	totalsPageMax = 10_000
	// reasonsPageMax bounds the reasons read in one round trip.
	reasonsPageMax = 10_000
)

const sqlOpenRunShards = `
SELECT run, shard, business_date, manifest, state, cursor_due, cursor_stream, examined, billed, not_billed,
    first_pos, last_pos
FROM run_shards WHERE shard = $1::integer AND state = '` + RunOpen + `'
ORDER BY business_date, run`

// OpenRunShards are the runs that a shard has not worked through, by business date: an earlier night comes first.
func (s *Store) OpenRunShards(ctx context.Context, shard ShardID) ([]RunShard, error) {
	return s.runShards(ctx, sqlOpenRunShards, int32(shard))
}

const sqlRunShards = `
SELECT r.run, r.shard, r.business_date, r.manifest, r.state, r.cursor_due, r.cursor_stream, r.examined, r.billed,
    r.not_billed, r.first_pos, r.last_pos
FROM shards AS s JOIN run_shards AS r ON r.shard = s.shard WHERE r.run = $1::text
ORDER BY r.shard`

// What a run has in all shards is read shard by shard: its tables are ordered so.

// RunShards is how far a run is in each shard that has opened it.
func (s *Store) RunShards(ctx context.Context, run string) ([]RunShard, error) {
	return s.runShards(ctx, sqlRunShards, run)
}

func (s *Store) runShards(ctx context.Context, sql string, arg any) ([]RunShard, error) {
	rows, err := s.pool.Query(ctx, sql, arg)
	if err != nil {
		return nil, fmt.Errorf("store: run shards of %v: %w", arg, err)
	}
	found, err := collect(rows, 0, func(v [][]byte) RunShard {
		return RunShard{
			Run: string(v[0]), Shard: ShardID(rawInt32(v[1])), BusinessDate: rawDate(v[2]), Manifest: rawBytes(v[3]),
			State: string(v[4]), CursorDue: rawDate(v[5]), CursorStream: string(v[6]), Examined: rawInt64(v[7]),
			Billed: rawInt64(v[8]), NotBilled: rawInt64(v[9]), FirstPos: rawInt64(v[10]), LastPos: rawInt64(v[11]),
		}
	})
	if err != nil {
		return nil, fmt.Errorf("store: run shards of %v: %w", arg, err)
	}
	return found, nil
}

const sqlRunTotals = `
SELECT $1::text, t.shard, ''::text, t.ledger, ''::text, t.currency, sum(t.lines)::bigint, sum(t.amount)::text,
    bit_xor(t.hash)::text
FROM shards AS s JOIN run_totals AS t ON t.shard = s.shard WHERE t.run = $1::text
GROUP BY t.shard, t.ledger, t.currency
ORDER BY t.ledger, t.currency, t.shard`

// RunTotals is what a run billed, per ledger, currency and shard; DocumentRef and BillTo are empty.
func (s *Store) RunTotals(ctx context.Context, run string) ([]Total, error) {
	return s.totals(ctx, sqlRunTotals, run)
}

func (s *Store) totals(ctx context.Context, sql string, args ...any) ([]Total, error) {
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("store: totals: %w", err)
	}
	var unreadable error
	found, err := collect(rows, 0, func(v [][]byte) Total {
		amount, err := decimal.NewFromString(string(v[7]))
		if err != nil {
			unreadable = err
		}
		t := Total{
			Run: string(v[0]), Shard: ShardID(rawInt32(v[1])), DocumentRef: string(v[2]), Ledger: string(v[3]),
			BillTo: string(v[4]), Currency: string(v[5]), Lines: rawInt64(v[6]), Amount: amount, Hash: bits(v[8]),
		}
		if len(v) > 9 && len(v[9]) > 0 {
			t.ChargesKnown = true
			if t.Charges, err = decimal.NewFromString(string(v[9])); err != nil {
				unreadable = err
			}
		}
		return t
	})
	if err == nil {
		err = unreadable
	}
	if err != nil {
		return nil, fmt.Errorf("store: totals: %w", err)
	}
	return found, nil
}

// bits reads the zeros and ones of a bit(128).
func bits(text []byte) (id uuid.UUID) {
	for i, digit := range text[:min(len(text), 8*len(id))] {
		id[i/8] |= (digit - '0') << (7 - i%8)
	}
	return id
}

const sqlRunReasons = `
SELECT r.stream, r.reason, r.detail
FROM shards AS s JOIN run_reasons AS r ON r.shard = s.shard WHERE r.run = $1::text
ORDER BY r.shard, r.stream LIMIT $2::bigint`

// RunReasons returns why employees were not billed in a run, at most limit or 10 000 of them.
func (s *Store) RunReasons(ctx context.Context, run string, limit int) ([]Reason, error) {
	rows, err := s.pool.Query(ctx, sqlRunReasons, run, int64(min(limit, reasonsPageMax)))
	if err != nil {
		return nil, fmt.Errorf("store: reasons of %s: %w", run, err)
	}
	reasons, err := collect(rows, 0, func(v [][]byte) Reason {
		return Reason{Stream: string(v[0]), Reason: string(v[1]), Detail: string(v[2])}
	})
	if err != nil {
		return nil, fmt.Errorf("store: reasons of %s: %w", run, err)
	}
	return reasons, nil
}

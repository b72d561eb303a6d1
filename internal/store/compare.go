package store

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"
)

const sqlRunProducts = `
SELECT p.ledger, p.currency, p.product, sum(p.lines)::bigint, sum(p.amount)::text
FROM shards AS s JOIN run_products AS p ON p.shard = s.shard WHERE p.run = $1::text
GROUP BY p.ledger, p.currency, p.product
ORDER BY p.ledger, p.currency, p.product`

// RunProducts is what a run billed of each product, per ledger and currency.
func (s *Store) RunProducts(ctx context.Context, run string) ([]Product, error) {
	rows, err := s.pool.Query(ctx, sqlRunProducts, run)
	if err != nil {
		return nil, fmt.Errorf("store: products of %s: %w", run, err)
	}
	var unreadable error
	found, err := collect(rows, 0, func(v [][]byte) Product {
		amount, err := decimal.NewFromString(string(v[4]))
		if err != nil {
			unreadable = err
		}
		return Product{
			Ledger:   string(v[0]),
			Currency: string(v[1]),
			Product:  string(v[2]),
			Lines:    rawInt64(v[3]),
			Amount:   amount,
		}
	})
	if err == nil {
		err = unreadable
	}
	if err != nil {
		return nil, fmt.Errorf("store: products of %s: %w", run, err)
	}
	return found, nil
}

// The ways in which a payer may differ between two runs.
const (
	PayerNew     = "new"
	PayerGone    = "gone"
	PayerChanged = "changed"
)

// PayerChange is a payer who is billed another amount in one run than in another.
type PayerChange struct {
	Change   string // PayerNew, PayerGone, PayerChanged
	Ledger   string
	BillTo   string
	Currency string
	Was, Is  decimal.Decimal
}

// PayerCount is how many payers of a ledger and a currency differ in one way, and what they are billed together.
type PayerCount struct {
	Change   string
	Ledger   string
	Currency string
	Payers   int64
	Was, Is  decimal.Decimal
}

// payersCompared are the payers of two runs beside each other, those that are the same left out.
const payersCompared = `
WITH was AS (
    SELECT t.ledger, t.bill_to, t.currency, sum(t.amount) AS amount
    FROM shards AS s JOIN run_totals AS t ON t.shard = s.shard WHERE t.run = $2::text
    GROUP BY t.ledger, t.bill_to, t.currency
), is_now AS (
    SELECT t.ledger, t.bill_to, t.currency, sum(t.amount) AS amount
    FROM shards AS s JOIN run_totals AS t ON t.shard = s.shard WHERE t.run = $1::text
    GROUP BY t.ledger, t.bill_to, t.currency
), compared AS (
    SELECT CASE WHEN w.ledger IS NULL THEN '` + PayerNew + `' WHEN n.ledger IS NULL THEN '` + PayerGone + `' ELSE '` +
	PayerChanged + `' END AS change,
           COALESCE(n.ledger, w.ledger) AS ledger, COALESCE(n.bill_to, w.bill_to) AS bill_to,
           COALESCE(n.currency, w.currency) AS currency, COALESCE(w.amount, 0) AS was, COALESCE(n.amount, 0) AS now
    FROM is_now AS n FULL JOIN was AS w ON w.ledger = n.ledger AND w.bill_to = n.bill_to AND w.currency = n.currency
    WHERE n.amount IS DISTINCT FROM w.amount
)`

const sqlPayerChanges = payersCompared + `
SELECT change, ledger, bill_to, currency, was::text, now::text
FROM compared
ORDER BY abs(now - was) DESC, ledger, bill_to, currency LIMIT $3::bigint`

// PayerChanges lists the payers that a run bills other amounts than another run, the largest differences first, at most
// limit or 10 000.
func (s *Store) PayerChanges(ctx context.Context, run, other string, limit int) ([]PayerChange, error) {
	rows, err := s.pool.Query(ctx, sqlPayerChanges, run, other, int64(min(limit, totalsPageMax)))
	if err != nil {
		return nil, fmt.Errorf("store: payers of %s and %s: %w", run, other, err)
	}
	var unreadable error
	found, err := collect(rows, 0, func(v [][]byte) PayerChange {
		was, is, err := twoAmounts(v[4], v[5])
		if err != nil {
			unreadable = err
		}
		return PayerChange{
			Change:   string(v[0]),
			Ledger:   string(v[1]),
			BillTo:   string(v[2]),
			Currency: string(v[3]),
			Was:      was,
			Is:       is,
		}
	})
	if err == nil {
		err = unreadable
	}
	if err != nil {
		return nil, fmt.Errorf("store: payers of %s and %s: %w", run, other, err)
	}
	return found, nil
}

const sqlPayerCounts = payersCompared + `
SELECT change, ledger, currency, count(*)::bigint, sum(was)::text, sum(now)::text
FROM compared
GROUP BY change, ledger, currency
ORDER BY change, ledger, currency`

// PayerCounts counts what PayerChanges lists, all of them.
func (s *Store) PayerCounts(ctx context.Context, run, other string) ([]PayerCount, error) {
	rows, err := s.pool.Query(ctx, sqlPayerCounts, run, other)
	if err != nil {
		return nil, fmt.Errorf("store: payers of %s and %s: %w", run, other, err)
	}
	var unreadable error
	found, err := collect(rows, 0, func(v [][]byte) PayerCount {
		was, is, err := twoAmounts(v[4], v[5])
		if err != nil {
			unreadable = err
		}
		return PayerCount{
			Change:   string(v[0]),
			Ledger:   string(v[1]),
			Currency: string(v[2]),
			Payers:   rawInt64(v[3]),
			Was:      was,
			Is:       is,
		}
	})
	if err == nil {
		err = unreadable
	}
	if err != nil {
		return nil, fmt.Errorf("store: payers of %s and %s: %w", run, other, err)
	}
	return found, nil
}

func twoAmounts(a, b []byte) (first, second decimal.Decimal, err error) {
	if first, err = decimal.NewFromString(string(a)); err == nil {
		second, err = decimal.NewFromString(string(b))
	}
	return first, second, err
}

const sqlReasonCounts = `
SELECT r.reason, count(*)::bigint
FROM shards AS s JOIN run_reasons AS r ON r.shard = s.shard WHERE r.run = $1::text
GROUP BY r.reason
ORDER BY r.reason`

// ReasonCounts counts the employees that a run did not bill, by reason.
func (s *Store) ReasonCounts(ctx context.Context, run string) (map[string]int64, error) {
	rows, err := s.pool.Query(ctx, sqlReasonCounts, run)
	if err != nil {
		return nil, fmt.Errorf("store: reasons of %s: %w", run, err)
	}
	defer rows.Close()
	counts := map[string]int64{}
	for rows.Next() {
		v := rows.RawValues()
		counts[string(v[0])] = rawInt64(v[1])
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("store: reasons of %s: %w", run, err)
	}
	return counts, nil
}

const sqlRunReasonsAfter = `
SELECT r.shard, r.stream, r.reason, r.detail
FROM shards AS s JOIN run_reasons AS r ON r.shard = s.shard
WHERE r.run = $1::text AND s.shard >= $2::integer AND (r.shard, r.stream) > ($2::integer, $3::text COLLATE "C")
  AND ($4::text = '' OR r.reason <> $4::text)
ORDER BY r.shard, r.stream LIMIT $5::bigint`

// ReasonPage is a place in the reasons of a run; the zero value, with a shard of -1, is the beginning.
type ReasonPage struct {
	Shard  ShardID
	Stream string
}

// RunReasonsAfter reads the reasons of a run by shard and stream after a place, except for one reason, at most limit or
// 10 000, and returns where the next page begins.
func (s *Store) RunReasonsAfter(
	ctx context.Context,
	run, except string,
	after ReasonPage,
	limit int,
) ([]Reason, ReasonPage, error) {
	rows, err := s.pool.Query(
		ctx,
		sqlRunReasonsAfter,
		run,
		int32(after.Shard),
		after.Stream,
		except,
		int64(min(limit, reasonsPageMax)),
	)
	if err != nil {
		return nil, after, fmt.Errorf("store: reasons of %s: %w", run, err)
	}
	found, err := collect(rows, 0, func(v [][]byte) Reason {
		after = ReasonPage{Shard: ShardID(rawInt32(v[0])), Stream: string(v[1])}
		return Reason{Stream: string(v[1]), Reason: string(v[2]), Detail: string(v[3])}
	})
	if err != nil {
		return nil, after, fmt.Errorf("store: reasons of %s: %w", run, err)
	}
	return found, after, nil
}

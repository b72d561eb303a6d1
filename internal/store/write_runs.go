package store

import (
	"encoding/hex"

	"github.com/jackc/pgx/v5"

	"tenure/billing"
)

// States of a run inside a shard.
const (
	RunOpen      = "open"
	RunDone      = "done"
	RunAbandoned = "abandoned"
)

// Days travel as billing.Date counts them, from the day before 0001-01-01: an unset cursor is that day, before all
// others.

// sqlOpenRuns opens runs in the shard. One that is there already stays as it is: the command that opens it may come
// twice.
const sqlOpenRuns = `
INSERT INTO run_shards (run, shard, business_date, manifest, state)
SELECT u.run, $1::integer, DATE '0001-12-31 BC' + u.business_date, u.manifest, '` + RunOpen + `'
FROM unnest($2::text[], $3::integer[], $4::bytea[]) AS u(run, business_date, manifest)
ON CONFLICT (run, shard) DO NOTHING`

func queueOpenRuns(b *pgx.Batch, shard ShardID, runs []RunShard) error {
	n := len(runs)
	run, date, manifest := make([]string, n), make([]int32, n), make(blobs, n)
	for i := range runs {
		run[i], date[i], manifest[i] = runs[i].Run, int32(runs[i].BusinessDate), present(runs[i].Manifest)
	}
	b.Queue(sqlOpenRuns, int32(shard), run, date, manifest)
	return nil
}

// sqlDueBy makes who is due later due by a day.
const sqlDueBy = `
UPDATE subjects SET bill_due = DATE '0001-12-31 BC' + $2::integer
WHERE shard = $1::integer AND bill_due > DATE '0001-12-31 BC' + $2::integer`

func queueDueBy(b *pgx.Batch, shard ShardID, day billing.Date) error {
	b.Queue(sqlDueBy, int32(shard), int32(day))
	return nil
}

// sqlMoveChunk moves a run's cursor on and counts. A run that is not open, or a cursor that goes back, is refused.
const sqlMoveChunk = `
WITH moved AS (
    UPDATE run_shards AS r
    SET cursor_due = DATE '0001-12-31 BC' + $3::integer, cursor_stream = $4::text,
        examined = r.examined + $5::bigint, billed = r.billed + $6::bigint, not_billed = r.not_billed + $7::bigint,
        state = CASE WHEN $8::boolean THEN '` + RunDone + `' ELSE r.state END,
        first_pos = CASE WHEN r.first_pos = 0 AND $10::bigint > $9::bigint THEN $9::bigint + 1 ELSE r.first_pos END,
        last_pos = CASE WHEN $10::bigint > $9::bigint THEN $10::bigint ELSE r.last_pos END
    WHERE r.run = $1::text AND r.shard = $2::integer AND r.state = '` + RunOpen + `'
      AND (r.cursor_due, r.cursor_stream) <= (DATE '0001-12-31 BC' + $3::integer, $4::text COLLATE "C")
    RETURNING 1
)
SELECT CASE WHEN EXISTS (SELECT 1 FROM moved) THEN 0
       ELSE tenure_refuse('` + stateRunNotOpen + `', 'the run is not open in the shard, or its cursor is further') END`

// sqlAddProducts adds a chunk's products to what the run has billed of them in the shard.
const sqlAddProducts = `
INSERT INTO run_products AS t (run, shard, ledger, currency, product, lines, amount)
SELECT $1::text, $2::integer, u.ledger, u.currency, u.product, u.lines, u.amount::numeric
FROM unnest($3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[]) AS u(ledger, currency, product, lines, amount)
ON CONFLICT (run, shard, ledger, currency, product) DO UPDATE
SET lines = t.lines + excluded.lines, amount = t.amount + excluded.amount`

// sqlAddTotals adds a chunk's documents to what the run has billed for them in the shard.
const sqlAddTotals = `
INSERT INTO run_totals AS t (run, shard, document_ref, ledger, bill_to, currency, lines, amount, hash, charges)
SELECT $1::text, $2::integer, u.document_ref, u.ledger, u.bill_to, u.currency, u.lines, u.amount::numeric,
       ('x' || u.hash)::bit(128), u.charges::numeric
FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[], $10::text[])
  AS u(document_ref, ledger, bill_to, currency, lines, amount, hash, charges)
ON CONFLICT (run, shard, document_ref) DO UPDATE
SET lines = t.lines + excluded.lines, amount = t.amount + excluded.amount, hash = t.hash # excluded.hash,
    charges = t.charges + excluded.charges`

// sqlKeepReasons keeps why employees were not billed; one who becomes due again during the run has the last reason.
const sqlKeepReasons = `
INSERT INTO run_reasons (run, shard, stream, reason, detail)
SELECT $1::text, $2::integer, u.stream, u.reason, u.detail
FROM unnest($3::text[], $4::text[], $5::text[]) AS u(stream, reason, detail)
ON CONFLICT (run, shard, stream) DO UPDATE SET reason = excluded.reason, detail = excluded.detail`

func queueChunk(b *pgx.Batch, c, next *Claim, k *Chunk) error {
	last := next.Head
	if k.Done && last > c.Head {
		last-- // of the lines, as the event behind them says
	}
	b.Queue(sqlMoveChunk, k.Run, int32(c.Shard), int32(k.CursorDue), k.CursorStream, k.Examined, k.Billed, k.NotBilled,
		k.Done, c.Head, last)
	if len(k.Totals) > 0 {
		queueTotals(b, c.Shard, k)
	}
	if len(k.Products) > 0 {
		queueProducts(b, c.Shard, k)
	}
	if n := len(k.Reasons); n > 0 {
		stream, reason, detail := make([]string, n), make([]string, n), make([]string, n)
		for i := range k.Reasons {
			stream[i], reason[i], detail[i] = k.Reasons[i].Stream, k.Reasons[i].Reason, storable(k.Reasons[i].Detail)
		}
		b.Queue(sqlKeepReasons, k.Run, int32(c.Shard), stream, reason, detail)
	}
	return nil
}

// queueTotals adds up the chunk's totals per document first: a statement may touch a row once only.
func queueTotals(b *pgx.Batch, shard ShardID, k *Chunk) {
	at := make(map[string]int, len(k.Totals))
	var sums []Total
	for i := range k.Totals {
		t := &k.Totals[i]
		j, ok := at[t.DocumentRef]
		if !ok {
			at[t.DocumentRef] = len(sums)
			sums = append(sums, *t)
			continue
		}
		sums[j].Lines += t.Lines
		sums[j].Amount = sums[j].Amount.Add(t.Amount)
		sums[j].Charges = sums[j].Charges.Add(t.Charges)
		sums[j].Hash = billing.CombineHashes(sums[j].Hash, t.Hash)
	}
	n := len(sums)
	ref, ledger, billTo, currency := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	lines, amount, hash, charges := make([]int64, n), make([]string, n), make([]string, n), make([]string, n)
	for i := range sums {
		t := &sums[i]
		ref[i], ledger[i], billTo[i], currency[i] = t.DocumentRef, t.Ledger, t.BillTo, t.Currency
		lines[i], amount[i], hash[i] = t.Lines, t.Amount.String(), hex.EncodeToString(t.Hash[:])
		charges[i] = t.Charges.String()
	}
	b.Queue(sqlAddTotals, k.Run, int32(shard), ref, ledger, billTo, currency, lines, amount, hash, charges)
}

// queueProducts writes products that differ from each other: a statement may touch a row once only.
func queueProducts(b *pgx.Batch, shard ShardID, k *Chunk) {
	n := len(k.Products)
	ledger, currency, product := make([]string, n), make([]string, n), make([]string, n)
	lines, amount := make([]int64, n), make([]string, n)
	for i := range k.Products {
		p := &k.Products[i]
		ledger[i], currency[i], product[i], lines[i], amount[i] = p.Ledger, p.Currency, p.Product, p.Lines, p.Amount.String()
	}
	b.Queue(sqlAddProducts, k.Run, int32(shard), ledger, currency, product, lines, amount)
}

// RunSeen is what a decision on the end of a run, or on a document of it, has read of the runs' tables.
type RunSeen struct {
	Run         string // empty: a document's sum
	Examined    int64
	DocumentRef string // empty: a run's sum
	Lines       int64
}

// sqlRunSeen refuses the transaction that it is a part of when the tables say something else than the decision read:
// after a failover that lost commits they may, although nothing of the deciding shard was lost.
const sqlRunSeen = `
SELECT CASE
    WHEN $1::text <> '' AND (
        COALESCE((SELECT sum(r.examined) FROM shards AS s JOIN run_shards AS r ON r.shard = s.shard
                  WHERE r.run = $1::text), 0) <> $2::bigint
        OR COALESCE((SELECT sum(t.lines) FROM shards AS s JOIN run_totals AS t ON t.shard = s.shard
                     WHERE t.run = $1::text), 0) <> $4::bigint)
      OR $3::text <> ''
        AND COALESCE((SELECT sum(lines) FROM run_totals WHERE document_ref COLLATE "C" = $3::text), 0) <> $4::bigint
    THEN tenure_refuse('` + stateRunMoved + `', 'the tables of the run have moved on') ELSE 0 END`

func queueRunSeen(b *pgx.Batch, all []RunSeen) error {
	for _, seen := range all {
		b.Queue(sqlRunSeen, seen.Run, seen.Examined, seen.DocumentRef, seen.Lines)
	}
	return nil
}

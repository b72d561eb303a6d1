package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// A checkpoint moves from the place where its reader believes it to be to a place that the log has. The row is as true
// as the log beside it: both come from one database, and are lost together. What the reader holds in memory is not: it
// may be the row of a primary whose last commits are gone, and then either the old place or the new one does not fit.
// The statement raises by itself, see sqlFence.
const (
	sqlAdvanceBegin = `
WITH log AS (SELECT `
	sqlAdvanceEnd = `
), moved AS (
    UPDATE subscriptions AS r SET position = $6::bigint, moved_at = now(), chain = l.chain,
        published = COALESCE(r.published || $8::jsonb, r.published)
    FROM log AS l
    WHERE r.name = $1::text AND r.shard = $2::integer AND r.epoch = $3::bigint
      AND r.position = $4::bigint AND r.chain = $5::bytea AND r.position <= $6::bigint AND l.chain IS NOT NULL
    RETURNING 1
)
SELECT CASE
    WHEN EXISTS (SELECT 1 FROM moved) THEN 0
    WHEN (SELECT l.chain FROM log AS l) IS NULL
    THEN tenure_refuse('` + stateLostHistory + `', 'the log does not have the place that was read up to')
    ELSE tenure_refuse('` + stateLeaseLost + `', 'the lease has another owner') END`

	sqlAdvance = sqlAdvanceBegin + `(
    SELECT e.chain FROM events AS e
    WHERE e.shard = $2::integer AND e.pos = $6::bigint AND ($7::bytea IS NULL OR e.chain = $7::bytea)) AS chain` +
		sqlAdvanceEnd

	// Outcomes are deleted after a time: without a hash the move is compared with their end.
	sqlAdvanceOutcomes = sqlAdvanceBegin + `CASE
        WHEN $7::bytea IS NULL
        THEN (SELECT '\x'::bytea FROM shards AS s WHERE s.shard = $2::integer AND $6::bigint <= s.outcomes_head)
        ELSE (SELECT o.chain FROM outcomes AS o
              WHERE o.shard = $2::integer AND o.seq = $6::bigint AND o.chain = $7::bytea) END AS chain` + sqlAdvanceEnd
)

// Advance queues the move of the checkpoint to a place. Queue it first, before the reader's own rows, and send the
// batch with InTx: the whole transaction is refused with ErrLeaseLost when the lease is another's, and with
// ErrLostHistory when the log does not have the place. A place without a hash must only be one that the log has. The
// lease itself is not changed: call Moved once InTx has returned without an error.
func (l *Lease) Advance(b *pgx.Batch, to Place) { l.advance(b, to, nil) }

// AdvancePublished is Advance, and notes what was published last in the partitions that the page went to.
func (l *Lease) AdvancePublished(b *pgx.Batch, to Place, ends []PublishedEnd) error {
	published, err := publishedEnds(ends)
	if err != nil {
		return fmt.Errorf("store: what %s has published of shard %d: %w", l.Name, l.Shard, err)
	}
	l.advance(b, to, published)
	return nil
}

func (l *Lease) advance(b *pgx.Batch, to Place, published []byte) {
	sql := sqlAdvance
	if l.Outcomes {
		sql = sqlAdvanceOutcomes
	}
	b.Queue(sql, l.Name, int32(l.Shard), l.Epoch, l.Position, present(l.Chain), to.Position, to.Chain, published)
}

// Moved notes in the lease that its checkpoint is at a place now.
func (l *Lease) Moved(to Place) { l.Position, l.Chain = to.Position, to.Chain }

// AdvanceNow moves a checkpoint in a separate transaction and sets the lease's place.
func (s *Store) AdvanceNow(ctx context.Context, l *Lease, to Place) error {
	b := &pgx.Batch{}
	l.Advance(b, to)
	if err := s.InTx(ctx, b); err != nil {
		return err
	}
	l.Moved(to)
	return nil
}

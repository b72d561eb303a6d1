package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// InTx sends a batch as one transaction in one round trip. Errors are those of Write, ErrLeaseLost and ErrLostHistory.
// After ErrInDoubt, lease again and read the position.
func (s *Store) InTx(ctx context.Context, b *pgx.Batch) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("store: transaction: %w", err)
	}
	defer conn.Release()
	for range deadlockTriesMax {
		if err = transact(ctx, conn, b); !deadlocked(err) {
			break
		}
		b = unprepared(b)
	}
	if err != nil {
		return fmt.Errorf("store: transaction of %d statements: %w", b.Len(), classifySent(err))
	}
	return nil
}

// deadlockTriesMax bounds the attempts at what met another transaction of several nodes: such a transaction locks their
// parts of a table in no common order.
const deadlockTriesMax = 5

// unprepared is a batch to send once more: one that failed names statements that its session has forgotten since.
func unprepared(b *pgx.Batch) *pgx.Batch {
	again := &pgx.Batch{QueuedQueries: make([]*pgx.QueuedQuery, len(b.QueuedQueries))}
	for i, q := range b.QueuedQueries {
		again.QueuedQueries[i] = &pgx.QueuedQuery{SQL: q.SQL, Arguments: q.Arguments, Fn: q.Fn}
	}
	return again
}

// deadlocked reports that a transaction was ended, since it and another waited for each other.
func deadlocked(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "40P01"
}

const (
	sqlBegin    = `BEGIN`
	sqlCommit   = `COMMIT`
	sqlRollback = `ROLLBACK`
)

// transact sends statements as one transaction in one round trip: PostgreSQL skips everything after the first error,
// the commit as well. Without BEGIN they were one transaction too, of one server: a coordinator of a cluster commits
// each statement on the nodes unless it is told of the transaction.
func transact(ctx context.Context, conn *pgxpool.Conn, b *pgx.Batch) error {
	if b.Len() > 1 {
		b = &pgx.Batch{QueuedQueries: slices.Concat([]*pgx.QueuedQuery{{SQL: sqlBegin}}, b.QueuedQueries,
			[]*pgx.QueuedQuery{{SQL: sqlCommit}})}
	}
	err := conn.SendBatch(ctx, b).Close()
	rollBack(ctx, conn, err)
	return err
}

// rollBack ends the transaction of an error, if it is still open.
func rollBack(ctx context.Context, conn *pgxpool.Conn, err error) {
	if server := conn.Conn().PgConn(); err != nil && !server.IsClosed() && server.TxStatus() != 'I' {
		_, _ = conn.Exec(context.WithoutCancel(ctx), sqlRollback) // where it fails the pool gives the connection up
	}
}

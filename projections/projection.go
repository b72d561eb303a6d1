package projections

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"tenure/billing"
	"tenure/events"
)

// Database sends a batch of statements as one transaction in one round trip. The store is one.
type Database interface {
	// InTx commits all of a batch or nothing; the callbacks of its queries have run when it returns.
	InTx(ctx context.Context, b *pgx.Batch) error
}

// Projection folds facts into one read model. Its methods may be called for different shards at once: the facts of a
// subject are in one shard, and the rows of a projection belong to one subject.
type Projection interface {
	// Name is that of the checkpoint in the database; it never changes.
	Name() string
	// Wants reports whether facts of a type change the read model.
	Wants(eventType string) bool
	// Version is that of its rows, from 1: the same facts give the same rows in the same version.
	Version() int32
	// Tables are those that it alone writes, and that can be made from the log.
	Tables() []string
	// Write reads what the page needs, folds it and queues the rows to b, which the caller sends together with the
	// checkpoint. The facts are those it wants, of one shard or several, each shard's in order.
	Write(ctx context.Context, db Database, page []events.Recorded, b *pgx.Batch) error
}

// All lists every projection.
func All() []Projection {
	return []Projection{Directory{}, Lines{}, Documents{}, Bookings{}}
}

// ReadByAPIs names the projections that have what a command did to an employee: who wrote waits for them, and then
// reads the effect.
func ReadByAPIs() []string { return []string{Directory{}.Name()} }

// Former names the readers of earlier builds that are projections no more: the document of an employee had one of its
// own, and its table employee_documents, until it became part of the directory's row.
func Former() []string { return []string{"employees"} }

// errUnexpected says that a projection was given a fact that it does not fold.
func errUnexpected(name string, f events.Recorded) error {
	return fmt.Errorf("projections: %s does not fold %s (%s@%d)", name, f.Event.EventType(), f.Stream, f.Version)
}

// rowsMax bounds a page that is read.
const rowsMax = 10_000

// within bounds a limit: none, or one beyond the bound, is the bound.
func within(limit int) int64 {
	if limit <= 0 || limit > rowsMax {
		return rowsMax
	}
	return int64(limit)
}

// read runs one query and hands each row to scan.
func read(ctx context.Context, db Database, sql string, scan func(pgx.Rows) error, args ...any) error {
	b := &pgx.Batch{}
	queueRead(b, sql, scan, args...)
	return db.InTx(ctx, b)
}

func queueRead(b *pgx.Batch, sql string, scan func(pgx.Rows) error, args ...any) {
	b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			if err := scan(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// shardsOf are the shards of a page, each once: a statement that names them touches their nodes alone.
func shardsOf(page []events.Recorded) []int32 {
	shards := make([]int32, 0, 1)
	for i := range page {
		if !slices.Contains(shards, page[i].Shard) {
			shards = append(shards, page[i].Shard)
		}
	}
	return shards
}

// shardsIn are the shards of some rows, each once.
func shardsIn(all []int32) []int32 { return slices.Compact(slices.Sorted(slices.Values(all))) }

// blobs is a bytea[] that pgx encodes without reflection.
type blobs = pgtype.FlatArray[[]byte]

// uuids is a uuid[] that pgx encodes without reflection.
type uuids = pgtype.FlatArray[[16]byte]

// dayNumber is a date as the statements take it: days since the day before 0001-01-01. In SQL:
// DATE '0001-12-31 BC' + NULLIF(n, 0).
func dayNumber(d billing.Date) int32 { return int32(d) }

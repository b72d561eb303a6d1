package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tenure/internal/store"
)

// rows is how many rows a run wrote and how large they are on average, in bytes.
type rows struct {
	events, subjects   int64
	event, state       int
	stream, chain, typ int
}

// sampleMax is how many events are read for the sizes.
const sampleMax = 1_000

// sample takes the sizes of what the run wrote at the end of a shard.
func (s *stage) sample(ctx context.Context, events, subjects int64) (rows, error) {
	shard := store.ShardOf(store.FamilyEmployee, 0)
	heads, err := s.store.Heads(ctx)
	if err != nil {
		return rows{}, err
	}
	page, err := s.store.Events(ctx, shard, max(heads[shard].Head-sampleMax, 0), sampleMax)
	if err != nil || len(page) == 0 {
		return rows{}, fmt.Errorf("sample of shard %d: %d events: %w", shard, len(page), err)
	}
	r := rows{events: events, subjects: subjects}
	for _, e := range page {
		r.event, r.stream, r.chain, r.typ = r.event+len(
			e.Payload,
		), r.stream+len(
			e.Stream,
		), r.chain+len(
			e.Chain,
		), r.typ+len(
			e.Type,
		)
		subject, _, err := s.store.Subject(ctx, e.Stream)
		if err != nil {
			return rows{}, err
		}
		r.state += len(subject.State)
	}
	n := len(page)
	r.event, r.state, r.stream, r.chain, r.typ = r.event/n, r.state/n, r.stream/n, r.chain/n, r.typ/n
	return r, nil
}

// The table has no index and is created before, in a separate transaction: with wal_level=minimal a COPY into a table
// of the same transaction would write no WAL, and the run's rows do.
const sqlRawTable = `
CREATE TABLE bench_rows (n bigint, at timestamptz, stream text, type text, payload bytea, chain bytea)`

// copied is what a COPY took.
type copied struct {
	took   time.Duration
	effort time.Duration // of the server's processes
	wal    int64         // bytes
}

// rawCopy writes as many rows of the same sizes as a run, by COPY in one transaction, and returns what that took.
func (s *stage) rawCopy(ctx context.Context, r rows) (c copied, err error) {
	event := []any{int64(0), time.Now(), fill(r.stream), fill(r.typ), []byte(fill(r.event)), []byte(fill(r.chain))}
	state := []any{int64(0), time.Now(), fill(r.stream), "", []byte(fill(r.state)), []byte{}}
	err = connected(ctx, s.dsn, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, sqlRawTable); err != nil {
			return err
		}
		before, err := s.serverEffort(ctx)
		if err != nil {
			return err
		}
		wal, err := walBytes(ctx, s.dsn)
		if err != nil {
			return err
		}
		began := time.Now()
		n := int64(0)
		_, err = conn.CopyFrom(ctx, pgx.Identifier{"bench_rows"}, []string{"n", "at", "stream", "type", "payload", "chain"},
			pgx.CopyFromFunc(func() ([]any, error) {
				row := event
				switch {
				case n >= r.events+r.subjects:
					return nil, nil
				case n >= r.events:
					row = state
				}
				row[0] = n
				n++
				return row, nil
			}))
		if err != nil {
			return err
		}
		c.took = time.Since(began)
		if c.wal, err = walBytes(ctx, s.dsn); err != nil {
			return err
		}
		c.wal -= wal
		after, err := s.serverEffort(ctx)
		c.effort = spent(before, after)
		return err
	})
	return c, err
}

// fill is a text that does not compress to nothing.
func fill(size int) string {
	b := make([]byte, size)
	x := uint32(2_463_534_242)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = 'a' + byte(x%26)
	}
	return string(b)
}

package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

const (
	sqlReadCatalog = `SELECT head, chain FROM catalog_head`

	sqlReadHalts = `SELECT scope FROM run_halts`

	sqlReadNow = `SELECT clock_timestamp(), (SELECT now FROM clock)`

	// The rows that a batch names are looked up one by one, whatever the planner knows of the table: OFFSET 0 leaves it no
	// other way. Of a table that was never analysed (a new one, a restored one) it guesses so few rows that with "= ANY"
	// it reads the whole shard and filters, and the plan stays until the first ANALYZE. That cost a create 110 µs at
	// 100 000 employees, and more with each that came.
	sqlReadOutcomes = `
SELECT o.*
FROM unnest($2::uuid[]) AS u(command), LATERAL (
    SELECT shard, seq, command, stream, command_id, content, final, at, answer, chain
    FROM outcomes WHERE shard = $1::integer AND command = u.command AND final OFFSET 0) AS o`

	sqlReadSubjects = `
SELECT s.*
FROM unnest($2::text[]) AS u(stream), LATERAL (
    SELECT stream, version, next_due, bill_due, parked, state
    FROM subjects WHERE shard = $1::integer AND stream = u.stream OFFSET 0) AS s`
)

// Read fetches what is known about a batch's commands and streams, and the catalogue's version, in one round trip. The
// three answers may be of different instants: the writer of a shard is alone, and Write compares the catalogue again.
func (s *Store) Read(ctx context.Context, r Read) (Known, error) {
	known := Known{Outcomes: make(map[uuid.UUID]Outcome), Subjects: make(map[string]Subject, len(r.Streams))}
	b := &pgx.Batch{}
	b.Queue(sqlReadCatalog).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			v := rows.RawValues()
			known.Catalog = Place{Position: rawInt64(v[0]), Chain: rawBytes(v[1])}
		}
		return rows.Err()
	})
	b.Queue(sqlReadHalts).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			scope := string(rows.RawValues()[0])
			known.InvoicingHalted = known.InvoicingHalted || scope == ScopeInvoicing
			known.DeletionsHalted = known.DeletionsHalted || scope == ScopeDeletions
		}
		return rows.Err()
	})
	b.Queue(sqlReadNow).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			v := rows.RawValues()
			known.Now, known.Clock = rawTime(v[0]), rawTime(v[1])
		}
		return rows.Err()
	})
	if len(r.Commands) > 0 {
		b.Queue(sqlReadOutcomes, int32(r.Shard), uuidArray(r.Commands)).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				o := rawOutcome(rows.RawValues())
				known.Outcomes[o.Command] = o
			}
			return rows.Err()
		})
	}
	if len(r.Streams) > 0 {
		b.Queue(sqlReadSubjects, int32(r.Shard), r.Streams).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				subject := rawSubject(rows.RawValues())
				subject.Shard = r.Shard
				known.Subjects[subject.Stream] = subject
			}
			return rows.Err()
		})
	}
	if err := s.pool.SendBatch(ctx, b).Close(); err != nil {
		return Known{}, fmt.Errorf("store: read %d streams: %w", len(r.Streams), err)
	}
	return known, nil
}

// uuidArray gives ids the type that pgx encodes without reflection.
func uuidArray(ids []uuid.UUID) pgtype.FlatArray[[16]byte] {
	out := make(pgtype.FlatArray[[16]byte], len(ids))
	for i, id := range ids {
		out[i] = id
	}
	return out
}

// rawSubject reads the columns stream, version, next_due, bill_due, parked, state.
func rawSubject(v [][]byte) Subject {
	return Subject{
		Stored: true, Stream: string(v[0]), Version: rawInt32(v[1]), NextDue: rawTime(v[2]), BillDue: rawDate(v[3]),
		Parked: rawBool(v[4]), State: rawBytes(v[5]),
	}
}

// rawOutcome reads the columns of sqlReadOutcomes.
func rawOutcome(v [][]byte) Outcome {
	content, answer, chain := v[5], v[8], v[9]
	together(&content, &answer, &chain)
	return Outcome{
		Shard: ShardID(rawInt32(v[0])), Sequence: rawInt64(v[1]), Command: rawUUID(v[2]), Stream: string(v[3]),
		CommandID: string(v[4]), Content: content, Final: rawBool(v[6]), At: rawTime(v[7]), Answer: answer, Chain: chain,
	}
}

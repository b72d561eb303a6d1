package projections

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tenure/billing"
	"tenure/events"
)

// Line is a line in its place in the log.
type Line struct {
	billing.Line
	Run string
	LinePlace
}

// LinePlace orders lines: by shard, position in the log, and place in the event. The zero LinePlace is before all.
type LinePlace struct {
	Shard    int32
	Position int64
	Ordinal  int32 // from 0
}

// next is what a page begins with: the first place behind, or the very first.
func (p LinePlace) next() LinePlace {
	if p != (LinePlace{}) {
		p.Ordinal++
	}
	return p
}

// invoicedMax bounds the events that are read in one round trip: each has at least one line that is asked for, and one
// of hundreds of lines is some hundred kilobytes.
const invoicedMax = 250

// The lines of a document or a run are those of the events that the read model names; an employee's are in its stream.
const (
	sqlLinesOfDocument = `
SELECT i.shard, i.position, i.payload
FROM (SELECT n.shard, n.position FROM log_shards AS s JOIN lines AS n ON n.shard = s.shard
      WHERE n.document_ref = $1::text AND (n.shard, n.position) >= ($2::integer, $3::bigint)
      ORDER BY n.shard, n.position LIMIT $4::bigint) AS l
JOIN invoiced AS i ON i.shard = l.shard AND i.position = l.position
ORDER BY i.shard, i.position`

	sqlLinesOfRun = `
SELECT i.shard, i.position, i.payload
FROM (SELECT DISTINCT shard, position FROM lines
      WHERE run = $1::text AND (shard, position) >= ($2::integer, $3::bigint)
      ORDER BY shard, position LIMIT $4::bigint) AS l
JOIN invoiced AS i ON i.shard = l.shard AND i.position = l.position
ORDER BY i.shard, i.position`

	// An employee has one event of a run.
	sqlLinesOfRunFor = `
SELECT i.shard, i.position, i.payload
FROM invoiced AS i
WHERE i.run = $1::text AND i.stream = ANY($2::text[])
LIMIT $3::bigint`

	// An employee's events are all in one shard.
	sqlLinesOfEmployee = `
SELECT i.shard, i.position, i.payload
FROM log_shards AS s JOIN invoiced AS i ON i.shard = s.shard
WHERE i.stream = '` + employeeStream + `' || $1::text AND i.shard >= $2::integer AND i.position >= $3::bigint
ORDER BY i.position LIMIT $4::bigint`
)

// LinesOfDocument reads the lines that carry a document's reference, in the order of the log, behind a place, at most
// limit or 10 000.
func LinesOfDocument(ctx context.Context, db Database, ref string, after LinePlace, limit int) ([]Line, error) {
	return linesOf(ctx, db, lineQuery{sqlLinesOfDocument, ref, func(l *Line) bool { return l.DocumentRef == ref }}, after,
		limit)
}

// LinesOfEmployee reads an employee's lines of all ledgers, oldest first, behind a place, at most limit or 10 000.
func LinesOfEmployee(ctx context.Context, db Database, employee string, after LinePlace, limit int) ([]Line, error) {
	return linesOf(ctx, db, lineQuery{sqlLinesOfEmployee, employee, func(*Line) bool { return true }}, after, limit)
}

// LinesOfRun reads the lines that a run made, in the order of the log, behind a place, at most limit or 10 000.
func LinesOfRun(ctx context.Context, db Database, run string, after LinePlace, limit int) ([]Line, error) {
	return linesOf(ctx, db, lineQuery{sqlLinesOfRun, run, func(l *Line) bool { return l.Run == run }}, after, limit)
}

// LinesOfRunFor reads what a run billed some employees, of at most 250 of them.
func LinesOfRunFor(ctx context.Context, db Database, run string, employees []string) (found []Line, err error) {
	streams := make([]string, len(employees))
	for i, employee := range employees {
		streams[i] = employeeStream + employee
	}
	err = read(ctx, db, sqlLinesOfRunFor, func(rows pgx.Rows) error {
		all, err := linesAt(rows)
		found = append(found, all...)
		return err
	}, run, streams, int64(invoicedMax))
	if err != nil {
		return nil, fmt.Errorf("projections: lines of %s: %w", run, err)
	}
	return found, nil
}

// lineQuery asks for events, and which of their lines are wanted.
type lineQuery struct {
	sql, of string
	wanted  func(*Line) bool
}

func linesOf(ctx context.Context, db Database, q lineQuery, after LinePlace, limit int) (found []Line, err error) {
	most := within(limit)
	for from := after.next(); int64(len(found)) < most; {
		page := min(most-int64(len(found)), invoicedMax)
		read, last, err := q.page(ctx, db, from, page, &found)
		if err != nil {
			return nil, fmt.Errorf("projections: lines of %s: %w", q.of, err)
		}
		if read < page {
			break
		}
		from = LinePlace{Shard: last.Shard, Position: last.Position + 1}
	}
	if int64(len(found)) > most {
		found = found[:most]
	}
	return found, nil
}

// page appends the lines of at most so many events from a place on, and returns how many events there were and the
// place of the last line.
func (q *lineQuery) page(ctx context.Context, db Database, from LinePlace, most int64, found *[]Line) (
	read int64, last LinePlace, err error,
) {
	b := &pgx.Batch{}
	queueRead(b, q.sql, func(rows pgx.Rows) error {
		all, err := linesAt(rows)
		read++
		for i := range all {
			l := &all[i]
			last = l.LinePlace
			if first := l.Shard == from.Shard && l.Position == from.Position && l.Ordinal < from.Ordinal; !first &&
				q.wanted(l) {
				*found = append(*found, *l)
			}
		}
		return err
	}, q.of, from.Shard, from.Position, most)
	return read, last, db.InTx(ctx, b)
}

// linesAt reads the columns shard, position, payload: the lines of an event.
func linesAt(rows pgx.Rows) ([]Line, error) {
	var place LinePlace
	var payload []byte
	if err := rows.Scan(&place.Shard, &place.Position, &payload); err != nil {
		return nil, err
	}
	decoded, err := events.Decode(typeInvoiced, payload)
	if err != nil {
		return nil, err
	}
	invoiced, ok := decoded.(events.EmployeeInvoiced)
	if !ok {
		return nil, fmt.Errorf("an event at %d:%d is %T", place.Shard, place.Position, decoded)
	}
	all := make([]Line, len(invoiced.Lines))
	for i := range invoiced.Lines {
		place.Ordinal = int32(i)
		all[i] = Line{Line: invoiced.Lines[i], Run: invoiced.Run, LinePlace: place}
	}
	return all, nil
}

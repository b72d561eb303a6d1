package projections

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tenure/billing"
	"tenure/events"
)

// Lines keeps every invoice line of all three ledgers, as made. A reader asks for the ledgers that its caller may see.
type Lines struct{}

// Name is lines.
func (Lines) Name() string { return "lines" }

// Wants reports whether it is employee.invoiced.v1.
func (Lines) Wants(eventType string) bool {
	return eventType == (events.EmployeeInvoiced{}).EventType()
}

// sqlInsertLines has no ON CONFLICT: a line exists once, and a second one of the same identity must stop the
// projection.
const sqlInsertLines = `
INSERT INTO lines (line_id, shard, position, ordinal, run, document_ref, ledger, bill_to, employee, source, kind,
                   from_day, to_day, amount, currency, line)
SELECT u.line_id, u.shard, u.position, u.ordinal, u.run, u.document_ref, u.ledger, u.bill_to, u.employee, u.source,
    u.kind,
       DATE '0001-12-31 BC' + NULLIF(u.from_day, 0), DATE '0001-12-31 BC' + NULLIF(u.to_day, 0), u.amount::numeric,
           u.currency, u.line
FROM unnest($1::uuid[], $2::integer[], $3::bigint[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[],
            $10::text[], $11::text[], $12::integer[], $13::integer[], $14::text[], $15::text[], $16::bytea[])
  AS u(line_id, shard, position, ordinal, run, document_ref, ledger, bill_to, employee, source, kind,
       from_day, to_day, amount, currency, line)`

// Write queues the lines of a page. It reads nothing.
func (p Lines) Write(_ context.Context, _ Database, page []events.Recorded, b *pgx.Batch) error {
	rows, err := p.rows(page)
	if err != nil {
		return err
	}
	rows.queue(b)
	return nil
}

func (p Lines) rows(page []events.Recorded) (rows lineRows, err error) {
	for i := range page {
		invoiced, ok := page[i].Event.(events.EmployeeInvoiced)
		if !ok {
			return rows, errUnexpected(p.Name(), page[i])
		}
		for ordinal := range invoiced.Lines {
			rows.add(&page[i], invoiced.Run, int32(ordinal), &invoiced.Lines[ordinal])
		}
	}
	return rows, nil
}

// lineRows are rows of the table by column.
type lineRows struct {
	id                            uuids
	shard, ordinal, from, to      []int32
	position                      []int64
	run, document, ledger, billTo []string
	employee, source, kind        []string
	amount, currency              []string
	line                          blobs
}

// lineBytes is what the JSON of a line usually takes.
const lineBytes = 768

func (r *lineRows) add(f *events.Recorded, run string, ordinal int32, l *billing.Line) {
	r.id, r.line = append(r.id, l.ID), append(r.line, l.AppendJSON(make([]byte, 0, lineBytes)))
	r.shard, r.position, r.ordinal = append(r.shard, f.Shard), append(r.position, f.Position), append(r.ordinal, ordinal)
	r.run, r.document = append(r.run, run), append(r.document, l.DocumentRef)
	r.ledger, r.billTo = append(r.ledger, string(l.Ledger)), append(r.billTo, l.BillTo)
	r.employee, r.source, r.kind = append(
		r.employee,
		l.Employee,
	), append(
		r.source,
		l.Source,
	), append(
		r.kind,
		string(l.Kind),
	)
	r.from, r.to = append(r.from, dayNumber(l.Period.From)), append(r.to, dayNumber(l.Period.To))
	r.amount, r.currency = append(r.amount, l.Amount.StringFixed(int(l.Scale))), append(r.currency, l.Currency)
}

func (r *lineRows) queue(b *pgx.Batch) {
	if len(r.id) == 0 {
		return
	}
	b.Queue(
		sqlInsertLines,
		r.id,
		r.shard,
		r.position,
		r.ordinal,
		r.run,
		r.document,
		r.ledger,
		r.billTo,
		r.employee,
		r.source,
		r.kind,
		r.from,
		r.to,
		r.amount,
		r.currency,
		r.line,
	)
}

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

const (
	sqlLine = `
SELECT shard, position, ordinal, run, line
FROM lines WHERE line_id = $1::uuid`

	sqlLinesOfDocument = `
SELECT shard, position, ordinal, run, line
FROM lines WHERE document_ref = $1::text AND (shard, position, ordinal) >= ($2::integer, $3::bigint, $4::integer)
ORDER BY shard, position, ordinal LIMIT $5::bigint`

	sqlLinesOfRun = `
SELECT shard, position, ordinal, run, line
FROM lines WHERE run = $1::text AND (shard, position, ordinal) >= ($2::integer, $3::bigint, $4::integer)
ORDER BY shard, position, ordinal LIMIT $5::bigint`

	// An employee's lines are all in one shard.
	sqlLinesOfEmployee = `
SELECT shard, position, ordinal, run, line
FROM lines WHERE employee = $1::text AND shard >= $2::integer AND (position, ordinal) >= ($3::bigint, $4::integer)
ORDER BY position, ordinal LIMIT $5::bigint`
)

// LineByID reads a line; false when there is none.
func LineByID(ctx context.Context, db Database, id uuid.UUID) (Line, bool, error) {
	var found []Line
	if err := read(ctx, db, sqlLine, collectLines(&found), [16]byte(id)); err != nil {
		return Line{}, false, fmt.Errorf("projections: line %s: %w", id, err)
	}
	if len(found) == 0 {
		return Line{}, false, nil
	}
	return found[0], true, nil
}

const sqlDocumentsOfLines = `
SELECT DISTINCT document_ref
FROM lines WHERE line_id = ANY($1::uuid[])
ORDER BY document_ref`

// DocumentsOfLines gives the references of the documents in which lines are, each once. Lines that there are none of
// have none.
func DocumentsOfLines(ctx context.Context, db Database, lines []uuid.UUID) ([]string, error) {
	if len(lines) == 0 {
		return nil, nil
	}
	ids := make(uuids, len(lines))
	for i, id := range lines {
		ids[i] = id
	}
	var refs []string
	err := read(ctx, db, sqlDocumentsOfLines, func(rows pgx.Rows) error {
		var ref string
		err := rows.Scan(&ref)
		refs = append(refs, ref)
		return err
	}, ids)
	if err != nil {
		return nil, fmt.Errorf("projections: documents of %d lines: %w", len(lines), err)
	}
	return refs, nil
}

// LinesOfDocument reads the lines that carry a document's reference, in the order of the log, behind a place, at most
// limit or 10 000.
func LinesOfDocument(ctx context.Context, db Database, ref string, after LinePlace, limit int) ([]Line, error) {
	return linesOf(ctx, db, sqlLinesOfDocument, ref, after, limit)
}

// LinesOfEmployee reads an employee's lines of all ledgers, oldest first, behind a place, at most limit or 10 000.
func LinesOfEmployee(ctx context.Context, db Database, employee string, after LinePlace, limit int) ([]Line, error) {
	return linesOf(ctx, db, sqlLinesOfEmployee, employee, after, limit)
}

// LinesOfRun reads the lines that a run made, in the order of the log, behind a place, at most limit or 10 000.
func LinesOfRun(ctx context.Context, db Database, run string, after LinePlace, limit int) ([]Line, error) {
	return linesOf(ctx, db, sqlLinesOfRun, run, after, limit)
}

func linesOf(ctx context.Context, db Database, sql, of string, after LinePlace, limit int) ([]Line, error) {
	var found []Line
	from := after.next()
	if err := read(
		ctx,
		db,
		sql,
		collectLines(&found),
		of,
		from.Shard,
		from.Position,
		from.Ordinal,
		within(limit),
	); err != nil {
		return nil, fmt.Errorf("projections: lines of %s: %w", of, err)
	}
	return found, nil
}

// collectLines reads the columns shard, position, ordinal, run, line.
func collectLines(into *[]Line) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		var l Line
		var raw []byte
		if err := rows.Scan(&l.Shard, &l.Position, &l.Ordinal, &l.Run, &raw); err != nil {
			return err
		}
		if err := json.Unmarshal(raw, &l.Line); err != nil {
			return err
		}
		*into = append(*into, l)
		return nil
	}
}

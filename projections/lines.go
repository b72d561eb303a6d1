package projections

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"tenure/billing"
	"tenure/events"
)

// Lines keeps where the invoice lines of each document are in the log, for all three ledgers: a row for each event
// and document, with the ids of its lines. The lines themselves stay where they were made. A reader asks for the
// ledgers that its caller may see.
type Lines struct{}

// Name is lines.
func (Lines) Name() string { return "lines" }

// typeInvoiced is the only type that has lines.
var typeInvoiced = events.EmployeeInvoiced{}.EventType()

// Wants reports whether it is employee.invoiced.v1.
func (Lines) Wants(eventType string) bool { return eventType == typeInvoiced }

// sqlInsertLines has no ON CONFLICT: an event is taken once, and a second row of one event and document must stop the
// projection. The ids of all rows are one array, of which each row has the part from a place on: as a text for each row
// they were written and parsed again.
const sqlInsertLines = `
INSERT INTO lines (document_ref, shard, position, run, lines, amount, ids)
SELECT u.document_ref, u.shard, u.position, u.run, u.lines, u.amount::numeric,
       ($8::uuid[])[u.first:u.first + u.lines - 1]
FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::text[], $5::integer[], $6::text[], $7::integer[])
  AS u(document_ref, shard, position, run, lines, amount, first)`

// Write queues the rows of a page. It reads nothing.
func (p Lines) Write(_ context.Context, _ Database, page []events.Recorded, b *pgx.Batch) error {
	var rows lineRows
	for i := range page {
		f := &page[i]
		invoiced, ok := f.Event.(events.EmployeeInvoiced)
		if !ok {
			return errUnexpected(p.Name(), *f)
		}
		for _, part := range partsOf(invoiced.Lines) {
			rows.add(f, invoiced.Run, &part)
		}
	}
	if len(rows.document) > 0 {
		b.Queue(sqlInsertLines, rows.document, rows.shard, rows.position, rows.run, rows.lines, rows.amount, rows.first,
			rows.ids)
	}
	return nil
}

// documentPart are the lines of an event that are in one document.
type documentPart struct {
	document string
	amount   decimal.Decimal
	ids      []uuid.UUID
}

// partsOf sorts the lines of an event by document, in the order in which those come first. There are as many as
// ledgers, rarely more.
func partsOf(lines []billing.Line) []documentPart {
	var parts []documentPart
	at := 0
	for i := range lines {
		l := &lines[i]
		if at >= len(parts) || parts[at].document != l.DocumentRef {
			for at = 0; at < len(parts) && parts[at].document != l.DocumentRef; at++ {
				continue
			}
		}
		if at == len(parts) {
			parts = append(parts, documentPart{document: l.DocumentRef, ids: make([]uuid.UUID, 0, len(lines)-i)})
		}
		part := &parts[at]
		part.amount, part.ids = part.amount.Add(l.Amount.Decimal()), append(part.ids, l.ID)
	}
	return parts
}

// lineRows are rows of the table by column.
type lineRows struct {
	document, run, amount []string
	shard, lines, first   []int32 // first is the place of a row's first id among those of all, from 1
	position              []int64
	ids                   uuids
}

func (r *lineRows) add(f *events.Recorded, run string, part *documentPart) {
	r.document, r.run = append(r.document, part.document), append(r.run, run)
	r.shard, r.position = append(r.shard, f.Shard), append(r.position, f.Position)
	r.lines, r.amount = append(r.lines, int32(len(part.ids))), append(r.amount, part.amount.String())
	r.first = append(r.first, int32(len(r.ids)+1))
	for _, id := range part.ids {
		r.ids = append(r.ids, id)
	}
}

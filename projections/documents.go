package projections

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tenure/billing"
	"tenure/events"
)

// Documents keeps every invoice and credit note, and the legal number that accounting gave it.
type Documents struct{}

// Name is documents.
func (Documents) Name() string { return "documents" }

// documentStream begins every stream of a document; what follows is its reference.
const documentStream = "document/"

// Wants tells whether it is an event of a document.
func (Documents) Wants(eventType string) bool {
	return eventType == (events.DocumentIssued{}).EventType() || eventType == (events.InvoiceNumberRecorded{}).EventType()
}

const (
	sqlInsertDocuments = `
INSERT INTO documents (document_ref, shard, position, ledger, bill_to, currency, type, total, lines, hash, run)
SELECT u.document_ref, u.shard, u.position, u.ledger, u.bill_to, u.currency, u.type, u.total::numeric, u.lines, u.hash, u.run
FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[],
            $10::uuid[], $11::text[])
  AS u(document_ref, shard, position, ledger, bill_to, currency, type, total, lines, hash, run)`

	sqlNumberDocuments = `
UPDATE documents AS d SET invoice_number = u.invoice_number
FROM unnest($1::text[], $2::bigint[]) AS u(document_ref, invoice_number)
WHERE d.document_ref = u.document_ref`
)

// Write queues the documents of a page, then their numbers: a document may be issued and numbered in one page.
func (p Documents) Write(_ context.Context, _ Database, page []events.Recorded, b *pgx.Batch) error {
	var rows documentRows
	numbers := make(map[string]int64)
	for i := range page {
		ref, ok := strings.CutPrefix(page[i].Stream, documentStream)
		if !ok {
			return errUnexpected(p.Name(), page[i])
		}
		switch e := page[i].Event.(type) {
		case events.DocumentIssued:
			rows.add(&page[i], ref, &e)
		case events.InvoiceNumberRecorded:
			numbers[ref] = e.InvoiceNumber
		default:
			return errUnexpected(p.Name(), page[i])
		}
	}
	rows.queue(b)
	queueNumbers(b, numbers)
	return nil
}

// documentRows are rows of the table by column.
type documentRows struct {
	ref, ledger, billTo, currency, kind, total, run []string
	shard                                           []int32
	position, lines                                 []int64
	hash                                            uuids
}

func (r *documentRows) add(f *events.Recorded, ref string, e *events.DocumentIssued) {
	r.ref, r.shard, r.position = append(r.ref, ref), append(r.shard, f.Shard), append(r.position, f.Position)
	r.ledger, r.billTo = append(r.ledger, string(e.Ledger)), append(r.billTo, e.BillTo)
	r.currency, r.kind = append(r.currency, e.Currency), append(r.kind, e.Type)
	r.total, r.lines = append(r.total, e.Total.StringFixed(int32(e.Total.Decimals))), append(r.lines, e.Lines)
	r.hash, r.run = append(r.hash, e.Hash), append(r.run, e.Run)
}

func (r *documentRows) queue(b *pgx.Batch) {
	if len(r.ref) == 0 {
		return
	}
	b.Queue(sqlInsertDocuments, r.ref, r.shard, r.position, r.ledger, r.billTo, r.currency, r.kind, r.total, r.lines, r.hash, r.run)
}

func queueNumbers(b *pgx.Batch, numbers map[string]int64) {
	if len(numbers) == 0 {
		return
	}
	refs, values := make([]string, 0, len(numbers)), make([]int64, 0, len(numbers))
	for ref, number := range numbers {
		refs, values = append(refs, ref), append(values, number)
	}
	b.Queue(sqlNumberDocuments, refs, values)
}

// Document is an invoice or a credit note.
type Document struct {
	Ref           string
	Ledger        billing.Ledger
	BillTo        string
	Currency      string
	Type          string // INVOICE, CREDIT_NOTE
	Total         events.Money
	Lines         int64
	Hash          uuid.UUID // XOR of the line ids
	Run           string    // the run that closed it
	InvoiceNumber int64     // the legal number; -1 until accounting has told it
	Shard         int32
	Position      int64
}

const (
	sqlDocument = `
SELECT document_ref, ledger, bill_to, currency, type, total::text, lines, hash, run, invoice_number, shard, position
FROM documents WHERE document_ref = $1::text`

	sqlDocumentsOfRun = `
SELECT document_ref, ledger, bill_to, currency, type, total::text, lines, hash, run, invoice_number, shard, position
FROM documents WHERE run = $1::text AND document_ref > $2::text
ORDER BY document_ref LIMIT $3::bigint`

	sqlDocumentsOfPayer = `
SELECT document_ref, ledger, bill_to, currency, type, total::text, lines, hash, run, invoice_number, shard, position
FROM documents WHERE bill_to = $1::text AND document_ref > $2::text
ORDER BY document_ref LIMIT $3::bigint`
)

// DocumentByRef reads a document; false when there is none, or none yet.
func DocumentByRef(ctx context.Context, db Database, ref string) (Document, bool, error) {
	found, err := documents(ctx, db, sqlDocument, ref)
	if err != nil || len(found) == 0 {
		return Document{}, false, err
	}
	return found[0], true, nil
}

// DocumentsOfRun reads the documents that a run closed, by reference, after one, at most limit or 10 000.
func DocumentsOfRun(ctx context.Context, db Database, run, afterRef string, limit int) ([]Document, error) {
	return documents(ctx, db, sqlDocumentsOfRun, run, afterRef, within(limit))
}

// DocumentsOfPayer reads the documents of a payer, by reference, after one, at most limit or 10 000.
func DocumentsOfPayer(ctx context.Context, db Database, billTo, afterRef string, limit int) ([]Document, error) {
	return documents(ctx, db, sqlDocumentsOfPayer, billTo, afterRef, within(limit))
}

func documents(ctx context.Context, db Database, sql string, args ...any) ([]Document, error) {
	var found []Document
	err := read(ctx, db, sql, func(rows pgx.Rows) error {
		var d Document
		var total string
		err := rows.Scan(&d.Ref, &d.Ledger, &d.BillTo, &d.Currency, &d.Type, &total, &d.Lines, (*[16]byte)(&d.Hash), &d.Run,
			&d.InvoiceNumber, &d.Shard, &d.Position)
		if err == nil {
			err = d.Total.UnmarshalJSON([]byte(total))
		}
		found = append(found, d)
		return err
	}, args...)
	if err != nil {
		return nil, fmt.Errorf("projections: documents of %v: %w", args[0], err)
	}
	return found, nil
}

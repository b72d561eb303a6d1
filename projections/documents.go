package projections

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tenure/billing"
	"tenure/events"
)

// Documents keeps every invoice and credit note, and what accounting reported of it: legal number, due date, payment.
type Documents struct{}

// Name is documents.
func (Documents) Name() string { return "documents" }

// documentStream begins every stream of a document; what follows is its reference.
const documentStream = "document/"

// Wants reports whether it is an event of a document.
func (Documents) Wants(eventType string) bool {
	switch eventType {
	case (events.DocumentIssued{}).EventType(),
		(events.InvoiceNumberRecorded{}).EventType(),
		(events.PaymentRecorded{}).EventType():
		return true
	}
	return false
}

const (
	sqlInsertDocuments = `
INSERT INTO documents (document_ref, shard, position, ledger, bill_to, currency, type, total, lines, hash, run)
SELECT u.document_ref, u.shard, u.position, u.ledger, u.bill_to, u.currency, u.type, u.total::numeric, u.lines,
    u.hash, u.run
FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::bigint[],
            $10::uuid[], $11::text[])
  AS u(document_ref, shard, position, ledger, bill_to, currency, type, total, lines, hash, run)`

	sqlNumberDocuments = `
UPDATE documents AS d SET invoice_number = u.invoice_number, due_date = DATE '0001-12-31 BC' + NULLIF(u.due_date, 0)
FROM unnest($1::text[], $2::bigint[], $3::integer[]) AS u(document_ref, invoice_number, due_date)
WHERE d.document_ref = u.document_ref`

	sqlPayDocuments = `
UPDATE documents AS d SET paid_on = DATE '0001-12-31 BC' + u.paid_on, paid = u.paid::numeric
FROM unnest($1::text[], $2::integer[], $3::text[]) AS u(document_ref, paid_on, paid)
WHERE d.document_ref = u.document_ref`
)

// Write queues the documents of a page, then what is reported of them: a document may be issued, numbered and paid in
// one page.
func (p Documents) Write(_ context.Context, _ Database, page []events.Recorded, b *pgx.Batch) error {
	var rows documentRows
	var reported reported
	for i := range page {
		ref, ok := strings.CutPrefix(page[i].Stream, documentStream)
		if !ok {
			return errUnexpected(p.Name(), page[i])
		}
		switch e := page[i].Event.(type) {
		case events.DocumentIssued:
			rows.add(&page[i], ref, &e)
		case events.InvoiceNumberRecorded:
			reported.number(ref, e)
		case events.PaymentRecorded:
			reported.payment(ref, e)
		default:
			return errUnexpected(p.Name(), page[i])
		}
	}
	rows.queue(b)
	reported.queue(b)
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
	b.Queue(
		sqlInsertDocuments,
		r.ref,
		r.shard,
		r.position,
		r.ledger,
		r.billTo,
		r.currency,
		r.kind,
		r.total,
		r.lines,
		r.hash,
		r.run,
	)
}

// reported is what accounting has reported of documents, by column: the numbers and due days, then the payments. Of a
// document that is numbered twice in a page the last counts.
type reported struct {
	numbered, paid []string
	numbers        []int64
	due, paidOn    []int32
	amounts        []string
}

func (t *reported) number(ref string, e events.InvoiceNumberRecorded) {
	if i := slices.Index(t.numbered, ref); i >= 0 {
		t.numbers[i], t.due[i] = e.InvoiceNumber, dayNumber(e.DueDate)
		return
	}
	t.numbered, t.numbers, t.due = append(
		t.numbered,
		ref,
	), append(
		t.numbers,
		e.InvoiceNumber,
	), append(
		t.due,
		dayNumber(e.DueDate),
	)
}

func (t *reported) payment(ref string, e events.PaymentRecorded) {
	sum := e.Sum()
	text := sum.StringFixed(int32(sum.Decimals))
	if i := slices.Index(t.paid, ref); i >= 0 {
		t.paidOn[i], t.amounts[i] = dayNumber(e.PaidOn), text
		return
	}
	t.paid, t.paidOn, t.amounts = append(t.paid, ref), append(t.paidOn, dayNumber(e.PaidOn)), append(t.amounts, text)
}

func (t *reported) queue(b *pgx.Batch) {
	if len(t.numbered) > 0 {
		b.Queue(sqlNumberDocuments, t.numbered, t.numbers, t.due)
	}
	if len(t.paid) > 0 {
		b.Queue(sqlPayDocuments, t.paid, t.paidOn, t.amounts)
	}
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
	Hash          uuid.UUID     // XOR of the line ids
	Run           string        // the run that closed it
	InvoiceNumber int64         // the legal number; -1 until accounting has reported it
	DueDate       billing.Date  // 0: not reported
	PaidOn        billing.Date  // 0: not paid
	Paid          *events.Money // what was paid, the total; nil: not paid
	Shard         int32
	Position      int64
}

const (
	sqlDocument = `
SELECT document_ref, ledger, bill_to, currency, type, total::text, lines, hash, run, invoice_number, shard, position,
       due_date, paid_on, paid::text
FROM documents WHERE document_ref = $1::text`

	sqlDocumentsOfRun = `
SELECT document_ref, ledger, bill_to, currency, type, total::text, lines, hash, run, invoice_number, shard, position,
       due_date, paid_on, paid::text
FROM documents WHERE run = $1::text AND document_ref > $2::text
ORDER BY document_ref LIMIT $3::bigint`

	sqlDocumentsOfPayer = `
SELECT document_ref, ledger, bill_to, currency, type, total::text, lines, hash, run, invoice_number, shard, position,
       due_date, paid_on, paid::text
FROM documents WHERE bill_to = $1::text AND document_ref > $2::text
ORDER BY document_ref LIMIT $3::bigint`

	sqlDocuments = `
SELECT document_ref, ledger, bill_to, currency, type, total::text, lines, hash, run, invoice_number, shard, position,
       due_date, paid_on, paid::text
FROM documents WHERE document_ref > $1::text
ORDER BY document_ref LIMIT $2::bigint`
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

// AllDocuments reads all documents, by reference, after one, at most limit or 10 000. The second argument is not used:
// it has the form of the other two.
func AllDocuments(ctx context.Context, db Database, _, afterRef string, limit int) ([]Document, error) {
	return documents(ctx, db, sqlDocuments, afterRef, within(limit))
}

func documents(ctx context.Context, db Database, sql string, args ...any) ([]Document, error) {
	var found []Document
	err := read(ctx, db, sql, func(rows pgx.Rows) error {
		var d Document
		var total string
		var paid *string
		var due, paidOn *time.Time
		err := rows.Scan(&d.Ref, &d.Ledger, &d.BillTo, &d.Currency, &d.Type, &total, &d.Lines, (*[16]byte)(&d.Hash), &d.Run,
			&d.InvoiceNumber, &d.Shard, &d.Position, &due, &paidOn, &paid)
		if err == nil {
			err = d.Total.UnmarshalJSON([]byte(total))
		}
		if d.DueDate, d.PaidOn = dateOf(due), dateOf(paidOn); err == nil && paid != nil {
			d.Paid = &events.Money{}
			err = d.Paid.UnmarshalJSON([]byte(*paid))
		}
		found = append(found, d)
		return err
	}, args...)
	if err != nil {
		return nil, fmt.Errorf("projections: documents of %v: %w", args[0], err)
	}
	return found, nil
}

// dateOf is a day of the database; 0 for none.
func dateOf(day *time.Time) billing.Date {
	if day == nil {
		return 0
	}
	return billing.DateOf(*day, time.UTC)
}

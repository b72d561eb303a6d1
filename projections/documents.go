package projections

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

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
		(events.InvoiceNumberRecorded{}).EventType(), formerInvoiceNumber,
		(events.PaymentRecorded{}).EventType():
		return true
	}
	return false
}

// formerInvoiceNumber is what older logs have of legal numbers.
const formerInvoiceNumber = "billing.invoice_number_recorded.v1"

const (
	sqlInsertDocuments = `
INSERT INTO documents (document_ref, shard, position, ledger, bill_to, currency, type, total, lines, hash, run,
    charges, credits, issue_date, bill_to_name, seller, seller_name)
SELECT u.document_ref, u.shard, u.position, u.ledger, u.bill_to, u.currency, u.type, u.total::numeric, u.lines,
    u.hash, u.run, u.charges::numeric, u.credits::numeric, DATE '0001-12-31 BC' + NULLIF(u.issue_date, 0),
    u.bill_to_name, u.seller, u.seller_name
FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::bigint[], $10::uuid[], $11::text[], $12::text[], $13::text[], $14::integer[], $15::text[], $16::text[],
    $17::text[])
  AS u(document_ref, shard, position, ledger, bill_to, currency, type, total, lines, hash, run, charges, credits,
    issue_date, bill_to_name, seller, seller_name)`

	sqlNumberDocuments = `
UPDATE documents AS d SET invoice_number = u.invoice_number, due_date = DATE '0001-12-31 BC' + NULLIF(u.due_date, 0)
FROM unnest($1::text[], $2::text[], $3::integer[]) AS u(document_ref, invoice_number, due_date)
WHERE d.shard = ANY($4::integer[]) AND d.document_ref = u.document_ref`

	sqlPayDocuments = `
UPDATE documents AS d
SET paid_on = DATE '0001-12-31 BC' + u.paid_on, paid = u.paid::numeric, payments = d.payments || u.payments::jsonb
FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[]) AS u(document_ref, paid_on, paid, payments)
WHERE d.shard = ANY($5::integer[]) AND d.document_ref = u.document_ref`
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
	return reported.queue(b, shardsOf(page))
}

// documentRows are rows of the table by column.
type documentRows struct {
	ref, ledger, billTo, currency, kind, total, run []string
	billToName, seller, sellerName                  []string
	charges, credits                                []*string
	shard, issueDate                                []int32
	position, lines                                 []int64
	hash                                            uuids
}

func (r *documentRows) add(f *events.Recorded, ref string, e *events.DocumentIssued) {
	r.ref, r.shard, r.position = append(r.ref, ref), append(r.shard, f.Shard), append(r.position, f.Position)
	r.ledger, r.billTo = append(r.ledger, string(e.Ledger)), append(r.billTo, e.BillTo)
	r.currency, r.kind = append(r.currency, e.Currency), append(r.kind, e.Type)
	r.total, r.lines = append(r.total, fixed(e.Total)), append(r.lines, e.Lines)
	r.charges, r.credits = append(r.charges, fixedOrNull(e.Charges)), append(r.credits, fixedOrNull(e.Credits))
	r.hash, r.run = append(r.hash, e.Hash), append(r.run, e.Run)
	r.issueDate, r.billToName = append(r.issueDate, dayNumber(e.IssueDate)), append(r.billToName, e.BillToName)
	r.seller, r.sellerName = append(r.seller, e.Seller), append(r.sellerName, e.SellerName)
}

func (r *documentRows) queue(b *pgx.Batch) {
	if len(r.ref) == 0 {
		return
	}
	b.Queue(sqlInsertDocuments, r.ref, r.shard, r.position, r.ledger, r.billTo, r.currency, r.kind, r.total, r.lines,
		r.hash, r.run, r.charges, r.credits, r.issueDate, r.billToName, r.seller, r.sellerName)
}

// fixed is a sum with its currency's decimals.
func fixed(m events.Money) string { return m.StringFixed(int32(m.Decimals)) }

func fixedOrNull(m *events.Money) *string {
	if m == nil {
		return nil
	}
	text := fixed(*m)
	return &text
}

// reported is what accounting has reported of documents, by column: the numbers and due days, then the payments. Of a
// document that is numbered twice in a page the last counts.
type reported struct {
	numbered, paid []string
	numbers        []string
	due, paidOn    []int32
	amounts        []string
	payments       [][]Payment // of each that is paid
}

func (t *reported) number(ref string, e events.InvoiceNumberRecorded) {
	if i := slices.Index(t.numbered, ref); i >= 0 {
		t.numbers[i], t.due[i] = string(e.InvoiceNumber), dayNumber(e.DueDate)
		return
	}
	t.numbered = append(t.numbered, ref)
	t.numbers, t.due = append(t.numbers, string(e.InvoiceNumber)), append(t.due, dayNumber(e.DueDate))
}

func (t *reported) payment(ref string, e events.PaymentRecorded) {
	payment := Payment{PaymentID: e.PaymentID, PaidOn: e.PaidOn, Amount: e.Amount}
	if i := slices.Index(t.paid, ref); i >= 0 {
		t.paidOn[i], t.amounts[i] = dayNumber(e.PaidOn), fixed(e.Sum())
		t.payments[i] = append(t.payments[i], payment)
		return
	}
	t.paid, t.paidOn, t.amounts = append(t.paid, ref), append(t.paidOn, dayNumber(e.PaidOn)),
		append(t.amounts, fixed(e.Sum()))
	t.payments = append(t.payments, []Payment{payment})
}

func (t *reported) queue(b *pgx.Batch, shards []int32) error {
	if len(t.numbered) > 0 {
		b.Queue(sqlNumberDocuments, t.numbered, t.numbers, t.due, shards)
	}
	if len(t.paid) == 0 {
		return nil
	}
	payments := make([]string, len(t.payments))
	for i := range t.payments {
		raw, err := json.Marshal(t.payments[i])
		if err != nil {
			return fmt.Errorf("projections: payments of %s: %w", t.paid[i], err)
		}
		payments[i] = string(raw)
	}
	b.Queue(sqlPayDocuments, t.paid, t.paidOn, t.amounts, payments, shards)
	return nil
}

package projections

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tenure/billing"
	"tenure/events"
)

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
	InvoiceNumber string        // the legal number; empty until accounting has reported it
	DueDate       billing.Date  // 0: not reported
	PaidOn        billing.Date  // 0: not paid
	Paid          *events.Money // what was paid; nil: nothing
	Payments      []Payment     // in their order
	Charges       *events.Money // the sum of its charges; nil: from before it was kept
	Credits       *events.Money // the sum of its credits, below 0
	IssueDate     billing.Date  // 0: from before it was kept
	BillToName    string        // the payer, as the catalogue named it when the document was issued
	Seller        string        // the payer's reseller, or PLATFORM
	SellerName    string
	Shard         int32
	Position      int64
}

// Payment is one payment of a document.
type Payment struct {
	PaymentID string       `json:"paymentId,omitempty"`
	PaidOn    billing.Date `json:"paidOn"`
	Amount    events.Money `json:"amount"`
}

// Open is what is not paid of it.
func (d *Document) Open() events.Money {
	open := d.Total
	if d.Paid != nil {
		open.Decimal = open.Sub(d.Paid.Decimal)
	}
	return open
}

const (
	documentColumns = `document_ref, ledger, bill_to, currency, type, total::text, lines, hash, run,
       coalesce(invoice_number, ''), shard, position, due_date, paid_on, paid::text, charges::text, credits::text,
       issue_date, bill_to_name, seller, seller_name, payments::text`

	sqlDocument = `
SELECT ` + documentColumns + `
FROM documents WHERE document_ref = $1::text`

	sqlDocumentsOfRun = `
SELECT ` + documentColumns + `
FROM documents WHERE run = $1::text AND document_ref > $2::text
ORDER BY document_ref LIMIT $3::bigint`

	sqlDocumentsOfPayer = `
SELECT ` + documentColumns + `
FROM documents WHERE bill_to = $1::text AND document_ref > $2::text
ORDER BY document_ref LIMIT $3::bigint`

	sqlDocuments = `
SELECT ` + documentColumns + `
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
		d, err := scanDocument(rows)
		found = append(found, d)
		return err
	}, args...)
	if err != nil {
		return nil, fmt.Errorf("projections: documents of %v: %w", args[0], err)
	}
	return found, nil
}

func scanDocument(rows pgx.Rows) (d Document, err error) {
	var total, payments string
	var paid, charges, credits *string
	var due, paidOn, issued *time.Time
	if err := rows.Scan(&d.Ref, &d.Ledger, &d.BillTo, &d.Currency, &d.Type, &total, &d.Lines, (*[16]byte)(&d.Hash), &d.Run,
		&d.InvoiceNumber, &d.Shard, &d.Position, &due, &paidOn, &paid, &charges, &credits, &issued, &d.BillToName,
		&d.Seller, &d.SellerName, &payments); err != nil {
		return d, err
	}
	d.DueDate, d.PaidOn, d.IssueDate = dateOf(due), dateOf(paidOn), dateOf(issued)
	if err := d.Total.UnmarshalJSON([]byte(total)); err != nil {
		return d, err
	}
	for _, sum := range []struct {
		text *string
		into **events.Money
	}{{paid, &d.Paid}, {charges, &d.Charges}, {credits, &d.Credits}} {
		if sum.text == nil {
			continue
		}
		*sum.into = &events.Money{}
		if err := (*sum.into).UnmarshalJSON([]byte(*sum.text)); err != nil {
			return d, err
		}
	}
	if payments == "[]" {
		return d, nil
	}
	return d, json.Unmarshal([]byte(payments), &d.Payments)
}

// dateOf is a day of the database; 0 for none.
func dateOf(day *time.Time) billing.Date {
	if day == nil {
		return 0
	}
	return billing.DateOf(*day, time.UTC)
}

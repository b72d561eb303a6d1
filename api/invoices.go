package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"tenure/access"
	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/projections"
)

// ledgerReads are the operations by which the ledgers are read.
var ledgerReads = map[billing.Ledger]access.Operation{
	billing.Customer: access.ReadCustomerLines,
	billing.Reseller: access.ReadResellerLines,
	billing.Cost:     access.ReadCostLines,
}

var errDocument = failure(http.StatusNotFound, "document", "Document not found")

// mayRead refuses a ledger of a payer that is not the caller's to read. A payer outside its reach is one that does not
// exist.
func (h *handler) mayRead(by caller, ledger billing.Ledger, payer string) *domain.Rejection {
	op, known := ledgerReads[ledger]
	if !known || by.reach(op) == access.ReachNone {
		return errAccess
	}
	switch {
	case ledger == billing.Customer:
		return by.refusal(op, h.catalog().targetIn(payer), errDocument)
	case by.reach(op) == access.ReachAll, by.reach(op) == access.ReachReseller && same(by.rights.Reseller, payer):
		return nil
	}
	return errDocument
}

// invoiceDocument is an invoice or a credit note as it is published over HTTP. Amounts are strings, as on the topics.
type invoiceDocument struct {
	Ref           string         `json:"documentRef"`
	Ledger        billing.Ledger `json:"ledger"`
	BillTo        string         `json:"billTo"`
	Currency      string         `json:"currency"`
	Type          string         `json:"type"`
	Total         events.Money   `json:"total"`
	Lines         int64          `json:"lines"`
	Run           string         `json:"run"`
	IssueDate     billing.Date   `json:"issueDate,omitempty"`
	BillToName    string         `json:"billToName,omitempty"`
	Seller        string         `json:"seller,omitempty"`
	SellerName    string         `json:"sellerName,omitempty"`
	Charges       *events.Money  `json:"charges,omitempty"`
	Credits       *events.Money  `json:"credits,omitempty"`
	InvoiceNumber string         `json:"invoiceNumber,omitempty"`
	DueDate       billing.Date   `json:"dueDate,omitempty"`
	PaidOn        billing.Date   `json:"paidOn,omitempty"`
	Paid          *events.Money  `json:"paid,omitempty"`
	Open          events.Money   `json:"open"`

	Payments []projections.Payment `json:"payments,omitempty"`
}

func published(d *projections.Document) invoiceDocument {
	return invoiceDocument{
		Ref: d.Ref, Ledger: d.Ledger, BillTo: d.BillTo, Currency: d.Currency, Type: d.Type, Total: d.Total,
		Lines: d.Lines, Run: d.Run, IssueDate: d.IssueDate, BillToName: d.BillToName, Seller: d.Seller,
		SellerName: d.SellerName, Charges: d.Charges, Credits: d.Credits, InvoiceNumber: d.InvoiceNumber,
		DueDate: d.DueDate, PaidOn: d.PaidOn, Paid: d.Paid, Open: d.Open(), Payments: d.Payments,
	}
}

// invoices lists the documents of a payer: a customer, the caller's own unless another is named; a reseller; or
// PLATFORM.
func (h *handler) invoices(w http.ResponseWriter, r *http.Request) {
	by, no := h.caller(r)
	values := r.URL.Query()
	payer := values.Get("billTo")
	if payer == "" {
		payer = by.Customer
	}
	if no == nil {
		payer, no = h.payer(by, payer)
	}
	limit := 0
	if no == nil {
		limit, no = whole(values.Get("limit"), "limit", listLimitDefault, 1, listLimitMax)
	}
	after := values.Get("after")
	if no == nil && !isText(after) {
		no = invalid("after", "must be the reference of a document")
	}
	if no != nil {
		refuse(w, no)
		return
	}
	found, err := projections.DocumentsOfPayer(r.Context(), h.Database, payer, after, limit)
	if err != nil {
		refuse(w, h.fault(r, "listing documents", err))
		return
	}
	list := make([]invoiceDocument, len(found))
	for i := range found {
		list[i] = published(&found[i])
	}
	doc := map[string]any{"limit": limit, "documents": list}
	if len(found) == limit {
		doc["after"] = found[limit-1].Ref
	}
	respond(w, http.StatusOK, doc)
}

// platform is the payer of the ledger COST.
const platform = "PLATFORM"

// payer finds a payer's ledger, and refuses it as mayRead does.
func (h *handler) payer(by caller, payer string) (string, *domain.Rejection) {
	if payer == platform {
		return payer, h.mayRead(by, billing.Cost, payer)
	}
	payer = strings.ToLower(payer)
	if !idForm.MatchString(payer) {
		return payer, invalid("billTo", "must be a customer, a reseller or PLATFORM")
	}
	if _, reseller := h.catalog().Reseller(payer); reseller {
		return payer, h.mayRead(by, billing.Reseller, payer)
	}
	return payer, h.mayRead(by, billing.Customer, payer)
}

// invoiceQuery is which page of which document is asked for.
type invoiceQuery struct {
	ref      string
	limit    int
	after    cursor
	included bool // with what costs nothing
}

// invoiceQuery reads a request for a document that the caller may read.
func (h *handler) invoiceQuery(r *http.Request) (q invoiceQuery, no *domain.Rejection) {
	by, no := h.caller(r)
	q.ref = r.PathValue("ref")
	ledger, payer, ok := contract.DocumentParts(q.ref)
	switch {
	case no != nil:
	case !ok || !isText(q.ref):
		no = errDocument
	default:
		no = h.mayRead(by, ledger, payer)
	}
	values := r.URL.Query()
	if no == nil {
		q.limit, no = whole(values.Get("limit"), "limit", listLimitDefault, 1, listLimitMax)
	}
	if no == nil {
		q.after, no = parseCursor(values.Get("after"))
	}
	if no == nil {
		q.included, no = boolean(values, "showIncludedProducts")
	}
	return q, no
}

// invoice is one document with a page of its lines, as they are on the topics.
func (h *handler) invoice(w http.ResponseWriter, r *http.Request) {
	q, no := h.invoiceQuery(r)
	if no != nil {
		refuse(w, no)
		return
	}
	found, known, err := projections.DocumentByRef(r.Context(), h.Database, q.ref)
	var lines []projections.Line
	after := ""
	if err == nil && known {
		lines, after, no, err = h.linesOf(r.Context(), &q)
	}
	var free []projections.FreeRow
	if err == nil && q.included {
		free, err = projections.FreeRows(r.Context(), h.Database, lines, h.catalog().Catalog, h.policy())
	}
	switch {
	case err != nil:
		refuse(w, h.fault(r, "reading a document", err))
	case !known:
		refuse(w, errDocument)
	case no != nil:
		refuse(w, no)
	default:
		respond(w, http.StatusOK, h.invoicePage(&found, lines, free, after))
	}
}

// linesOf is a page of a document's lines, and where the next one begins; empty: there is none.
func (h *handler) linesOf(ctx context.Context, q *invoiceQuery) (
	lines []projections.Line, after string, no *domain.Rejection, err error,
) {
	lines, err = projections.LinesOfDocument(ctx, h.Database, q.ref, q.after.LinePlace, q.limit)
	if err == nil && len(lines) == q.limit {
		after, err = h.cursor(ctx, lines[q.limit-1].LinePlace)
	}
	if err == nil {
		no, err = h.stands(ctx, q.after)
	}
	return lines, after, no, err
}

// policy is the billing policy of today, as far as the log has it.
func (h *handler) policy() *billing.Policy {
	p := h.catalog().PolicyAt(h.Now(), billing.DefaultPolicy())
	return &p
}

func (h *handler) invoicePage(
	d *projections.Document, lines []projections.Line, free []projections.FreeRow, after string,
) map[string]any {
	list := make([]json.RawMessage, len(lines))
	catalog := h.catalog()
	for i := range lines {
		l := &lines[i].Line
		list[i] = l.AppendShown(nil, l.AppendJSON(nil), catalog.Item(l))
	}
	doc := map[string]any{"document": published(d), "lines": list}
	if free != nil {
		doc["includedProducts"] = free
	}
	if after != "" {
		doc["after"] = after
	}
	return doc
}

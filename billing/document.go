package billing

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// DocumentType is decided by the sign of the sum (rule 25).
type DocumentType string

// The types of document. A sum of 0 is an invoice.
const (
	Invoice    DocumentType = "INVOICE"
	CreditNote DocumentType = "CREDIT_NOTE"
)

// Document is what a payer gets: the net of lines of one ledger and currency.
type Document struct {
	// Ref is the deterministic reference that stands in every line.
	Ref      string       `json:"documentRef"`
	Ledger   Ledger       `json:"ledger"`
	BillTo   string       `json:"billTo"`
	Currency string       `json:"currency"`
	Type     DocumentType `json:"type"`
	// Total is the sum of rounded lines, shown positive.
	Total decimal.Decimal `json:"-"`
	// Charges and Credits are the signed sums of the two kinds of line.
	Charges decimal.Decimal `json:"-"`
	Credits decimal.Decimal `json:"-"`
	// Scale is the decimals of the currency.
	Scale uint8 `json:"-"`
	// Count is the number of distinct lines, and Hash the exclusive or of their
	// ids: the same for any order.
	Count int       `json:"count"`
	Hash  uuid.UUID `json:"hash"`
}

// Net is the signed sum.
func (d *Document) Net() decimal.Decimal { return d.Charges.Add(d.Credits) }

// DocumentRef is the readable reference of a document: the cycle, ledger, payer
// and currency. A MONTHLY document closes with the run of the first, so a line of
// another day belongs to the next month's; PER_RUN documents carry the run's day.
func DocumentRef(p *Policy, runDay Date, l Ledger, billTo, currency string) string {
	cycle := runDay.String()
	if p.DocumentCycle == CycleMonthly {
		if _, _, day := runDay.civil(); day != 1 {
			runDay = runDay.AddMonths(1, 1)
		}
		cycle = runDay.String()[:len("2006-01")]
	}
	return cycle + "/" + string(l) + "/" + billTo + "/" + currency
}

// Documents nets lines into documents per ledger, payer and currency, in that
// order (rule 25). Lines that carry a DocumentRef keep it; the others get that of
// the run's day. A line that is given twice counts once.
func Documents(lines []Line, p *Policy, runDay Date) []Document {
	seen := make(map[uuid.UUID]bool, len(lines))
	at := map[string]int{}
	var out []Document
	for i := range lines {
		l := &lines[i]
		if seen[l.ID] {
			continue
		}
		seen[l.ID] = true
		ref := l.DocumentRef
		if ref == "" {
			ref = DocumentRef(p, runDay, l.Ledger, l.BillTo, l.Currency)
		}
		n, ok := at[ref]
		if !ok {
			n = len(out)
			at[ref] = n
			out = append(out, Document{Ref: ref, Ledger: l.Ledger, BillTo: l.BillTo, Currency: l.Currency})
		}
		out[n].Add(l)
	}
	slices.SortFunc(out, func(a, b Document) int {
		return cmp.Or(cmp.Compare(a.Ledger, b.Ledger), cmp.Compare(a.BillTo, b.BillTo),
			cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Ref, b.Ref))
	})
	return out
}

// CombineHashes gives the control hash of two sets of lines without a common one,
// from those of the sets: the XOR of their ids, in any order. The hash of one line
// is its id, that of none is zero.
func CombineHashes(a, b uuid.UUID) uuid.UUID {
	for i := range a {
		a[i] ^= b[i]
	}
	return a
}

// Add counts one more line, which the caller has not added before.
func (d *Document) Add(l *Line) {
	amount := l.Amount.Decimal()
	if l.Kind == Credit {
		d.Credits = d.Credits.Add(amount)
	} else {
		d.Charges = d.Charges.Add(amount)
	}
	d.Count++
	d.Scale = max(d.Scale, l.Scale)
	d.Hash = CombineHashes(d.Hash, l.ID)
	net := d.Net()
	d.Total, d.Type = net.Abs(), Invoice
	if net.IsNegative() {
		d.Type = CreditNote
	}
}

// MarshalJSON writes money as strings with the currency's decimals.
func (d Document) MarshalJSON() ([]byte, error) {
	type plain Document
	scale := int32(d.Scale)
	return json.Marshal(struct {
		plain
		Total   string `json:"total"`
		Charges string `json:"charges"`
		Credits string `json:"credits"`
	}{plain(d), d.Total.StringFixed(scale), d.Charges.StringFixed(scale), d.Credits.StringFixed(scale)})
}

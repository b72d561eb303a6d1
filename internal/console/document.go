package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"tenure/billing"
	"tenure/contract"
	"tenure/internal/runstate"
	"tenure/internal/status"
	"tenure/projections"
)

const (
	documentLines = 2_000 // of a document that are shown whole; the export has all
	documentsPage = 50
)

// documentsListPage lists documents of a run or a payer.
type documentsListPage struct {
	Run, Payer, Next string
	PayerName        string
	Documents        []documentRow
}

// documentRow is a document with the name of its payer.
type documentRow struct {
	projections.Document
	Payer string
}

// named gives documents the names of their payers: that of the document itself, or that of the catalogue.
func named(all []projections.Document, r *request) []documentRow {
	rows := make([]documentRow, len(all))
	for i := range all {
		rows[i] = documentRow{all[i], cmp.Or(all[i].BillToName, r.payerName(all[i].Ledger, all[i].BillTo))}
	}
	return rows
}

func (h *console) documents(w http.ResponseWriter, r *request) error {
	query := r.URL.Query()
	p := documentsListPage{Run: query.Get("run"), Payer: query.Get("payer")}
	after := query.Get("after")
	if !r.operates() {
		if p.Run = ""; p.Payer == "" {
			p.Payer = cmp.Or(r.rights.Customer, r.rights.Reseller)
		}
		if err := r.mayReadPayer(p.Payer); err != nil {
			return err
		}
	}
	var err error
	var found []projections.Document
	switch {
	case p.Payer != "":
		found, err = projections.DocumentsOfPayer(r.Context(), h.Store, p.Payer, after, documentsPage)
	default:
		if p.Run == "" {
			last, readErr := runstate.Last(r.Context(), h.Store)
			if readErr != nil {
				return readErr
			}
			if last != nil {
				p.Run = last.ID
			}
		}
		found, err = projections.DocumentsOfRun(r.Context(), h.Store, p.Run, after, documentsPage)
	}
	if err != nil {
		return err
	}
	if len(found) == documentsPage {
		p.Next = found[documentsPage-1].Ref
	}
	if p.Documents = named(found, r); p.Payer != "" && len(found) > 0 {
		p.PayerName = p.Documents[0].Payer
	}
	return h.show(w, r, view{Name: "documents", Title: "Documents", Content: p})
}

// documentPage is an invoice or a credit note as it prints.
type documentPage struct {
	Ref      string
	Document *projections.Document // nil: not issued yet
	Groups   []lineGroup
	Count    int
	Cut      bool // there are more lines than are shown
	Charges  sum
	Credits  sum
	Total    string
	Currency string

	Title       string // the month, or the day, that the document is about
	Payer       string // names; empty: the catalogue knows none
	Seller      string
	Ledger      billing.Ledger
	Corrections []correction // in other documents, later
	More        bool         // there may be others
}

// correction is a line of another document that takes back one of these.
type correction struct {
	projections.Line
	Corrects *projections.Line
}

type sum struct {
	Lines  int
	Amount string
}

// lineGroup is what one employee has in a document.
type lineGroup struct {
	Employee string
	Number   int64 // 0: not known
	Lines    []documentLine
	Sum      string
}

// documentLine is a line with the name of what it is for.
type documentLine struct {
	projections.Line
	Name string
}

func (h *console) document(w http.ResponseWriter, r *request) error {
	ref := r.PathValue("ref")
	if err := r.mayReadDocument(ref); err != nil {
		return err
	}
	document, issued, err := projections.DocumentByRef(r.Context(), h.Store, ref)
	if err != nil {
		return err
	}
	lines, err := projections.LinesOfDocument(r.Context(), h.Store, ref, projections.LinePlace{}, documentLines+1)
	if err != nil {
		return err
	}
	if !issued && len(lines) == 0 {
		return errNotFound
	}
	p := documentPage{Ref: ref}
	if issued {
		p.Document = &document
	}
	if p.Cut = len(lines) > documentLines; p.Cut {
		lines = lines[:documentLines]
	}
	p.sums(lines)
	p.group(lines, r)
	if err := h.complete(r, &p, lines); err != nil {
		return err
	}
	return h.show(w, r, view{Name: "document", Title: ref, Content: p})
}

// complete reads what stands beside the lines: names, numbers, and what corrected them later.
func (h *console) complete(r *request, p *documentPage, lines []projections.Line) error {
	ledger, payer, _ := contract.DocumentParts(p.Ref)
	p.Ledger, p.Payer = ledger, r.payerName(ledger, payer)
	p.Title, _, _ = strings.Cut(p.Ref, "/")
	if month, err := billing.ParseDate(p.Title + "-01"); err == nil {
		p.Title = monthName(month)
	}
	if d := p.Document; d != nil {
		p.Payer, p.Seller = cmp.Or(d.BillToName, p.Payer), d.SellerName
	}
	employees := make([]string, len(p.Groups))
	for i := range p.Groups {
		employees[i] = p.Groups[i].Employee
	}
	known, err := projections.FindByIDs(r.Context(), h.Store, employees[:min(len(employees), documentLines)])
	if err != nil {
		return err
	}
	for i := range p.Groups {
		p.Groups[i].Number = known[p.Groups[i].Employee].Number
	}
	later, more, err := projections.Corrections(r.Context(), h.Store, lines)
	if err != nil {
		return err
	}
	p.correct(lines, later)
	p.More = more
	return nil
}

// correct puts later corrections beside the lines that they correct; those of this document stand under them already.
func (p *documentPage) correct(lines, later []projections.Line) {
	by := map[uuid.UUID]*projections.Line{}
	for i := range lines {
		by[lines[i].ID] = &lines[i]
	}
	for i := range later {
		if l := later[i]; l.DocumentRef != p.Ref {
			p.Corrections = append(p.Corrections, correction{Line: l, Corrects: by[l.CorrectsLine]})
		}
	}
}

func (p *documentPage) sums(lines []projections.Line) {
	var charges, credits decimal.Decimal
	scale := 2
	for i := range lines {
		l := &lines[i].Line
		scale, p.Currency = int(l.Scale), l.Currency
		if l.Kind == billing.Credit {
			p.Credits.Lines, credits = p.Credits.Lines+1, credits.Add(amountOf(l))
		} else {
			p.Charges.Lines, charges = p.Charges.Lines+1, charges.Add(amountOf(l))
		}
	}
	text := func(d decimal.Decimal) string { return status.Amount(d.StringFixed(int32(scale))) }
	p.Count, p.Charges.Amount, p.Credits.Amount, p.Total = len(lines), text(charges), text(credits),
		text(charges.Add(credits))
}

func amountOf(l *billing.Line) decimal.Decimal {
	d, err := decimal.NewFromString(l.Amount.StringFixed(int(l.Scale)))
	if err != nil {
		return decimal.Zero // never: an amount writes itself
	}
	return d
}

// group puts lines by employee, and a correction right under the line that it corrects.
func (p *documentPage) group(lines []projections.Line, r *request) {
	by := map[string][]projections.Line{}
	for i := range lines {
		by[lines[i].Employee] = append(by[lines[i].Employee], lines[i])
	}
	names := make([]string, 0, len(by))
	for name := range by {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		g := lineGroup{Employee: name}
		for _, l := range beside(by[name]) {
			g.Lines = append(g.Lines, documentLine{l, r.productName(l.Product)})
		}
		total := decimal.Zero
		scale := 2
		for i := range g.Lines {
			scale, total = int(g.Lines[i].Scale), total.Add(amountOf(&g.Lines[i].Line.Line))
		}
		g.Sum = status.Amount(total.StringFixed(int32(scale)))
		p.Groups = append(p.Groups, g)
	}
}

// beside moves each correction behind what it corrects, where that stands in the same document.
func beside(lines []projections.Line) []projections.Line {
	out := make([]projections.Line, 0, len(lines))
	for i := range lines {
		at := len(out)
		if lines[i].Kind == billing.Credit {
			for j := range out {
				if out[j].ID == lines[i].CorrectsLine {
					at = j + 1
				}
			}
		}
		out = slices.Insert(out, at, lines[i])
	}
	return out
}

package console

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/shopspring/decimal"

	"tenure/billing"
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
	Documents        []projections.Document
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
	switch {
	case p.Payer != "":
		p.Documents, err = projections.DocumentsOfPayer(r.Context(), h.Store, p.Payer, after, documentsPage)
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
		p.Documents, err = projections.DocumentsOfRun(r.Context(), h.Store, p.Run, after, documentsPage)
	}
	if err != nil {
		return err
	}
	if len(p.Documents) == documentsPage {
		p.Next = p.Documents[documentsPage-1].Ref
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
}

type sum struct {
	Lines  int
	Amount string
}

// lineGroup is what one employee has in a document.
type lineGroup struct {
	Employee string
	Lines    []projections.Line
	Sum      string
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
	p.group(lines)
	return h.show(w, r, view{Name: "document", Title: ref, Content: p})
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
func (p *documentPage) group(lines []projections.Line) {
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
		g := lineGroup{Employee: name, Lines: beside(by[name])}
		total := decimal.Zero
		scale := 2
		for i := range g.Lines {
			scale, total = int(g.Lines[i].Scale), total.Add(amountOf(&g.Lines[i].Line))
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

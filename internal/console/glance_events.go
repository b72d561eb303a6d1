package console

import (
	"cmp"
	"context"
	"slices"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/projections"
)

const (
	// glanceEvents bounds the events that bars are made of: what began before them begins with the first of them.
	glanceEvents = 300
	// glanceDocuments bounds the documents that are marked.
	glanceDocuments = 24
	// idTail is how much of an id tells accounts apart: their numbers are personal.
	idTail = 4
)

// glanceHeld is the kind of a row of days on which billing is held.
const glanceHeld = "held"

// glanceDocument is the kind of a row of documents, each on its day of issue.
const glanceDocument = "document"

// spans are the rows of what events begin and end, in the order of their beginning.
type spans struct {
	rows []glanceRow
	at   map[string]int // by what begins and ends
}

// spansOf reads extensions, mobile accounts and holds from an employee's events, oldest first. What the employee has
// and no event began is there since the first of them.
func spansOf(e *projections.Employee, recorded []events.Recorded, day func(events.Recorded) billing.Date) []glanceRow {
	s := spans{at: map[string]int{}}
	for i := range recorded {
		s.apply(recorded[i].Event, day(recorded[i]))
	}
	first := e.Created
	if len(recorded) > 0 {
		first = day(recorded[0])
	}
	for _, x := range e.Extensions {
		s.begin("extension/"+x.ID, "Extension "+x.Number, "", first)
	}
	for i := range e.Accounts {
		s.begin("mvno/"+e.Accounts[i].ID, accountName(e.Accounts[i].ID), "", first)
	}
	if e.Held != "" {
		s.begin(glanceHeld, "Billing held", glanceHeld, first)
	}
	return s.rows
}

func accountName(id string) string { return "MVNO account …" + id[max(0, len(id)-idTail):] }

func (s *spans) apply(event events.Event, on billing.Date) {
	switch e := event.(type) {
	case events.ExtensionAssigned:
		s.begin("extension/"+e.Extension.ID, "Extension "+e.Extension.Number, "", on)
	case events.ExtensionUnassigned:
		s.end("extension/"+e.ID, on)
	case events.ExtensionDeleted:
		s.end("extension/"+e.ID, on)
	case events.MvnoAccountAttached:
		s.begin("mvno/"+e.Account.ID, accountName(e.Account.ID), "", on)
	case events.MvnoAccountDetached:
		s.end("mvno/"+e.ID, on)
	case events.MvnoAccountDeleted:
		s.end("mvno/"+e.ID, on)
	case events.BillingHeld:
		s.begin(glanceHeld, "Billing held", glanceHeld, on)
	case events.BillingReleased:
		s.end(glanceHeld, on)
	}
}

// begin opens a period, unless one is open: the event then changed something else.
func (s *spans) begin(what, name, kind string, on billing.Date) {
	i, ok := s.at[what]
	if !ok {
		i = len(s.rows)
		s.at[what], s.rows = i, append(s.rows, glanceRow{Kind: kind})
	}
	row := &s.rows[i]
	row.Name = cmp.Or(name, row.Name)
	if n := len(row.Periods); n == 0 || row.Periods[n-1].To != 0 {
		row.Periods = append(row.Periods, billing.Period{From: on})
	}
}

// end closes the open period; one of a day on which it began and ended is shown as that day.
func (s *spans) end(what string, on billing.Date) {
	i, ok := s.at[what]
	if !ok {
		return
	}
	periods := s.rows[i].Periods
	if open := &periods[len(periods)-1]; open.To == 0 {
		open.To = max(on, open.From.AddDays(1))
	}
}

// issuedRow marks the documents of a payer of an employee, each on its day of issue.
func issuedRow(documents []projections.Document) []glanceRow {
	row := glanceRow{Name: "Documents of the payer", Kind: glanceDocument}
	for i := range documents {
		if on := documents[i].IssueDate; on != 0 && documents[i].Ledger == billing.Customer {
			row.Periods = append(row.Periods, billing.Period{From: on, To: on.AddDays(1)})
		}
	}
	if len(row.Periods) == 0 {
		return nil
	}
	slices.SortFunc(row.Periods, func(a, b billing.Period) int { return cmp.Compare(a.From, b.From) })
	return []glanceRow{row}
}

// readGlance draws the employee from its document, its newest events and the documents of its payer.
func (h *console) readGlance(ctx context.Context, p *employeePage, today billing.Date, name func(string) string) error {
	var documents []projections.Document
	if p.Bills {
		months := axisOf(today.AddMonths(-glanceBack, 1), today)
		var err error
		if documents, err = projections.DocumentsOfPayer(ctx, h.Store, p.Document.PayerOn(today),
			months.from.Time().Format("2006-01"), glanceDocuments); err != nil {
			return err
		}
	}
	more := spansOf(&p.Document, p.recorded, func(r events.Recorded) billing.Date {
		return billing.DateOf(r.At, h.Policy.Zone())
	})
	if ends := p.Document.Deletion; ends != nil && p.Document.State != domain.StateDeleted {
		for i := range more {
			if last := &more[i].Periods[len(more[i].Periods)-1]; last.To == 0 && more[i].Kind == "" {
				last.To = ends.Date
			}
		}
	}
	p.Glance = glanceOf(&p.Document, today, name, append(more, issuedRow(documents)...))
	return nil
}

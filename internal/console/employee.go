package console

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"tenure/access"
	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/history"
	"tenure/internal/status"
	"tenure/internal/store"
	"tenure/internal/timeline"
	"tenure/projections"
)

const (
	eventsShown    = 50
	upcomingShown  = 50
	upcomingMonths = 12
)

// employeePage is an employee: events left, lines right, and what comes above.
type employeePage struct {
	ID       string
	Document projections.Employee
	Customer string // names; empty: the catalogue knows none
	Reseller string
	Product  string
	Until    billing.Date
	Held     string // reason of a hold; empty: none
	HeldWhy  string
	Parked   []store.Parked
	Upcoming []timeline.Moment
	Problem  string // why what comes is not shown
	Months   []eventMonth
	Earlier  int32 // version from which older events are shown; 0: these are all
	Glance   glance
	AsOf     asOf
	Bills    bool // the caller may see what is billed
	Operates bool // the caller is an operator: it sees who did what, and has the forms
	recorded []events.Recorded
}

// eventRow is an event with the lines it made.
type eventRow struct {
	At       time.Time
	What, By string
	Type     string
	Position string
	Run      string
	Lines    []billing.Line
	Total    map[string]string
}

func (h *console) employee(w http.ResponseWriter, r *request) error {
	id := domain.CanonicalID(r.PathValue("id"))
	document, ok, err := projections.EmployeeByID(r.Context(), h.Store, id)
	if err != nil {
		return err
	}
	if !ok {
		return errNotFound
	}
	if err := r.may(access.Read, id, document.AccessLevel, document.Customer); err != nil {
		return err
	}
	p := employeePage{ID: id, Document: document, Operates: r.operates()}
	p.Bills = r.may(access.ReadCustomerLines, id, document.AccessLevel, document.Customer) == nil
	today := billing.DateOf(h.Now(), h.Policy.Zone())
	p.Until, p.Product = document.InvoicedUntil(billing.ProductSource), document.ProductOn(today)
	p.Product = cmp.Or(r.productName(p.Product), p.Product)
	p.Customer, p.Reseller = r.customerName(document.Customer), r.resellerName(document.Reseller)
	if err := h.readState(r.Context(), &p); err != nil {
		return err
	}
	if err := h.readEvents(r.Context(), &p, r.URL.Query().Get("before")); err != nil {
		return err
	}
	if p.Operates {
		p.Parked, err = h.Store.ParkedQueue(r.Context(), domain.Stream(domain.KindEmployee, id), eventsShown)
	}
	if err == nil && p.Operates {
		err = h.readAsOf(r, &p)
	}
	if err != nil {
		return err
	}
	if err := h.readGlance(r.Context(), &p, today, r.productName); err != nil {
		return err
	}
	p.narrow()
	return h.show(w, r, view{Name: "employee", Title: fmt.Sprintf("Employee %d", document.Number), Content: p})
}

// readState reads holds, and what time will do, from the state that rules read.
func (h *console) readState(ctx context.Context, p *employeePage) error {
	e, ok, err := timeline.Load(ctx, h.Store, p.ID)
	if err != nil || !ok {
		return err
	}
	products, err := h.Catalog.Latest(ctx)
	if err != nil {
		return err
	}
	p.Held, p.HeldWhy = e.Held, e.HeldWhy
	now := h.Now()
	moments, err := timeline.Upcoming(e, domain.World{Now: now, Catalog: products.Catalog,
		Policy: products.Catalog.PolicyAt(now, h.Policy)}, now.AddDate(0, upcomingMonths, 0))
	if err != nil {
		p.Problem = err.Error()
		return nil
	}
	for _, m := range moments {
		if m.Type != (events.PresenceChanged{}).EventType() && len(p.Upcoming) < upcomingShown {
			p.Upcoming = append(p.Upcoming, m)
		}
	}
	slices.Reverse(p.Upcoming) // the next one stands right above now
	return nil
}

// readEvents reads the newest page of events, or the one before a version, and those that bars are made of.
func (h *console) readEvents(ctx context.Context, p *employeePage, before string) error {
	stream := domain.Stream(domain.KindEmployee, p.ID)
	row, ok, err := h.Store.Subject(ctx, stream)
	if err != nil || !ok {
		return err
	}
	last := row.Version
	if n, err := strconv.ParseInt(before, 10, 32); err == nil && n > 1 && int32(n) <= last {
		last = int32(n) - 1
	}
	from := max(1, last-eventsShown+1)
	page, err := h.Store.StreamEvents(ctx, stream, min(from, max(1, row.Version-glanceEvents+1)))
	if err != nil {
		return err
	}
	if from > 1 {
		p.Earlier = from
	}
	var shown []eventRow
	for i := range page {
		recorded, err := history.Recorded(page[i])
		if err != nil {
			return err
		}
		p.recorded = append(p.recorded, recorded)
		if page[i].Version >= from && page[i].Version <= last {
			shown = append(shown, rowOf(recorded))
		}
	}
	slices.Reverse(shown)
	p.Months = monthsOf(shown, h.Policy.Zone())
	return nil
}

// narrow takes away what the caller may not see: who did what and why is for operators, what is billed for those who
// read the customer's lines.
func (p *employeePage) narrow() {
	if p.Operates {
		return
	}
	p.HeldWhy = ""
	for m := range p.Months {
		month := &p.Months[m]
		month.Rows = slices.DeleteFunc(month.Rows, func(e eventRow) bool { return !p.Bills && e.Run != "" })
		for i := range month.Rows {
			month.Rows[i].By, month.Rows[i].Position, month.Rows[i].Run = "", "", ""
		}
	}
	if !p.Bills {
		p.Upcoming, p.Held = nil, ""
		p.Glance.Rows = slices.DeleteFunc(p.Glance.Rows, func(g glanceRow) bool { return g.Kind != "" })
	}
}

func rowOf(r events.Recorded) eventRow {
	row := eventRow{
		At: r.At, What: timeline.Tell(r.Event), By: timeline.Cause(r), Type: r.Event.EventType(), Run: r.RunID,
		Position: fmt.Sprintf("%d:%d", r.Shard, r.Position),
	}
	if e, ok := r.Event.(events.EmployeeInvoiced); ok {
		row.Lines = customerLines(e.Lines)
	}
	return row
}

// customerLines are those of the ledger that the employee's payer sees.
func customerLines(all []billing.Line) []billing.Line {
	var shown []billing.Line
	for i := range all {
		if all[i].Ledger == billing.Customer {
			shown = append(shown, all[i])
		}
	}
	return shown
}

// Shape is the symbol of the state.
func (p employeePage) Shape() status.Shape {
	switch {
	case len(p.Parked) > 0:
		return status.ShapeParked
	case p.Held != "":
		return status.ShapeHeld
	case p.Document.State == domain.StateDeleted:
		return status.ShapeUnknown
	}
	return status.ShapeOK
}

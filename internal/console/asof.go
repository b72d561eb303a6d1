package console

import (
	"cmp"
	"time"

	"tenure/billing"
	"tenure/internal/history"
	"tenure/internal/status"
	"tenure/internal/timeline"
)

// asOf is an employee at a moment, and what differs at another one.
type asOf struct {
	At, With string // as the form has them, in the billing zone
	Line     string // the same as a command line
	Asked    bool
	Existed  bool
	State    []boundRow
	Events   int // between the two
	Rows     []differenceRow
	Problem  string
}

// differenceRow is a property that is not the same at the two moments.
type differenceRow struct{ Property, From, To string }

// momentForm is how a browser sends a moment.
const momentForm = "2006-01-02T15:04"

// differencesShown is how many properties are shown.
const differencesShown = 100

// readAsOf reads the state at the moment that a query asks for, and what differs from a second one, which is now where
// none is given. Personal values are not shown.
func (h *console) readAsOf(r *request, p *employeePage) error {
	query := r.URL.Query()
	now := h.Now().In(h.Policy.Zone())
	p.AsOf = asOf{At: query.Get("at"), With: query.Get("with"), Asked: query.Get("at") != ""}
	if !p.AsOf.Asked {
		p.AsOf.At = now.AddDate(0, 0, -1).Format(momentForm)
		p.AsOf.Line = h.diffLine(p.ID, now.AddDate(0, 0, -1), time.Time{})
		return nil
	}
	at, err := time.ParseInLocation(momentForm, p.AsOf.At, h.Policy.Zone())
	with := time.Time{}
	if err == nil && p.AsOf.With != "" {
		with, err = time.ParseInLocation(momentForm, p.AsOf.With, h.Policy.Zone())
	}
	if err != nil {
		p.AsOf.Problem = "A moment is a date and a time, such as " + now.Format(momentForm) + "."
		return nil
	}
	p.AsOf.Line = h.diffLine(p.ID, at, with)
	return h.stateAt(r, p, at, with)
}

// diffLine is the command line that shows the same.
func (h *console) diffLine(id string, at, with time.Time) string {
	line := "tenure employee diff " + id + " --from " + at.UTC().Format(time.RFC3339)
	if !with.IsZero() {
		line += " --to " + with.UTC().Format(time.RFC3339)
	}
	return line
}

func (h *console) stateAt(r *request, p *employeePage, at, with time.Time) error {
	from, to := history.Point{At: at.UTC()}, history.Point{}
	if !with.IsZero() {
		to.At = with.UTC()
	}
	e, _, existed, err := timeline.AsOf(r.Context(), h.Store, p.ID, from)
	if err != nil {
		return err
	}
	p.AsOf.Existed = existed
	if existed {
		day := billing.DateOf(at, h.Policy.Zone())
		product := e.ProductOn(day)
		p.AsOf.State = []boundRow{
			{"State", e.State}, {"Level", e.AccessLevel}, {"Customer", cmp.Or(r.customerName(e.Customer), e.Customer)},
			{"Product", cmp.Or(r.productName(product), product, "–")},
			{"Product billed until", dayOr(e.InvoicedUntil(billing.ProductSource))},
			{"Addons", status.Count(int64(len(e.Addons)))}, {"Extensions", status.Count(int64(len(e.Extensions)))},
			{"MVNO accounts", status.Count(int64(len(e.Accounts)))}, {"Held", cmp.Or(e.Held, "–")},
		}
	}
	change, err := timeline.Between(r.Context(), h.Store, p.ID, from, to)
	if err != nil {
		return err
	}
	timeline.Mask(change.Differences)
	p.AsOf.Events = change.Facts
	for _, d := range change.Differences[:min(len(change.Differences), differencesShown)] {
		p.AsOf.Rows = append(p.AsOf.Rows, differenceRow{d.Property, string(d.From), string(d.To)})
	}
	return nil
}

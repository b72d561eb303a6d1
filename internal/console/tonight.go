package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"tenure/billing"
	"tenure/internal/runs"
	"tenure/internal/status"
)

// tonightPage is what the first page shows.
type tonightPage struct {
	status.Status
	Firsts, Others chart
	Hour           []lagRow
	Since          time.Time // from when the hour is known
	Did            []deed
}

// deed is what an operator did.
type deed struct {
	At        time.Time
	Who, What string
	Reason    string
	Page      string
}

// deedsShown are the last ones.
const deedsShown = 8

// deeds are the last approvals of the runs that are shown, and the last halts and resumptions.
func (h *console) deeds(ctx context.Context, nights map[billing.Date]night) ([]deed, error) {
	var all []deed
	for _, n := range nights {
		if n.Approver != "" {
			all = append(all, deed{n.Approved, n.Approver, "approved " + n.Run, n.Why, "/runs/" + n.Run})
		}
	}
	orders, err := h.halts(ctx, deedsShown)
	if err != nil {
		return nil, err
	}
	for _, o := range orders {
		all = append(all, deed{At: o.At, Who: o.By, What: o.What, Page: "/switches"})
	}
	slices.SortFunc(all, func(a, b deed) int { return b.At.Compare(a.At) })
	return all[:min(len(all), deedsShown)], nil
}

const (
	// firstsShown are the runs that open a month: a year and the month before, to compare like with like.
	firstsShown = 13
	// othersShown are all other runs.
	othersShown = 60
)

func (h *console) tonight(w http.ResponseWriter, r *request) error {
	s := h.read(r)
	today := billing.DateOf(s.At, h.Policy.Zone())
	var firsts, others []billing.Date
	for d := today; len(firsts) < firstsShown; d-- {
		if opensMonth(d) {
			firsts = append([]billing.Date{d}, firsts...)
		} else if len(others) < othersShown {
			others = append([]billing.Date{d}, others...)
		}
	}
	nights, err := h.nightsOf(r.Context(), append(append([]billing.Date{}, firsts...), others...))
	if err != nil {
		return err
	}
	p := tonightPage{
		Status: s, Firsts: chartOf(firsts, nights, h.Policy.Currency), Others: chartOf(others, nights, h.Policy.Currency),
	}
	p.Hour, p.Since = h.lagRows(h.lag.names())
	if p.Did, err = h.deeds(r.Context(), nights); err != nil {
		return err
	}
	return h.show(w, r, view{Name: "tonight", Title: s.Sentence, Refresh: true, Content: p})
}

// read reads the status as everywhere.
func (h *console) read(r *request) status.Status {
	return status.Read(r.Context(), status.Sources{
		Store: h.Store, Now: h.Now(), Machine: h.Machine(), Simulated: h.Simulated, Zone: h.Policy.Zone(),
		ExpectBy: h.ExpectBy, Progress: runs.ProgressOf,
		Waiting: h.waitingCommands,
	})
}

// opensMonth reports whether a run bills everybody's month.
func opensMonth(d billing.Date) bool { return d.Time().Day() == 1 }

// weekday is the column of a day in a calendar that begins on Monday.
func weekday(d billing.Date) int { return (int(d.Time().Weekday()) + 6) % 7 }

// monthOf is the first day of a date's month.
func monthOf(d billing.Date) billing.Date {
	y, m, _ := d.Time().Date()
	return billing.NewDate(y, m, 1)
}

func nextMonth(d billing.Date) billing.Date { return d.AddMonths(1, 0) }

func monthName(d billing.Date) string { return d.Time().Format("January 2006") }

var weekdays = []string{"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"}

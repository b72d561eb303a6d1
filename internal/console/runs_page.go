package console

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/shopspring/decimal"

	"tenure/billing"
	"tenure/internal/status"
)

// runsPage lists runs: those that wait, a calendar, the years, a table.
type runsPage struct {
	Waiting  []night
	Late     int    // of those that wait, how many only break the bound of days behind
	Planned  string // what those that wait come to
	Months   []month
	Weekdays []string
	Years    []strip
	Rows     []night
	Currency string
	Filter   runsFilter
	States   []string // that may be chosen
	Bounds   []string // that runs of these months have exceeded
	Older    string   // address of the months before these
	Newer    string   // and of those behind them; empty: these are the newest
}

// runsFilter narrows the table; the calendar shows all.
type runsFilter struct {
	State, Bound string
	Until        billing.Date // the last day that is shown
}

// monthsShown of the calendar.
const monthsShown = 3

// filterOf reads the address. Anything that is not one of the choices shows all.
func filterOf(query url.Values, today billing.Date) runsFilter {
	f := runsFilter{State: query.Get("state"), Bound: query.Get("bound"), Until: today}
	if d, err := billing.ParseDate(query.Get("until")); err == nil && d < today {
		f.Until = d
	}
	return f
}

// shows reports whether the table has a night.
func (f runsFilter) shows(n *night) bool {
	if f.State != "" && f.State != stateWord(n) {
		return false
	}
	return f.Bound == "" || slices.Contains(boundsOf(n), f.Bound)
}

// The words of the filter by state.
const wordWaiting = "waiting"

// stateWord is a night's state as the filter has it.
func stateWord(n *night) string {
	if n.Shape() == status.ShapeWait {
		return wordWaiting
	}
	return n.State
}

// boundsOf are the names of the bounds that a plan exceeds, each once.
func boundsOf(n *night) []string {
	var names []string
	for _, b := range n.Breaches {
		if !slices.Contains(names, b.Bound) {
			names = append(names, b.Bound)
		}
	}
	return names
}

func (h *console) runs(w http.ResponseWriter, r *request) error {
	today := billing.DateOf(h.Now(), h.Policy.Zone())
	f := filterOf(r.URL.Query(), today)
	first := monthOf(f.Until)
	for range monthsShown - 1 {
		first = monthOf(first.AddDays(-1))
	}
	// the first before them too, with which the first month's is compared
	days := []billing.Date{monthOf(first.AddDays(-1))}
	for d := first; d <= f.Until; d++ {
		days = append(days, d)
	}
	by, err := h.nightsOf(r.Context(), days)
	if err != nil {
		return err
	}
	p := runsPage{
		Weekdays: weekdays, Currency: h.Policy.Currency, Filter: f,
		States: []string{wordWaiting, nightRunning, nightCompleted, nightAbandoned},
		Older:  "/runs?until=" + first.AddDays(-1).String(),
	}
	if f.Until < today {
		p.Newer = "/runs?until=" + min(today, f.Until.AddMonths(monthsShown, 0)).String()
	}
	if p.Years, err = h.years(r.Context(), today); err != nil {
		return err
	}
	p.fill(first, by)
	return h.show(w, r, view{Name: "runs", Title: "Runs", Refresh: f.Until == today, Content: p})
}

// fill makes the calendar and the tables of the nights that were read.
func (p *runsPage) fill(first billing.Date, by map[billing.Date]night) {
	for m := first; m <= p.Filter.Until; m = nextMonth(m) {
		p.Months = append(p.Months, monthPage(m, by))
	}
	sum := decimal.Zero
	for d := p.Filter.Until; d >= first; d-- {
		n, ok := by[d]
		if !ok {
			continue
		}
		if p.Filter.shows(&n) {
			p.Rows = append(p.Rows, n)
		}
		for _, name := range boundsOf(&n) {
			if !slices.Contains(p.Bounds, name) {
				p.Bounds = append(p.Bounds, name)
			}
		}
		if n.Shape() != status.ShapeWait {
			continue
		}
		p.Waiting, sum = append(p.Waiting, n), sum.Add(n.Planned)
		if onlyLate(&n) {
			p.Late++
		}
	}
	slices.Sort(p.Bounds)
	p.Planned = fixed(sum, p.Currency)
}

package console

import (
	"context"
	"net/http"

	"github.com/shopspring/decimal"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/history"
	"tenure/internal/runstate"
	"tenure/internal/status"
)

// The states of a run as a calendar shows them.
const (
	nightNone      = ""
	nightPlanned   = "planned"
	nightRunning   = "running"
	nightCompleted = "completed"
	nightAbandoned = "abandoned"
)

// night is a run in a line. Amounts are of the CUSTOMER ledger in the policy's currency.
type night struct {
	Date     billing.Date
	Run      string
	State    string
	HasPlan  bool
	Breaches []events.Breach
	Planned  decimal.Decimal
	Billed   decimal.Decimal
	People   int64 // employees billed
	Examined int64
	Totals   []events.ControlTotal
}

// Shape is the symbol of its state.
func (n night) Shape() status.Shape {
	switch n.State {
	case nightCompleted:
		return status.ShapeOK
	case nightRunning:
		return status.ShapeRun
	case nightAbandoned:
		return status.ShapeBad
	case nightPlanned:
		if len(n.Breaches) > 0 {
			return status.ShapeWait
		}
		return status.ShapeRun
	}
	return status.ShapeUnknown
}

// sentence says it in words, for whoever does not see the drawing.
func (n night) sentence(currency string) string {
	text := dayOr(n.Date) + ": "
	switch {
	case n.State == nightCompleted:
		text += fixed(n.Billed, currency)
	case n.HasPlan:
		text += "planned " + fixed(n.Planned, currency)
	default:
		text += "no run"
	}
	return text
}

// fixed is a sum with the decimals of its currency.
func fixed(sum decimal.Decimal, currency string) string {
	policy := billing.DefaultPolicy()
	return status.Amount(sum.StringFixed(int32(policy.Decimals(currency)))) + " " + currency
}

// nightsOf reads runs by their dates, in one statement.
func (h *console) nightsOf(ctx context.Context, days []billing.Date) (map[billing.Date]night, error) {
	streams := make([]string, len(days))
	for i, d := range days {
		streams[i] = domain.Stream(domain.KindRun, runstate.ID(d))
	}
	found, err := h.Store.EventsOfStreams(ctx, streams)
	if err != nil {
		return nil, err
	}
	all := map[billing.Date]night{}
	for _, e := range found {
		recorded, err := history.Recorded(e)
		if err != nil {
			return nil, err
		}
		_, id := domain.SplitStream(e.Stream)
		date, err := runstate.NightOf(id)
		if err != nil {
			continue // a run of another kind
		}
		n := all[date]
		n.Date, n.Run = date, id
		n.fold(recorded.Event, h.Policy.Currency)
		all[date] = n
	}
	return all, nil
}

func (n *night) fold(event events.Event, currency string) {
	switch e := event.(type) {
	case events.RunPlanned:
		n.plan(&e, currency)
	case events.RunStarted:
		n.State = nightRunning
	case events.RunCompleted:
		n.complete(&e, currency)
	case events.RunAbandoned:
		n.State = nightAbandoned
	}
}

func (n *night) plan(e *events.RunPlanned, currency string) {
	n.HasPlan, n.Breaches, n.Planned, n.People = true, e.Breaches, decimal.Zero, e.Summary.Billed
	if n.State == nightNone {
		n.State = nightPlanned
	}
	for _, t := range e.Summary.Totals {
		if t.Ledger == billing.Customer && t.Currency == currency {
			n.Planned = t.Amount.Decimal
		}
	}
}

func (n *night) complete(e *events.RunCompleted, currency string) {
	n.State, n.People, n.Examined, n.Totals = nightCompleted, e.Billed, e.Examined, e.Totals
	if e.Abandoned {
		n.State = nightAbandoned
	}
	for _, t := range e.Totals {
		if t.Ledger == billing.Customer && t.Currency == currency {
			n.Billed = t.Amount.Decimal
		}
	}
}

// runsPage lists runs.
type runsPage struct {
	Waiting  []night
	Months   []month
	Weekdays []string
	Rows     []night
	Currency string
}

// month is a page of the calendar.
type month struct {
	Name  string
	Weeks [][]cell
}

// cell is a day; zero outside the month.
type cell struct {
	night
	Day   int
	First bool
}

// monthsShown of the calendar.
const monthsShown = 3

func (h *console) runs(w http.ResponseWriter, r *request) error {
	today := billing.DateOf(h.Now(), h.Policy.Zone())
	first := monthOf(today)
	for range monthsShown - 1 {
		first = monthOf(first.AddDays(-1))
	}
	var days []billing.Date
	for d := first; d <= today; d++ {
		days = append(days, d)
	}
	by, err := h.nightsOf(r.Context(), days)
	if err != nil {
		return err
	}
	p := runsPage{Weekdays: weekdays, Currency: h.Policy.Currency}
	for m := first; m <= today; m = nextMonth(m) {
		p.Months = append(p.Months, monthPage(m, by))
	}
	for d := today; d >= first; d-- {
		n, ok := by[d]
		if !ok {
			continue
		}
		p.Rows = append(p.Rows, n)
		if n.Shape() == status.ShapeWait {
			p.Waiting = append(p.Waiting, n)
		}
	}
	return h.show(w, r, view{Name: "runs", Title: "Runs", Content: p})
}

func monthPage(first billing.Date, by map[billing.Date]night) month {
	m := month{Name: monthName(first)}
	week := make([]cell, weekday(first), len(weekdays))
	for d := first; d < nextMonth(first); d++ {
		if len(week) == len(weekdays) {
			m.Weeks, week = append(m.Weeks, week), nil
		}
		n := by[d]
		n.Date = d
		week = append(week, cell{night: n, Day: d.Time().Day(), First: opensMonth(d)})
	}
	for len(week) < len(weekdays) {
		week = append(week, cell{})
	}
	m.Weeks = append(m.Weeks, week)
	return m
}

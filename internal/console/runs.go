package console

import (
	"context"
	"maps"
	"slices"
	"time"

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
	At       time.Time // when it was planned last
	Started  time.Time
	Took     string // from its start to its end; empty: it has not ended
	Approver string // who approved it; empty: it needed none, or waits
	Approved time.Time
	Why      string // the reason of the approval
	Compared billing.Date
	Change   string // of the amount against Compared
}

// Amount is what was billed, or what is planned.
func (n night) Amount() decimal.Decimal {
	if n.State == nightCompleted {
		return n.Billed
	}
	return n.Planned
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
		n.fold(recorded, h.Policy.Currency)
		all[date] = n
	}
	compareNights(all)
	return all, nil
}

func (n *night) fold(r events.Recorded, currency string) {
	switch e := r.Event.(type) {
	case events.RunPlanned:
		n.At = r.At
		n.plan(&e, currency)
	case events.RunApproved:
		n.Approver, n.Approved, n.Why = e.ApprovedBy, r.At, e.Reason
	case events.RunStarted:
		n.State, n.Started = nightRunning, r.At
	case events.RunCompleted:
		n.Took = status.Duration(r.At.Sub(n.Started))
		n.complete(&e, currency)
	case events.RunAbandoned:
		n.State = nightAbandoned
	}
}

// compareNights compares each with the one before it that a run compares itself with: the last that is complete, a
// first with a first. The first ones have none, since what is before them is not read.
func compareNights(all map[billing.Date]night) {
	days := slices.Sorted(maps.Keys(all))
	last := map[bool]night{}
	for _, d := range days {
		n := all[d]
		if was, known := last[opensMonth(d)]; known && (n.HasPlan || n.State == nightCompleted) {
			n.Compared, n.Change = was.Date, change(was.Billed, n.Amount())
			all[d] = n
		}
		if n.State == nightCompleted {
			last[opensMonth(d)] = n
		}
	}
}

func (n *night) plan(e *events.RunPlanned, currency string) {
	n.HasPlan, n.Breaches, n.Planned = true, e.Breaches, decimal.Zero
	n.People, n.Examined = e.Summary.Billed, e.Summary.Examined
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
	n.State, n.People, n.Examined = nightCompleted, e.Billed, e.Examined
	if e.Abandoned {
		n.State = nightAbandoned
	}
	for _, t := range e.Totals {
		if t.Ledger == billing.Customer && t.Currency == currency {
			n.Billed = t.Amount.Decimal
		}
	}
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

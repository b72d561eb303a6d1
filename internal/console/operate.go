package console

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/history"
	"tenure/internal/runstate"
	"tenure/internal/status"
	"tenure/internal/store"
	"tenure/scheduler"
)

// switchesPage is what operators have stopped or bounded.
type switchesPage struct {
	Scopes   []scopeRow
	Bounds   []boundLimit
	Held     []namedRow // customers
	Closed   []namedRow // resellers
	Policy   []policyRow
	Compared string // run whose policy stands beside the one in force

	Orders []haltRow
}

// boundLimit is a bound in force, and what it is without settings.
type boundLimit struct{ Name, Value, Default string }

// namedRow is something that the catalogue names.
type namedRow struct{ ID, Name, Text string }

// policyRow is a value of the policy.
type policyRow struct {
	Key, Value, Last string
	Differs          bool // from the last run
}

type scopeRow struct {
	Scope, Reason, For, By string
	Halted                 bool
}

type boundRow struct{ Name, Value string }

// ordersShown are the last halts and resumptions.
const ordersShown = 20

func (h *console) switches(w http.ResponseWriter, r *request) error {
	halts, err := h.Store.Halts(r.Context())
	if err != nil {
		return err
	}
	var p switchesPage
	if p.Orders, err = h.halts(r.Context(), ordersShown); err != nil {
		return err
	}
	by := map[string]string{}
	for _, order := range slices.Backward(p.Orders) {
		for _, scope := range order.Scopes {
			by[scope] = order.By
		}
	}
	for _, scope := range []string{store.ScopeInvoicing, store.ScopeDeletions} {
		row := scopeRow{Scope: scope}
		for _, halt := range halts {
			if halt.Scope == scope {
				row.Halted, row.Reason, row.For, row.By = true, halt.Reason, status.Duration(h.Now().Sub(halt.At)), by[scope]
			}
		}
		p.Scopes = append(p.Scopes, row)
	}
	p.Bounds = h.bounds()
	p.readCatalog(r)
	if err := h.readPolicy(r, &p); err != nil {
		return err
	}
	return h.show(w, r, view{Name: "switches", Title: "Switches", Content: p})
}

// haltRow is a halt, with its scopes, or a resumption.
type haltRow struct {
	eventRow
	Scopes []string
}

// halts are the last halts and resumptions, the newest first.
func (h *console) halts(ctx context.Context, most int32) ([]haltRow, error) {
	stream := domain.Stream(domain.KindHalt, domain.HaltID)
	row, ok, err := h.Store.Subject(ctx, stream)
	if err != nil || !ok {
		return nil, err
	}
	found, err := h.Store.StreamEvents(ctx, stream, max(1, row.Version-most+1))
	if err != nil {
		return nil, err
	}
	var all []haltRow
	for _, e := range slices.Backward(found) {
		recorded, err := history.Recorded(e)
		if err != nil {
			return nil, err
		}
		one := haltRow{eventRow: rowOf(recorded)}
		if halted, ok := recorded.Event.(events.RunsHalted); ok {
			one.Scopes = halted.Scopes
		}
		all = append(all, one)
	}
	return all, nil
}

// readCatalog lists what is held and closed for whole customers and resellers.
func (p *switchesPage) readCatalog(r *request) {
	held, closed := r.catalog.HeldCustomers(), r.catalog.Closed()
	for _, id := range slices.Sorted(maps.Keys(held)) {
		p.Held = append(p.Held, namedRow{id, r.customerName(id), held[id]})
	}
	for _, id := range slices.Sorted(maps.Keys(closed)) {
		p.Closed = append(p.Closed, namedRow{id, r.resellerName(id), dayOr(closed[id])})
	}
}

// readPolicy puts the policy in force beside that of the last run.
func (h *console) readPolicy(r *request, p *switchesPage) error {
	force := r.catalog.PolicyAt(h.Now(), h.Policy)
	last, err := runstate.Last(r.Context(), h.Store)
	if err != nil {
		return err
	}
	values, before := force.Values(), map[string]string{}
	if last != nil && last.Started != nil {
		policy, err := runstate.Policy(last)
		if err != nil {
			return err
		}
		before, p.Compared = policy.Values(), last.ID
	}
	for _, key := range billing.PolicyKeys() {
		p.Policy = append(p.Policy, policyRow{key, values[key], before[key], p.Compared != "" && values[key] != before[key]})
	}
	return nil
}

// bounds are those in force for runs that start on their own, beside their defaults; 0 is off.
func (h *console) bounds() []boundLimit {
	force, usual := limitsOf(h.Bounds), limitsOf(scheduler.DefaultBounds())
	for i := range force {
		force[i].Default = usual[i].Value
	}
	return force
}

func limitsOf(b scheduler.Bounds) []boundLimit {
	one := func(name, value string) boundLimit { return boundLimit{Name: name, Value: value} }
	return []boundLimit{
		one(scheduler.BoundLines, status.Count(b.Lines)),
		one(scheduler.BoundAmount, status.Amount(b.Amount.String())),
		one(scheduler.BoundCredit, status.Amount(b.Credit.String())),
		one(scheduler.BoundCreditShare, status.Count(b.CreditShare)+" %"),
		one(scheduler.BoundDeletions, status.Count(b.Deletions)),
		one(scheduler.BoundHeld, status.Count(b.Held)),
		one(scheduler.BoundBilledChange, status.Count(b.BilledChange)+" %"),
		one(scheduler.BoundLinesChange, status.Count(b.LinesChange)+" %"),
		one(scheduler.BoundAmountChange, status.Count(b.AmountChange)+" %"),
		one(scheduler.BoundChanged, status.Count(b.ChangedShare)+" %"),
		one(scheduler.BoundDaysBehind, status.Count(b.DaysBehind)),
	}
}

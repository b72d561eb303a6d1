package console

import (
	"net/http"
	"slices"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/history"
	"tenure/internal/status"
	"tenure/internal/store"
)

// switchesPage is what operators have stopped or bounded.
type switchesPage struct {
	Scopes []scopeRow
	Bounds []boundRow

	Orders []eventRow
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
	orders, err := h.Store.StreamEvents(r.Context(), domain.Stream(domain.KindHalt, domain.HaltID), 1)
	if err != nil {
		return err
	}
	by := map[string]string{}
	for _, e := range orders {
		recorded, err := history.Recorded(e)
		if err != nil {
			return err
		}
		row := rowOf(recorded)
		if halted, ok := recorded.Event.(events.RunsHalted); ok {
			for _, scope := range halted.Scopes {
				by[scope] = row.By
			}
		}
		p.Orders = append(p.Orders, row)
	}
	slices.Reverse(p.Orders)
	p.Orders = p.Orders[:min(len(p.Orders), ordersShown)]
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
	return h.show(w, r, view{Name: "switches", Title: "Switches", Content: p})
}

// bounds are those in force for runs that start on their own; 0 is off.
func (h *console) bounds() []boundRow {
	b := h.Bounds
	return []boundRow{
		{"run-max-lines", status.Count(b.Lines)}, {"run-max-amount", status.Amount(b.Amount.String())},
		{"run-max-deletions", status.Count(b.Deletions)}, {"run-max-held", status.Count(b.Held)},
		{"run-max-billed-change", status.Count(b.BilledChange) + " %"},
		{"run-max-lines-change", status.Count(b.LinesChange) + " %"},
		{"run-max-amount-change", status.Count(b.AmountChange) + " %"},
		{"run-max-changed", status.Count(b.ChangedShare) + " %"},
		{"run-max-days-behind", status.Count(b.DaysBehind)},
	}
}

// replaysPage lists replays, the newest first.
type replaysPage struct{ Replays []store.Replay }

func (h *console) replays(w http.ResponseWriter, r *request) error {
	all, err := h.Store.Replays(r.Context())
	if err != nil {
		return err
	}
	slices.Reverse(all)
	return h.show(w, r, view{Name: "replays", Title: "Replays", Content: replaysPage{all}})
}

// clusterPage is who works: processes, and what each shard has.
type clusterPage struct {
	Processes []store.Process
	Version   string
	Simulated bool
}

func (h *console) cluster(w http.ResponseWriter, r *request) error {
	processes, err := h.Store.Processes(r.Context())
	if err != nil {
		return err
	}
	return h.show(w, r, view{Name: "cluster", Title: "Cluster", Content: clusterPage{processes, h.Version, h.Simulated}})
}

// proofsPage is the last audit, check by check.
type proofsPage struct {
	Audit   store.AuditSummary
	Found   bool
	Records []store.AuditRecord
	Today   billing.Date
}

func (h *console) proofs(w http.ResponseWriter, r *request) error {
	p := proofsPage{Today: billing.DateOf(h.Now(), h.Policy.Zone())}
	var err error
	if p.Audit, p.Found, err = h.Store.LastAudit(r.Context()); err != nil {
		return err
	}
	if p.Records, err = h.Store.AuditRecords(r.Context()); err != nil {
		return err
	}
	return h.show(w, r, view{Name: "proofs", Title: "Proofs", Content: p})
}

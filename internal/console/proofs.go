package console

import (
	"net/http"
	"time"

	"tenure/internal/status"
	"tenure/internal/store"
)

// auditsShown is how many audits are listed: a quarter of a year of nights.
const auditsShown = 92

// proofsPage is an audit, check by check, and the days of those before it.
type proofsPage struct {
	Audit   store.AuditSummary
	Found   bool
	Newest  bool // the audit is the last one
	Records []store.AuditRecord
	Days    []auditDay
}

// auditDay is one audit in a line.
type auditDay struct {
	store.AuditSummary
	Shape  status.Shape
	Key    string // in an address
	Chosen bool
	Gap    time.Duration // since the one before it, where that is more than a day and a half
}

// auditGap is how far two nightly audits are apart at most.
const auditGap = 36 * time.Hour

// auditDayOf is an audit beside those before it, the newest of them first.
func auditDayOf(one store.AuditSummary, before []store.AuditSummary) auditDay {
	day := auditDay{AuditSummary: one, Shape: status.ShapeOK, Key: one.At.UTC().Format(time.RFC3339Nano)}
	if one.Broken > 0 {
		day.Shape = status.ShapeBad
	}
	if len(before) > 0 {
		if apart := one.At.Sub(before[0].At); apart > auditGap {
			day.Gap = apart
		}
	}
	return day
}

func (h *console) proofs(w http.ResponseWriter, r *request) error {
	var p proofsPage
	all, err := h.Store.Audits(r.Context(), auditsShown)
	if err != nil {
		return err
	}
	asked := r.URL.Query().Get("at")
	for i, one := range all {
		day := auditDayOf(one, all[i+1:])
		if !p.Found && (asked == "" || asked == day.Key) {
			p.Audit, p.Found, p.Newest, day.Chosen = one, true, i == 0, true
		}
		p.Days = append(p.Days, day)
	}
	if asked != "" && !p.Found {
		return errNotFound
	}
	if p.Found {
		if p.Records, err = h.Store.AuditRecords(r.Context(), p.Audit.At); err != nil {
			return err
		}
	}
	return h.show(w, r, view{Name: "proofs", Title: "Proofs", Content: p})
}

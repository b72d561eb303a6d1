package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"tenure/billing"
	"tenure/internal/runs"
	"tenure/internal/runstate"
	"tenure/internal/status"
	"tenure/internal/telemetry"
)

// confirmPage is the second step of every action.
type confirmPage struct {
	Order          order
	Name, Sentence string
	Line, Back     string
	Danger         bool
	Once           string
	Facts          []boundRow
	Difference     []diffLine // of an edit, against what came
	DryRun         result     // what would be decided of an edit now
	Problem        string     // why an edit will hardly be applied
}

// orderOf reads a form. The error says what is missing.
func orderOf(r *request) (order, action, error) {
	o := order{
		Action: r.PostFormValue("action"), Of: r.PostFormValue("of"), Digest: r.PostFormValue("digest"),
		Reason: strings.TrimSpace(r.PostFormValue("reason")), Value: r.PostFormValue("value"),
		by: runs.Who{Actor: r.who, Mark: runs.MarkOf(r.session.Token)}, token: r.session.Token,
	}
	o.who = "console " + o.by.Mark
	if r.who.Employee != "" {
		o.who = "console " + r.who.Employee
	}
	a, ok := actions[o.Action]
	switch {
	case !ok:
		return o, a, errNotFound
	case len([]rune(o.Reason)) < reasonMin && o.Action != "replan":
		return o, a, errReason
	case strings.ContainsAny(o.Of+o.Digest, " '\"\n\r;$`\\"):
		return o, a, errNotFound
	}
	return o, a, nil
}

var errReason = fmt.Errorf("a reason has at least %d characters: whoever reads the log has to understand it", reasonMin)

func (h *console) confirm(w http.ResponseWriter, r *request) error {
	o, a, err := orderOf(r)
	if errors.Is(err, errReason) {
		return h.show(w, r, view{Name: "outcome", Title: "Not sent", Status: http.StatusUnprocessableEntity,
			Content: outcomePage{
				Result: result{Shape: status.ShapeBad, Title: "Not sent: " + err.Error()}, Back: a.back(o), Line: a.line(o)}})
	}
	if err != nil {
		return err
	}
	p := confirmPage{
		Order: o, Name: a.name, Sentence: a.sentence(o), Line: a.line(o), Back: a.back(o), Danger: a.danger,
		Once: uuid.NewString(),
	}
	if p.Facts, err = h.facts(r.Context(), o); err != nil {
		return err
	}
	if o.Action == "retry-reason" {
		if p.Facts, err = h.retries(r.Context(), o.Of, h.Machine()); err != nil {
			return err
		}
	}
	if o.Action == "edit" {
		if err := h.compareEdit(r, &p); err != nil {
			return err
		}
	}
	return h.show(w, r, view{Name: "confirm", Title: a.name + "?", Content: p})
}

// compareEdit shows what an edit changes, before it is sent.
func (h *console) compareEdit(r *request, p *confirmPage) error {
	m, err := h.findParked(r, p.Order.Of)
	if err != nil {
		return err
	}
	edited := strings.ReplaceAll(p.Order.Value, "\r\n", "\n") // a form's line ends
	var ok bool
	if p.Difference, ok = differenceOf(indented(m.Value), indented([]byte(edited))); !ok {
		p.Facts = append(p.Facts, boundRow{"Difference", "too long to be shown"})
	}
	p.DryRun, err = h.dryRun(r.Context(), m, []byte(edited))
	switch {
	case err != nil:
		return err
	case !json.Valid([]byte(edited)):
		p.Problem = "The edited value is not JSON: it would be parked again."
	case !slices.ContainsFunc(p.Difference, func(l diffLine) bool { return l.Sign != "" }):
		p.Problem = "Nothing is changed: this is what came."
	}
	return nil
}

// facts are what makes a confirmation more than a question: the amount, the plan, who planned.
func (h *console) facts(ctx context.Context, o order) ([]boundRow, error) {
	if o.Action != "approve" && o.Action != "approve-missed" {
		return nil, nil
	}
	run, err := runstate.Read(ctx, h.Store, o.Of)
	if err != nil || run.Planned == nil {
		return nil, err
	}
	plan := run.Planned
	rows := []boundRow{{"Plan", plan.Digest}, {"Planned by", author(plan)},
		{"Employees", status.Count(plan.Summary.Billed) + " of " + status.Count(plan.Summary.Examined)}}
	if plan.Digest != o.Digest {
		rows[0].Value += ", a newer one than you looked at: it will be refused"
	}
	for _, t := range plan.Summary.Totals {
		if t.Ledger == billing.Customer {
			rows = append(rows, boundRow{"Billed", status.Money(t.Amount) + " " + t.Currency})
		}
	}
	for _, b := range plan.Breaches {
		rows = append(rows, boundRow{"Exceeds", b.Bound + ": " + b.Found + ", limit " + b.Limit})
	}
	return rows, nil
}

// outcomePage says what came of an action.
type outcomePage struct {
	Result     result
	Line, Back string
}

func (h *console) act(w http.ResponseWriter, r *request) error {
	o, a, err := orderOf(r)
	if err != nil {
		return err
	}
	if o.id, err = uuid.Parse(r.PostFormValue("once")); err != nil {
		return errNotFound
	}
	done, err := a.do(r.Context(), h, o)
	if err != nil {
		return err
	}
	h.Log.Info("console: action", telemetry.KeyKind, o.Action)
	code := http.StatusOK
	if !done.Done && done.Shape == status.ShapeBad {
		code = http.StatusConflict
	}
	return h.show(w, r, view{Name: "outcome", Title: done.Title, Status: code, Content: outcomePage{Result: done,
		Line: a.line(o), Back: a.back(o)}})
}

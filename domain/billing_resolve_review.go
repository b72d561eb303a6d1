package domain

import (
	"slices"

	"tenure/billing"
	"tenure/events"
)

// The decisions about days that another system had billed (rule 15).
const (
	reviewCredited = "CREDIT" // the customer gets them back, though not from whoever billed them
	reviewKept     = "KEEP"   // they stay billed
)

// ResolveReview is billing.resolve_review, sent with the employee's key to employee.commands: an operator settles what
// a run has listed as REVIEW_NEEDED.
type ResolveReview struct {
	OperatorRequest
	Source   string `json:"source"`   // an addon's id, or product
	Decision string `json:"decision"` // CREDIT or KEEP
	// of a credit to the customer; default: what the days cost by the catalog, on every ledger
	Amount *billing.Amount `json:"amount"`
}

var errReviewNotFound = reject(statusNotFound, "source", "No review of that source is open")

func (c ResolveReview) decide(e *Employee, w World) ([]events.Event, error) {
	c.Source = CanonicalID(c.Source)
	if err := join(c.check()); err != nil {
		return nil, err
	}
	open := e.openReviews(w, c.Source)
	if len(open) == 0 {
		if slices.ContainsFunc(e.Settled, func(r billing.Review) bool { return r.Source == c.Source }) {
			return nil, nil
		}
		return nil, errReviewNotFound
	}
	var out []events.Event
	for _, review := range open {
		out = append(out, events.ReviewSettled{Review: review, Decision: c.Decision, Reason: c.Reason, Actor: w.who()})
	}
	if c.Decision == reviewKept {
		return out, nil
	}
	if c.Amount != nil {
		open = open[:1] // one amount is one credit
	}
	return c.credit(e, w, open, out)
}

func (c ResolveReview) check() []*Rejection {
	found := nonNil(checkWork(c.Reason))
	if c.Source == "" {
		found = append(found, invalid("source", "is required"))
	}
	if c.Decision != reviewCredited && c.Decision != reviewKept {
		found = append(found, invalid("decision", "must be CREDIT or KEEP"))
	}
	if c.Amount != nil && (c.Decision == reviewKept || c.Amount.Sign() <= 0) {
		found = append(found, invalid("amount", "is what to credit, above 0"))
	}
	return found
}

// credit orders the credits after asking for them as a run would make them today.
func (c ResolveReview) credit(e *Employee, w World, open []billing.Review, out []events.Event) ([]events.Event, error) {
	if len(e.Work)+len(open) > workMax {
		return nil, errWorkMax
	}
	account := e.account(w)
	for i, review := range open {
		work := e.order(w, c.Reason)
		work.ID += i
		work.Credit = &events.ReviewCredit{Review: review, Amount: c.Amount}
		if _, err := account.CreditReview(w.Catalog, &w.Policy, reviewCredit(work)); err != nil {
			return nil, invalid("amount", cause(err))
		}
		out = append(out, work)
	}
	return out, nil
}

// reviewCredit is the piece of work as billing takes it.
func reviewCredit(work events.BillingWorkOrdered) billing.ReviewCredit {
	return billing.ReviewCredit{
		Review: work.Credit.Review,
		Amount: work.Credit.Amount,
		Reason: work.Reason,
		Actor:  work.Actor,
	}
}

// openReviews are the reviews of a source, or of all, without the days that an operator has settled.
func (e *Employee) openReviews(w World, source string) []billing.Review {
	account := e.account(w)
	return e.unsettled(account.Reviews(w.Catalog, &w.Policy), source)
}

func (e *Employee) unsettled(all []billing.Review, source string) (open []billing.Review) {
	for _, r := range all {
		if source != "" && r.Source != source {
			continue
		}
		var settled []billing.Period
		for _, s := range e.Settled {
			if s.Source == r.Source && s.Why == r.Why {
				settled = append(settled, s.Period)
			}
		}
		for _, days := range r.Period.Without(settled) {
			open = append(open, billing.Review{Source: r.Source, Period: days, Why: r.Why})
		}
	}
	return open
}

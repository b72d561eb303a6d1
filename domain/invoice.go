package domain

import (
	"errors"
	"slices"
	"strings"

	"tenure/billing"
	"tenure/events"
)

// The reasons why an examined employee was not billed in a run, besides those of billing.Held.
const (
	ReasonNotDue       = "NOT_DUE"       // nothing to charge or credit by the business date
	ReasonReviewNeeded = "REVIEW_NEEDED" // days that another system billed and that it does not get (rule 15)
)

// NotBilled is why a run made no lines for the employee.
type NotBilled struct {
	Reason string
	Detail string
}

// Invoice gives what a run bills the employee as of a local day: desired minus billed, with what operators asked for.
// The employee is advanced to w.Now before. Where there are no lines the second result returns why; a review is listed
// beside lines too. Only faults of the program give an error.
func (e *Employee) Invoice(w World, run string, asOf billing.Date) ([]events.Event, *NotBilled, error) {
	if why := e.stopped(w); why != nil {
		return e.hold(why), why, nil
	}
	b, err := e.bill(w, asOf)
	var held *billing.Held
	if errors.As(err, &held) {
		why := &NotBilled{Reason: string(held.Reason), Detail: held.Detail}
		return e.hold(why), why, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if why := b.heldPayer(); why != nil {
		return e.hold(why), why, nil
	}
	var out []events.Event
	if e.Held != "" {
		out = append(out, events.BillingReleased{})
	}
	reviews := e.unseen(b.reviews)
	if len(b.lines) == 0 && len(reviews) == 0 && len(b.done) == 0 {
		return out, &NotBilled{Reason: ReasonNotDue}, nil
	}
	b.finish()
	e.explain(b.lines)
	out = append(out, events.EmployeeInvoiced{
		Run: run, AsOf: asOf, Lines: b.lines, Reviews: reviews, Work: b.done, Settled: b.settledBy(e),
	})
	switch {
	case len(reviews) > 0:
		return out, &NotBilled{Reason: ReasonReviewNeeded, Detail: listReviews(reviews)}, nil
	case len(b.lines) > 0:
		return out, nil, nil
	}
	return out, &NotBilled{Reason: ReasonWorkDropped, Detail: b.done[0].Dropped}, nil
}

// listReviews names the sources of reviews, and what is other than their days were given with.
func listReviews(reviews []billing.Review) string {
	var names []string
	for _, r := range reviews {
		name := r.Source
		if r.Why != "" {
			name += " " + r.Why
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// unseen leaves out the reviews that a run has listed already, and the days that an operator has settled: the same run
// again lists nothing.
func (e *Employee) unseen(all []billing.Review) []billing.Review {
	return slices.DeleteFunc(e.unsettled(all, ""), func(r billing.Review) bool { return slices.Contains(e.Reviewed, r) })
}

// hold gives the event that says why the employee is not billed, once for each reason; every run tries again.
func (e *Employee) hold(why *NotBilled) []events.Event {
	if e.Held == why.Reason {
		return nil
	}
	return []events.Event{events.BillingHeld{Reason: why.Reason, Detail: why.Detail}}
}

// heldDue is when a held employee is due: before all others, in every run, and always on the same day. A run goes by
// due day, and one whose day moved behind its cursor would be met a second time.
var heldDue = earliestDue

// BillDue is the first local day on which a run could bill the employee. A deleted employee stays due until its credits
// are settled, a held one until it is released.
func (e *Employee) BillDue(w World) billing.Date {
	nothing := len(e.Products)+len(e.Addons)+len(e.Holdings) == 0
	if e.Number == 0 || nothing && len(e.Work) == 0 {
		return 0
	}
	if e.Held != "" {
		return heldDue
	}
	due := e.workDue(w)
	if nothing || due == w.Today() {
		return due
	}
	account := e.account(w)
	if e.reviewDue(w, &account) {
		return w.Today()
	}
	next := account.NextDue(w.Catalog, &w.Policy, w.Today())
	if due != 0 && (next == 0 || due < next) {
		return due
	}
	return next
}

// reviewDue reports whether a run would list a review. Billing is asked only where a source that was billed elsewhere
// is cut short or changed at all, since few are and BillDue follows every decision.
func (e *Employee) reviewDue(w World, account *billing.Account) bool {
	cut := func(s billing.Source) bool {
		end := func(d billing.Date) bool { return d != 0 && d <= s.InvoicedUntil }
		changes := len(s.Products) > 1 || len(s.Units) > 1 || len(account.Payers) > 0 || len(s.Before) > 0
		return s.InvoicedUntil != 0 &&
			(changes || end(s.Terminate) || end(account.Ends) || s.InvoicedFrom != 0 && s.Start > s.InvoicedFrom)
	}
	return slices.ContainsFunc(account.Sources, cut) && len(e.unseen(account.Reviews(w.Catalog, &w.Policy))) > 0
}

// account is what billing reads of the employee; the day of its deletion is the first day not billed (rule 13).
func (e *Employee) account(w World) billing.Account {
	a := billing.Account{
		Employee: e.ID, Customer: e.Customer, Reseller: e.Reseller, Currency: or(e.Currency, w.Policy.Currency),
		ResellerCurrency: w.currencyOfReseller(e.Reseller), PayerCurrencies: e.payerCurrencies(w),
		Payers: e.Payers, Sources: append(e.sources(), e.holdingSources(w.Catalog)...), Billed: &e.Billed,
		PeriodsMax: e.PeriodsMax,
	}
	if e.Deletion != nil {
		a.Ends = e.Deletion.Date
	}
	return a
}

// sources are what is billed of the employee: its addons and its user product. A product change that is scheduled is
// known (rule 9), unless the deletion will discard it (rule 18).
func (e *Employee) sources() []billing.Source {
	out := append(make([]billing.Source, 0, len(e.Addons)+1), e.Addons...)
	for i := range out {
		if text, ok := e.Profile.Addons[out[i].ID]; ok {
			out[i].Text = &billing.Text{Name: text.Name, Description: text.Description}
		}
	}
	products := e.Products
	if change := e.NewProduct; change != nil && (e.Deletion == nil || change.From < e.Deletion.Date) {
		products = append(billing.Timeline[string](nil), products...).Set(change.From, change.Product)
	}
	if len(products) > 0 {
		product := billing.Source{ID: billing.ProductSource, Products: products}
		if e.Elsewhere != nil {
			product.InvoicedFrom, product.InvoicedUntil = e.Elsewhere.From, billing.Inclusive(e.Elsewhere.To)
		}
		out = append(out, product)
	}
	return out
}

// InvoicedUntil is the last day of a source of the employee, an addon's id or billing.ProductSource, that is billed, by
// us or elsewhere before; 0 for none.
func (e *Employee) InvoicedUntil(source string) billing.Date {
	account := billing.Account{Sources: append(e.sources(), e.holdingSources(nil)...), Billed: &e.Billed}
	return account.InvoicedUntil(source)
}

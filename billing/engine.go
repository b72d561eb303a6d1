package billing

import (
	"slices"
	"strings"
)

// engine is one calculation: the question, and the space it works in.
type engine struct {
	account *Account
	catalog Catalog
	policy  *Policy
	asOf    Date
	money   money

	includes   bool   // some user product includes units (rule 20)
	needPrices bool   // catalogue prices decide where terms change
	rerating   bool   // billed catalogue prices inside rerate are not kept
	rerate     Period // see Rerate
	periods    int    // natural periods charged on this side (rule 11)

	lines []Line

	// Space that is used again for each side.
	days                  []Date
	covered, left, pieces []Period
	slow                  []cellKey
	gap                   []gap
	ahead                 []span
}

func (a *Account) engine(c Catalog, p *Policy, asOf Date) *engine {
	e := &engine{account: a, catalog: c, policy: p, asOf: asOf, money: moneyOf(p)}
	e.includes = e.hasIncluded()
	return e
}

// Due computes what is due by the day asOf: desired − billed. It changes
// nothing; fold the lines into Billed to record them. The error is a *[Held],
// and then nothing of the account is billed.
func (a *Account) Due(c Catalog, p *Policy, asOf Date) (Due, error) {
	return a.engine(c, p, asOf).run()
}

// Rerate is [Account.Due] in which lines that begin in the period do not keep
// their catalogue price: after a catalogue mistake they are credited and charged
// again at the price that the catalogue now gives.
func (a *Account) Rerate(c Catalog, p *Policy, asOf Date, period Period) (Due, error) {
	e := a.engine(c, p, asOf)
	e.rerating, e.rerate = true, period
	return e.run()
}

func (e *engine) run() (Due, error) {
	var due Due
	err := e.each(func(sd *side, services []service) error {
		e.periods = 0
		if err := e.oneOffs(sd, services); err != nil {
			return err
		}
		return e.settleSide(sd)
	})
	if err != nil {
		return Due{}, err
	}
	due.Lines = e.lines
	sortLines(due.Lines)
	due.Reviews = e.account.reviews(e)
	return due, nil
}

// each calls f for every source and ledger, in order of source and ledger, with
// the spans that should have been billed by asOf.
func (e *engine) each(f func(*side, []service) error) error {
	var services []service
	var sd side
	for _, i := range e.order() {
		s := &e.account.Sources[i]
		var err error
		if services, err = e.services(services[:0], s); err != nil {
			return err
		}
		furthest := e.account.Billed.furthest(s.ID)
		for _, l := range e.ledgers() {
			sd.source, sd.ledger, sd.spans = s, l, sd.spans[:0]
			sd.blocks = e.account.Billed.of(s.ID, l)
			e.needPrices = e.pricesDecide(&sd)
			for j := range services {
				if sv := &services[j]; sv.recurrence != None {
					if sd.spans, err = e.spans(sd.spans, s, sv, l, e.horizon(sv, furthest)); err != nil {
						return err
					}
				}
			}
			e.exclude(&sd)
			if err := f(&sd, services); err != nil {
				return err
			}
		}
	}
	return nil
}

// pricesDecide reports whether catalogue prices must be known to see where the
// terms change: when the policy says so, and when an override was billed that a
// catalogue price may have replaced.
func (e *engine) pricesDecide(sd *side) bool {
	if e.rerating || e.policy.CatalogPriceChange == Split || e.policy.ZeroPriceLines == Suppress {
		return true
	}
	for i := range sd.blocks {
		if sd.blocks[i].Override {
			return true
		}
	}
	return false
}

// order is the sources' places in order of their ids.
func (e *engine) order() []int {
	sources := e.account.Sources
	order := make([]int, len(sources))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(sources[a].ID, sources[b].ID) })
	return order
}

// allLedgers are the ledgers in the order of lines.
var allLedgers = []Ledger{Cost, Customer, Reseller}

// ledgers are those of the policy, in the order of lines.
func (e *engine) ledgers() []Ledger {
	on := e.policy.Ledgers
	if len(on) == 1 || slices.IsSorted(on) {
		return on
	}
	if len(on) == len(allLedgers) {
		return allLedgers
	}
	return slices.Sorted(slices.Values(on))
}

// sortLines orders credits by (source, ledger, from), then charges by (from,
// source, ledger), where from is the first day of the whole segment that a
// charge completes.
func sortLines(lines []Line) {
	for i := 1; i < len(lines); i++ {
		if lines[i-1].compare(&lines[i]) > 0 {
			slices.SortStableFunc(lines, func(a, b Line) int { return a.compare(&b) })
			break
		}
	}
	for i := range lines {
		lines[i].segment = 0
	}
}

func (l *Line) compare(o *Line) int {
	if l.Kind != o.Kind {
		return -strings.Compare(string(l.Kind), string(o.Kind)) // CREDIT before CHARGE
	}
	if l.Kind == Charge && l.segment != o.segment {
		return int(l.segment) - int(o.segment)
	}
	if c := strings.Compare(l.Source, o.Source); c != 0 {
		return c
	}
	if c := strings.Compare(string(l.Ledger), string(o.Ledger)); c != 0 {
		return c
	}
	return int(l.Period.From) - int(o.Period.From)
}

package billing

import (
	"slices"
	"strings"
	"sync"
)

// engine is one calculation: the question, and the space it works in.
type engine struct {
	account *Account
	catalog Catalog
	policy  *Policy // today's, which knows those of other days
	asOf    Date

	includes   bool      // some user product includes units (rule 20)
	needPrices bool      // catalogue prices decide where terms change
	only       string    // the one source that is computed; empty: all
	rerating   *Rerating // billed catalogue prices in its period are not kept
	periods    int       // natural periods charged on this side (rule 11)
	counted    Date      // first day of the last of them

	sd    side   // the one that is computed
	lines []Line // in the space's room where they are many
	many  bool

	space
}

// space is what the calculation works in, used again for each side and account.
type space struct {
	places                []int
	services              []service
	days                  []Date
	covered, left, pieces []Period
	slow                  []cellKey
	gap                   []gap
	room                  []Line // for many lines
	here, ahead           []span
}

// engines keeps the space of finished calculations: a night computes a million.
var engines = sync.Pool{New: func() any { return new(engine) }}

func (a *Account) engine(c Catalog, p *Policy, asOf Date) *engine {
	e := engines.Get().(*engine)
	*e = engine{account: a, catalog: c, policy: p, asOf: asOf, space: e.space}
	e.includes = c != nil && e.hasIncluded()
	return e
}

// linesKept bounds the room for lines that a finished calculation leaves behind,
// 200 KiB: a catch-up of the most periods of three sources on three ledgers fits.
const linesKept = 512

// done gives the space back, holding on to nothing of the account.
func (e *engine) done() {
	if e.many && cap(e.lines) <= linesKept {
		clear(e.lines)
		e.room = e.lines[:0]
	}
	clear(e.services[:cap(e.services)])
	clear(e.here[:cap(e.here)])
	clear(e.ahead[:cap(e.ahead)])
	clear(e.gap[:cap(e.gap)])
	*e = engine{space: e.space}
	engines.Put(e)
}

// Due computes what is due by the day asOf: desired − billed. It changes
// nothing; fold the lines into Billed to record them. The error is a *[Held],
// and then nothing of the account is billed.
func (a *Account) Due(c Catalog, p *Policy, asOf Date) (Due, error) {
	e := a.engine(c, p, asOf)
	defer e.done()
	return e.run()
}

func (e *engine) run() (Due, error) {
	var due Due
	err := e.each(func(sd *side, services []service) error {
		e.periods, e.counted = 0, 0
		if err := e.oneOffs(sd, services); err != nil {
			return err
		}
		return e.settleSide(sd)
	})
	if err != nil {
		return Due{}, err
	}
	due.Lines = e.sorted()
	due.Reviews = e.account.reviews(e)
	return due, nil
}

// each calls f for every source and ledger, in order of source and ledger, with
// the spans that should have been billed by asOf.
func (e *engine) each(f func(*side, []service) error) error {
	sd := &e.sd // in the engine: a variable would move to the heap for the sake of f
	for _, i := range e.order() {
		s := &e.account.Sources[i]
		if e.only != "" && s.ID != e.only {
			continue
		}
		services, err := e.split(e.services[:0], s)
		if e.services = services; err != nil {
			return err
		}
		var before *service
		for j := range services {
			e.reach(&services[j], before)
			before = &services[j]
		}
		for _, l := range e.ledgers() {
			if err := e.side(sd, s, l, services); err != nil {
				return err
			}
			if err := f(sd, services); err != nil {
				return err
			}
		}
	}
	return nil
}

// side works out one ledger of a source: what should have been billed of its
// services, and what was.
func (e *engine) side(sd *side, s *Source, l Ledger, services []service) error {
	sd.source, sd.ledger, sd.services, sd.spans = s, l, services, e.here[:0]
	sd.blocks = e.account.Billed.of(s.ID, l)
	if e.rerating != nil {
		sd.blocks = singles(sd.blocks)
	}
	e.needPrices = e.pricesDecide(sd)
	for j := range services {
		if sv := &services[j]; sv.recurrence != None {
			sd.spans = e.spans(sd.spans, sv, l, e.open(sd, sv))
		}
	}
	e.here = sd.spans
	e.exclude(sd)
	e.keepWholePeriods(sd)
	return sd.unpriced()
}

// open is the service's horizon on a ledger, which begins at its day (rule 29): a
// period before that day stays as it was rated, and what is billed ahead of the
// day is due when it comes.
func (e *engine) open(sd *side, sv *service) Period {
	window := e.horizon(sv)
	if sv.policy.keeps(sd.ledger) {
		return window
	}
	from := e.policy.ledgerFrom(sd.ledger, window.From)
	if from == 0 || e.policy.ledgerSince(sd.ledger, from) > e.asOf && !sd.billedFrom(from) {
		return Period{window.From, window.From}
	}
	window.From = max(window.From, from)
	return window
}

// billedFrom reports whether a line of the side covers days from a day on.
func (sd *side) billedFrom(d Date) bool {
	return slices.ContainsFunc(sd.blocks, func(b Block) bool { return b.To > d })
}

// pricesDecide reports whether catalogue prices must be known to see where the
// terms change: when the policy says so, and when an override was billed that a
// catalogue price may have replaced.
func (e *engine) pricesDecide(sd *side) bool {
	if e.rerating != nil {
		return true
	}
	for i := range sd.services {
		if p := sd.services[i].policy; p.CatalogPriceChange == Split || p.ZeroPriceLines == Suppress {
			return true
		}
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
	e.places = e.places[:0]
	for i := range sources {
		at := len(e.places)
		for at > 0 && sources[e.places[at-1]].ID > sources[i].ID {
			at--
		}
		e.places = slices.Insert(e.places, at, i)
	}
	return e.places
}

// allLedgers are the ledgers in the order of lines.
var allLedgers = []Ledger{Cost, Customer, Reseller}

// ledgers are those of the policy, and of policies of other days, in the order of
// lines.
func (e *engine) ledgers() []Ledger {
	on := e.policy.Ledgers
	if e.policy.log != nil {
		return slices.DeleteFunc(slices.Clone(allLedgers), func(l Ledger) bool {
			return !e.policy.any(func(p *Policy) bool { return p.keeps(l) })
		})
	}
	if len(on) == 1 || slices.IsSorted(on) {
		return on
	}
	if len(on) == len(allLedgers) {
		return allLedgers
	}
	return slices.Sorted(slices.Values(on))
}

// sorted returns the lines, credits by (source, ledger, from), then charges by (from,
// source, ledger), where from is the first day of the whole segment that a charge
// completes. Lines are large, so places are sorted and each line moves once.
func (e *engine) sorted() []Line {
	lines := e.lines
	switch ordered := e.ordered(); {
	case ordered && e.many:
		lines = slices.Clone(e.lines)
	case !ordered:
		e.places = e.places[:0]
		for i := range e.lines {
			e.places = append(e.places, i)
		}
		slices.SortStableFunc(e.places, func(a, b int) int { return e.lines[a].compare(&e.lines[b]) })
		lines = make([]Line, len(e.lines))
		for i, from := range e.places {
			lines[i] = e.lines[from]
		}
	}
	for i := range lines {
		lines[i].segment = 0
	}
	return lines
}

// ordered reports whether the lines were made in their order.
func (e *engine) ordered() bool {
	for i := 1; i < len(e.lines); i++ {
		if e.lines[i-1].compare(&e.lines[i]) > 0 {
			return false
		}
	}
	return true
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

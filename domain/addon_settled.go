package domain

import (
	"maps"
	"slices"

	"tenure/billing"
)

// Addons leave the state some time after they are settled: they have ended, or were billed once, and the run has billed
// everything of them. A state would grow without bound otherwise. What stays is the end of each, so that an id that is
// used again begins a new rental behind it, and no line is made twice.

// settledMonths is how long an addon stays after its end: a year that was billed in advance is over by then, and what
// RESELLER may change lies in it.
const settledMonths = 13

// settledMax bounds the ends that are kept: the oldest go first.
const settledMax = 2_000

// settledBy lists the addons that a run as of a day has settled. Those whose units a user product includes stay: they
// decide what is left for others.
func (b *bill) settledBy(e *Employee) []string {
	before := b.asOf.AddMonths(-settledMonths, 0)
	if len(e.Work) > len(b.done) {
		return nil // what is ordered for a later run may be about any of them
	}
	var gone []string
	for i := range e.Addons {
		s := &e.Addons[i]
		if s.Start > before || s.Terminate > before || b.touches(s.ID) {
			continue
		}
		if end := e.settledOn(s); end != 0 && end <= before && !b.account.IncludesUnits(b.world.Catalog, productOf(s)) {
			gone = append(gone, s.ID)
		}
	}
	return gone
}

// touches reports whether a line of the run is about a source.
func (b *bill) touches(source string) bool {
	return slices.ContainsFunc(b.lines, func(l billing.Line) bool { return l.Source == source })
}

// settleAddons takes out what a run has settled. The lists that were there stay as they are.
func (e *Employee) settleAddons(gone []string) {
	if len(gone) == 0 {
		return
	}
	for i := range e.Addons {
		if s := &e.Addons[i]; slices.Contains(gone, s.ID) {
			e.endAddon(s.ID, e.settledOn(s))
		}
	}
	left := func(source string) bool { return slices.Contains(gone, source) }
	e.Addons = slices.DeleteFunc(slices.Clone(e.Addons), func(s billing.Source) bool { return left(s.ID) })
	e.Billed.Forget(left)
	e.dropCauses(left)
	e.Reviewed = slices.DeleteFunc(slices.Clone(e.Reviewed), func(r billing.Review) bool { return left(r.Source) })
	e.Settled = slices.DeleteFunc(slices.Clone(e.Settled), func(r billing.Review) bool { return left(r.Source) })
	texts := maps.Clone(e.Profile.Addons)
	maps.DeleteFunc(texts, func(id string, _ AddonText) bool { return left(id) })
	e.Profile.Addons = texts
}

// settledOn is the day behind the last one that an addon was billed or served; 0 while it may still be billed, or an
// operator may have to look at days that were billed before Tenure.
func (e *Employee) settledOn(s *billing.Source) billing.Date {
	end := s.Terminate
	if e.Billed.Once(s.ID) {
		end = s.Start + 1
	}
	if end == 0 || s.InvoicedUntil >= end {
		return 0
	}
	return max(end, s.Start+1, e.Billed.Furthest(s.ID))
}

// endAddon keeps the end of an addon that leaves the state.
func (e *Employee) endAddon(id string, end billing.Date) {
	ends := slices.DeleteFunc(slices.Clone(e.Ended), func(a EndedAddon) bool { return a.ID == id })
	ends = append(ends, EndedAddon{ID: id, End: end})
	if len(ends) > settledMax {
		ends = ends[len(ends)-settledMax:]
	}
	e.Ended = ends
}

// EndedAddon is an addon that has left the state.
type EndedAddon struct {
	ID  string       `json:"i"`
	End billing.Date `json:"e"` // the first day that an addon of this id may begin again
}

// repeats reports whether terms are those of an addon that has left the state, as a reply that is sent back has them:
// they begin before it has ended.
func (t AddonTerms) repeats(e *Employee, w World) bool { return t.start(w) < e.endedAddon(t.ID) }

// endedAddon is the end of an addon that has left the state; 0: there was none of this id.
func (e *Employee) endedAddon(id string) billing.Date {
	for i := range e.Ended {
		if e.Ended[i].ID == id {
			return e.Ended[i].End
		}
	}
	return 0
}

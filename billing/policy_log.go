package billing

import (
	"slices"
	"time"
)

// PolicyLog is the values of the policy by the day from which they hold, oldest
// first (rule 29). The first holds from the beginning, whatever its day is. A
// period is rated by what holds on its first day, and a ledger begins at its day.
type PolicyLog []Effective[Policy]

// At returns the policy that holds at an instant. It knows the others of the log:
// lines are rated by what holds on their period's first day.
func (l PolicyLog) At(now time.Time) Policy {
	i := len(l) - 1
	for i > 0 && DateOf(now, l[i].Value.Zone()) < l[i].From {
		i--
	}
	return l.pick(i)
}

// On is At for a local day.
func (l PolicyLog) On(d Date) Policy {
	i := len(l) - 1
	for i > 0 && d < l[i].From {
		i--
	}
	return l.pick(i)
}

func (l PolicyLog) pick(i int) Policy {
	if i < 0 {
		return DefaultPolicy()
	}
	p := l[i].Value
	if p.log = nil; len(l) > 1 {
		p.log = l
	}
	return p
}

// With returns the log with a policy from a day on; later entries stay as they
// are.
func (l PolicyLog) With(from Date, p Policy) PolicyLog {
	p.log, p.since = nil, from
	if len(l) == 0 {
		p.since = 0
	}
	i, found := slices.BinarySearchFunc(l, from, func(e Effective[Policy], d Date) int { return int(e.From) - int(d) })
	out := slices.Clone(l)
	if found {
		out[i].Value = p
		return out
	}
	return slices.Insert(out, i, Effective[Policy]{From: from, Value: p})
}

// on is the policy that holds on a day: p itself unless it came from a log.
func (p *Policy) on(d Date) *Policy {
	if p.log == nil {
		return p
	}
	i := len(p.log) - 1
	for i > 0 && d < p.log[i].From {
		i--
	}
	return &p.log[i].Value
}

// changesAfter is the first day behind d from which another policy holds, or no
// date.
func (p *Policy) changesAfter(d Date) Date {
	for i := 1; i < len(p.log); i++ {
		if p.log[i].From > d {
			return p.log[i].From
		}
	}
	return 0
}

// any reports whether some policy of the log is so.
func (p *Policy) any(is func(*Policy) bool) bool {
	if p.log == nil {
		return is(p)
	}
	for i := range p.log {
		if is(&p.log[i].Value) {
			return true
		}
	}
	return false
}

// keeps reports whether the policy has the ledger.
func (p *Policy) keeps(l Ledger) bool { return slices.Contains(p.Ledgers, l) }

// ledgerFrom is the first day from d on of a policy that has the ledger, or no
// date.
func (p *Policy) ledgerFrom(l Ledger, d Date) Date {
	if p.on(d).keeps(l) {
		return d
	}
	for i := range p.log {
		if e := &p.log[i]; e.From > d && e.Value.keeps(l) {
			return e.From
		}
	}
	return 0
}

// ledgerSince is the day since which the ledger has been on without a break, on a
// day on which it is on; no date: always.
func (p *Policy) ledgerSince(l Ledger, d Date) Date {
	since := d
	for i := len(p.log) - 1; i >= 0; i-- {
		e := &p.log[i]
		if i > 0 && e.From > d {
			continue
		}
		if !e.Value.keeps(l) {
			return since
		}
		since = e.From
	}
	return 0
}

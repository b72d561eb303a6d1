package billing

import "slices"

// Furthest is the end of the furthest day that was ever billed for a source by
// lines of ours, also where a credit took it back; no date if none was.
func (b *Billed) Furthest(source string) (to Date) {
	for i := range b.Blocks {
		if e := &b.Blocks[i]; e.Source == source {
			to = max(to, e.To)
		}
	}
	for i := range b.Spent {
		if s := &b.Spent[i]; s.Source == source && s.Kind == Charge {
			to = max(to, s.To)
		}
	}
	return to
}

// Forget leaves out what was billed of sources that will not be billed again.
func (b *Billed) Forget(gone func(source string) bool) {
	b.Blocks = slices.DeleteFunc(slices.Clone(b.Blocks), func(e Block) bool { return gone(e.Source) })
	b.Spent = slices.DeleteFunc(slices.Clone(b.Spent), func(s Spent) bool { return gone(s.Source) })
	b.Waived = slices.DeleteFunc(slices.Clone(b.Waived), func(w Waived) bool { return gone(w.Source) })
}

// Once reports whether a source was billed for what is sold once (rule 10).
func (b *Billed) Once(source string) bool {
	for i := range b.Blocks {
		if e := &b.Blocks[i]; e.Source == source && e.Ledger == Customer && e.oneOff() {
			return true
		}
	}
	return false
}

// InvoicedUntil is the last day of the source, in its current rental, that is
// covered, by a line of ours or from elsewhere: the inclusive date of the wire (rule 1), or no date.
func (a *Account) InvoicedUntil(source string) Date {
	var to, since Date
	if s := a.source(source); s != nil {
		to, since = Exclusive(s.InvoicedUntil), s.since()
	}
	if a.Billed != nil {
		for i := range a.Billed.Blocks {
			b := &a.Billed.Blocks[i]
			if b.Source != source || b.To <= to || b.From < since {
				continue
			}
			end := b.To
			if n := len(b.Holes); n > 0 && b.Holes[n-1].To == end {
				end = b.Holes[n-1].From
			}
			to = max(to, end)
		}
	}
	return Inclusive(to)
}

package billing

// InvoicedUntil is the last day of the source that is covered, by a line of ours
// or from elsewhere: the inclusive date of the wire (rule 1), or no date.
func (a *Account) InvoicedUntil(source string) Date {
	var to Date
	if s := a.source(source); s != nil {
		to = Exclusive(s.InvoicedUntil)
	}
	if a.Billed != nil {
		for i := range a.Billed.Blocks {
			b := &a.Billed.Blocks[i]
			if b.Source != source || b.To <= to {
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

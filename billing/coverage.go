package billing

import "slices"

// Coverage is the days that lines add to, or take from, what is covered on one
// ledger of one source: what a store needs to refuse a day that is covered twice
// (rule 23).
type Coverage struct {
	Source string
	Ledger Ledger
	// Removed and Added are sorted, and neighbours are joined. Removed days were
	// covered before the lines; a day may be removed and added again.
	Removed, Added []Period
}

// AddedRemoved is the coverage of new lines of one employee, by source and
// ledger. Take the removed days away first, then add the added ones: an added
// day that is still covered is a double coverage. Manual lines cover nothing.
func AddedRemoved(lines []Line) []Coverage {
	var out []Coverage
	for i := range lines {
		l := &lines[i]
		if l.Manual {
			continue
		}
		n := slices.IndexFunc(out, func(c Coverage) bool { return c.Source == l.Source && c.Ledger == l.Ledger })
		if n < 0 {
			n = len(out)
			out = append(out, Coverage{Source: l.Source, Ledger: l.Ledger})
		}
		if l.Kind == Credit {
			out[n].Removed = insertHole(out[n].Removed, l.Period)
		} else {
			out[n].Added = insertHole(out[n].Added, l.Period)
		}
	}
	return out
}

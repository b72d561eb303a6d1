package billing

import (
	"errors"
	"fmt"
	"slices"
)

// Coverage is the days that lines add to, or take from, what is covered on one
// ledger of one source: what a store needs to refuse a day that is covered twice
// (rule 23).
type Coverage struct {
	Source string
	Ledger Ledger
	// Once is the product that is billed once, which has its own days beside
	// those of the same source that recur; empty of what recurs.
	Once string
	// Removed and Added are sorted, and neighbours are joined. Removed days were
	// covered before the lines; a day may be removed and added again.
	Removed, Added []Period
}

// errCoveredTwice says that two lines add the same day of a source and ledger.
var errCoveredTwice = errors.New("a day is covered twice")

// AddedRemoved is the coverage of new lines of one employee, by source and
// ledger. Take the removed days away first, then add the added ones: an added
// day that is still covered is a double coverage. Lines that add or remove one
// day twice among themselves are an error. Manual lines cover nothing.
func AddedRemoved(lines []Line) ([]Coverage, error) {
	var out []Coverage
	for i := range lines {
		l := &lines[i]
		if l.Manual {
			continue
		}
		once := ""
		if l.Recurrence == None {
			once = l.Product
		}
		n := slices.IndexFunc(out, func(c Coverage) bool {
			return c.Source == l.Source && c.Ledger == l.Ledger && c.Once == once
		})
		if n < 0 {
			n = len(out)
			out = append(out, Coverage{Source: l.Source, Ledger: l.Ledger, Once: once})
		}
		days := &out[n].Added
		if l.Kind == Credit {
			days = &out[n].Removed
		}
		if slices.ContainsFunc(*days, l.Period.overlaps) {
			return nil, fmt.Errorf("billing: coverage of source %s on %s from %s: %w", l.Source, l.Ledger, l.Period.From,
				errCoveredTwice)
		}
		*days = insertHole(*days, l.Period)
	}
	return out, nil
}

package billing

import (
	"errors"
	"fmt"
	"hash/fnv"
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

const (
	// slotSize separates the slots of an employee's billed days: above the last day that Date can write, 3 652 059.
	slotSize = 10_000_000
	// slotBits is what slotSize leaves of 64 bits for the number of a slot.
	slotBits = 39
)

// Slot numbers a ledger of a source by a hash: nothing has to be allocated, and
// a rebuild gives the same. What is billed once has a slot separate beside the
// days of the same source that recur. Two of the at most some hundreds of slots
// of an employee have the same number with a probability of one in a hundred
// million, and then a line is refused and seen, not billed twice.
func Slot(source string, ledger Ledger, once string) int64 {
	h := fnv.New64a()
	for _, part := range []string{source, string(ledger), once} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return int64(h.Sum64() >> (64 - slotBits))
}

// SlotDay is the number of a day in a slot, below 2^39: the days of all slots are apart.
func SlotDay(slot int64, day Date) int64 { return slot*slotSize + int64(day) }

// DayOfSlot is the slot and the day that SlotDay has made a number of.
func DayOfSlot(n int64) (slot int64, day Date) { return n / slotSize, Date(n % slotSize) }

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

package worker

import (
	"hash/fnv"

	"tenure/billing"
	"tenure/internal/store"
)

// The database refuses a day that is billed twice by itself, whatever the engine computes: each subject's row has a
// multirange of covered days, one int8 per day of a slot. A slot is one ledger of one source; something billed once has
// a slot of its own beside the days of the same source that recur.
const slotBits = 39 // what store.Days leaves of an int8

// cover notes the days that lines cover, or take back, for that refusal. Credits come before charges in a run, so that
// days may be taken back and charged anew at other terms.
func cover(row *store.Subject, lines []billing.Line) error {
	for i := range lines {
		line := &lines[i]
		if line.Manual {
			continue // an adjustment covers no days
		}
		r := store.Days(slot(line), line.Period.From, line.Period.To)
		if line.Kind == billing.Credit {
			row.Uncover(r)
		} else if err := row.Cover(r); err != nil {
			return err
		}
	}
	return nil
}

// slot numbers a ledger of a source by a hash: nothing has to be allocated, and a rebuild gives the same. Two of the at
// most some hundreds of slots of one employee meet with a probability of one in a hundred million, and then a line is
// refused and seen, not billed twice.
func slot(l *billing.Line) int64 {
	h := fnv.New64a()
	for _, part := range []string{l.Source, string(l.Ledger), oneOff(l)} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return int64(h.Sum64() >> (64 - slotBits))
}

// oneOff is the product of a line that is billed once, empty for one that recurs.
func oneOff(l *billing.Line) string {
	if l.Recurrence == billing.None {
		return l.Product
	}
	return ""
}

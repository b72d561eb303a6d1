package store

import (
	"fmt"
	"slices"
	"strconv"

	"tenure/billing"
)

// Bill notes the days that lines bill or take back, of which the database refuses those that are billed twice, whatever
// the engine computes: a subject's row has a multirange of billed days, one int8 for each day of a slot.
func (s *Subject) Bill(lines []billing.Line) error {
	billed, err := billing.AddedRemoved(lines)
	if err != nil {
		return fmt.Errorf("store: billed days of %s: %w", s.Stream, err)
	}
	for i := range billed {
		slot := billing.Slot(billed[i].Source, billed[i].Ledger, billed[i].Once)
		for _, p := range billed[i].Removed {
			s.Uncover(Days(slot, p.From, p.To))
		}
		for _, p := range billed[i].Added {
			if err := s.Cover(Days(slot, p.From, p.To)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Days are the days from one to before another of a slot, which is one ledger of one source of the subject. The
// number of a slot, below 2^39, is the subject's own and must not change.
func Days(slot int64, from, to billing.Date) Range {
	return Range{From: billing.SlotDay(slot, from), To: billing.SlotDay(slot, to)}
}

// Cover notes that days become covered by this write. It nets with Uncover: Added and Removed must say what the write
// changes as a whole, since the database compares them with what was covered before it. A day that this write has
// already covered is refused.
func (s *Subject) Cover(r Range) error {
	for _, have := range s.Added {
		if r.From < have.To && have.From < r.To {
			return fmt.Errorf("store: cover %s: days %d to %d are covered by the same write already", s.Stream, r.From, r.To)
		}
	}
	s.Added = append(s.Added, r)
	return nil
}

// Uncover notes that days are no longer covered. Days that the same write covered are taken from Added, the others go
// to Removed.
func (s *Subject) Uncover(r Range) {
	var kept []Range
	rest := []Range{r}
	for _, have := range s.Added {
		kept = append(kept, without(have, r)...)
		var left []Range
		for _, piece := range rest {
			left = append(left, without(piece, have)...)
		}
		rest = left
	}
	s.Added = kept
	s.Removed = append(s.Removed, rest...)
}

// without is what is left of a range when another is cut out of it.
func without(r, cut Range) []Range {
	if cut.To <= r.From || r.To <= cut.From {
		return []Range{r}
	}
	var left []Range
	if r.From < cut.From {
		left = append(left, Range{From: r.From, To: cut.From})
	}
	if cut.To < r.To {
		left = append(left, Range{From: cut.To, To: r.To})
	}
	return left
}

// multirange writes ranges as PostgreSQL's int8multirange. PostgreSQL would merge ranges that overlap and so hide a day
// that one write covers twice: that is refused here, where the ranges are still apart.
func multirange(ranges []Range) (string, error) {
	if len(ranges) == 0 {
		return "{}", nil
	}
	sorted := slices.Clone(ranges)
	slices.SortFunc(sorted, func(a, b Range) int { return int(a.From - b.From) })
	text := []byte{'{'}
	for i, r := range sorted {
		if r.From >= r.To {
			return "", fmt.Errorf("range of days %d to %d is empty", r.From, r.To)
		}
		if i > 0 {
			if sorted[i-1].To > r.From {
				return "", &ConflictError{Constraint: ConstraintNoDayTwice, cause: fmt.Errorf("day %d twice in one write", r.From)}
			}
			text = append(text, ',')
		}
		text = strconv.AppendInt(append(text, '['), r.From, 10)
		text = strconv.AppendInt(append(text, ','), r.To, 10)
		text = append(text, ')')
	}
	return string(append(text, '}')), nil
}

// ConstraintNoDayTwice is the database's refusal of double coverage.
const ConstraintNoDayTwice = "subjects_no_day_twice"

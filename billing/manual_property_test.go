package billing

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// byHand draws one piece of manual work on the account as it stands. Work that
// cannot be done, such as the void of a line that is gone, gives no lines.
func (w *world) byHand() []Line {
	a, reason := &w.h.account, "asked for"
	source := a.Sources[w.pick("source of the work", len(a.Sources))].ID
	day := w.near("day of the work", 200, 0)
	var lines []Line
	var err error
	switch w.pick("work", 5) {
	case 0:
		var l Line
		l, err = a.Adjust(w.h.policy, Adjustment{
			Ledger: rapid.SampledFrom(allLedgers).Draw(w.T, "ledger"), Day: day, Reason: reason, Actor: "E9",
			Amount: MustAmount(rapid.SampledFrom([]string{"-25", "1", "300"}).Draw(w.T, "adjusted by")),
		})
		lines = []Line{l}
	case 1:
		if len(w.h.lines) == 0 {
			return nil
		}
		lines, err = a.Void(w.h.policy, w.h.lines[w.pick("line", len(w.h.lines))].ID, reason, "E9")
	case 2:
		lines, err = a.Rerate(w.h.catalog, w.h.policy, w.today, Rerating{
			Source: source, Period: Period{day, day + 60}, Reason: reason, Actor: "E9",
		})
	case 4:
		if len(w.h.lines) == 0 {
			return nil
		}
		share := MustAmount("0.5")
		var l Line
		l, err = a.CreditLine(w.h.policy, LineCredit{
			Line: w.h.lines[w.pick("credited line", len(w.h.lines))].ID, Share: &share, Reason: reason, Actor: "E9",
		})
		lines = []Line{l}
	case 3:
		lines, err = a.CreditReview(w.h.catalog, w.h.policy, ReviewCredit{
			Review: Review{Source: source, Period: Period{day, day + 20}}, Reason: reason, Actor: "E9",
		})
	}
	if err != nil {
		w.refused(err)
		return nil
	}
	return lines
}

// refused fails for an error that is no answer to work of operators.
func (w *world) refused(err error) {
	if !errors.Is(err, errNoLine) && !errors.Is(err, errNothingToCredit) && !errors.Is(err, errTooMuch) {
		w.Fatal(err)
	}
}

func TestProperty_ManualWorkKeepsCoverageAndNets(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, b, manual := newWorld(t), newBook(), map[uuid.UUID]bool{}
		w.play(func(lines []Line, _ Date) {
			w.book(b, lines)
			w.book(b, w.run(w.today)) // the run may have been of an earlier day
			for range w.pick("pieces of work", 3) {
				w.mistake()
				// Rating a period again bills what is due of the source too, so that the run comes first.
				w.book(b, w.run(w.today))
				lines := w.byHand()
				if _, err := AddedRemoved(lines); err != nil {
					t.Fatal(err)
				}
				w.keep(lines)
				for _, l := range lines {
					if l.Actor != "E9" || l.Reason != "asked for" || manual[l.ID] {
						t.Fatalf("line %s by %q because of %q, there before: %t", l.ID, l.Actor, l.Reason, manual[l.ID])
					}
					manual[l.ID] = true
				}
				// corrects no line
				w.book(b, slices.DeleteFunc(lines, func(l Line) bool { return l.Manual && l.CorrectsLine == uuid.UUID{} }))
			}
			w.compare(b)
			if more := w.run(w.today); len(more) > 0 {
				t.Fatalf("a run corrects what a person did:\n%s\nafter\n%s", dump(more), dump(w.h.lines))
			}
		})
	})
}

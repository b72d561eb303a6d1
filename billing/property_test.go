package billing

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// last is a day by which everything that was ever billed is due anyway. In
// arrears the days of an end that was withdrawn stay billed, so their period has
// to be over.
func (w *world) last() Date {
	d := w.today
	d = max(d, w.h.account.Billed.furthestOfAll())
	if w.arrears() {
		d = d.AddMonths(12, 0)
	}
	return d
}

// furthestOfAll is the end of the furthest day that was ever billed.
func (b *Billed) furthestOfAll() (to Date) {
	for i := range b.Blocks {
		to = max(to, b.Blocks[i].To)
	}
	for i := range b.Spent {
		to = max(to, b.Spent[i].To)
	}
	return to
}

// inFront reports whether the day of the last command or run may be compared with
// foresight, although days behind it were billed: every source has begun by then,
// while a product that replaces another may begin later. A start that moved behind
// it keeps the days that stay served (rule 16), and in arrears the days of an end
// that was withdrawn stay billed.
func (w *world) inFront() bool {
	for _, s := range w.h.account.Sources {
		if s.Start > w.today {
			return false
		}
	}
	return !w.arrears()
}

// nets is the net per ledger, payer, source and product, and natural period's
// first day where lines are monthly or shorter.
func nets(lines []Line, skip func(*Line) bool) map[string]decimal.Decimal {
	out := map[string]decimal.Decimal{}
	for i := range lines {
		l := &lines[i]
		if skip(l) {
			continue
		}
		period := l.Period // of a partial credit: its line's
		if l.Recurrence != "" {
			period = gridOf(l.Recurrence, l.Anchor, l.FullMonth).period(l.Period.From)
		}
		key := fmt.Sprint(l.Ledger, " ", l.BillTo, " ", l.Currency, " ", l.Source, " ", l.Product, " ", period.From, " ",
			l.Units, "×", l.UnitPrice)
		out[key] = out[key].Add(l.Amount.Decimal())
	}
	for k, v := range out {
		if v.IsZero() {
			delete(out, k)
		}
	}
	return out
}

func TestProperty_AnyScheduleOfRunsGivesTheSameNetAsKnowingEverythingFromTheStart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.play(func([]Line, Date) {})
		if w.inFront() {
			w.run(w.today)
			w.sameAsForesight(w.today)
		}
		asOf := w.last()
		w.run(asOf)
		w.sameAsForesight(asOf)
	})
}

// sameAsForesight compares the nets with those of one run that knew everything.
func (w *world) sameAsForesight(asOf Date) {
	foresight := *w.h
	foresight.account.Billed, foresight.lines = &Billed{}, nil
	if _, err := foresight.run(asOf); err != nil {
		w.Fatal(err)
	}
	// Exception by rule 10: what was billed once is not corrected.
	oneOff := func(l *Line) bool { return l.Recurrence == None }
	got, want := nets(w.h.lines, oneOff), nets(foresight.lines, oneOff)
	for k := range want {
		if _, ok := got[k]; !ok {
			got[k] = decimal.Zero
		}
	}
	for k := range got {
		if !got[k].Equal(want[k]) {
			w.Fatalf("as of %s: %s: net %s, with foresight %s\n%s\nforesight:\n%s",
				asOf, k, got[k], want[k], dump(w.h.lines), dump(foresight.lines))
		}
	}
}

func dump(lines []Line) (s string) {
	for i := range lines {
		l := &lines[i]
		s += fmt.Sprintln(l.Kind, l.Ledger, l.BillTo, l.Source, l.Product, l.Period, l.Reason, l.Formula())
	}
	return s
}

func TestProperty_ASecondRunOrAnEarlierOneEmitsNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.play(func(_ []Line, asOf Date) {
			for _, d := range []Date{asOf, asOf - 1, asOf - 45} {
				if due, err := w.h.account.Due(w.h.catalog, w.h.policy, d); err != nil || len(due.Lines) > 0 {
					t.Fatalf("run at %s after %s: %v\n%s", d, asOf, err, dump(due.Lines))
				}
			}
		})
	})
}

func TestProperty_TheNextDueDayIsTheNextDayWithLines(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.play(func(_ []Line, asOf Date) {
			next := w.h.account.NextDue(w.h.catalog, w.h.policy, asOf)
			before := next - 1
			if next == 0 {
				before = asOf.AddDays(4000)
			} else if next <= asOf {
				t.Fatalf("next due %s right after a run at %s", next, asOf)
			}
			if due, err := w.h.account.Due(w.h.catalog, w.h.policy, before); err != nil || len(due.Lines) > 0 {
				t.Fatalf("next due is %s, but lines at %s: %v\n%s", next, before, err, dump(due.Lines))
			}
			if next == 0 {
				return
			}
			if due, err := w.h.account.Due(w.h.catalog, w.h.policy, next); err != nil || len(due.Lines) == 0 {
				t.Fatalf("due in vain at %s: %v", next, err)
			}
		})
		w.step()
		due, err := w.h.account.Due(w.h.catalog, w.h.policy, w.today)
		if next := w.h.account.NextDue(w.h.catalog, w.h.policy, w.today); err == nil &&
			(len(due.Lines) > 0) != (next == w.today) {
			t.Fatalf("%d lines at %s, but next due %s\n%s", len(due.Lines), w.today, next, dump(due.Lines))
		}
	})
}

// book folds lines the plain way, day by day, to compare with Billed.
type book struct {
	lines map[uuid.UUID]*Line
	net   map[uuid.UUID]decimal.Decimal
	days  map[string]map[Date]uuid.UUID // by source and ledger
}

func newBook() *book {
	return &book{map[uuid.UUID]*Line{}, map[uuid.UUID]decimal.Decimal{}, map[string]map[Date]uuid.UUID{}}
}

func (b *book) add(l Line) error {
	if b.lines[l.ID] != nil {
		return fmt.Errorf("line id %s twice", l.ID)
	}
	b.lines[l.ID] = &l
	key := daysKey(l.Source, l.Ledger, l.Product, l.Recurrence == None)
	days := b.days[key]
	if days == nil {
		days = map[Date]uuid.UUID{}
		b.days[key] = days
	}
	id := l.ID
	if l.Kind == Credit {
		id = l.CorrectsLine
		before := b.net[id]
		if b.lines[id] == nil || b.lines[id].Amount.Sign()*l.Amount.Sign() > 0 {
			return fmt.Errorf("credit %s of %v has not the opposite sign", l.Amount, b.lines[id])
		}
		if after := before.Add(l.Amount.Decimal()); after.Sign()*before.Sign() < 0 {
			return fmt.Errorf("credit %s takes more than the net %s", l.Amount, before)
		}
	}
	b.net[id] = b.net[id].Add(l.Amount.Decimal())
	if l.Manual {
		return nil // its days stay covered
	}
	return cover(days, l, id)
}

// daysKey is whose days are covered: what is billed once has days of its product beside those of the source that recur
// (rule 23).
func daysKey(source string, ledger Ledger, product string, once bool) string {
	if once {
		return source + " " + string(ledger) + " " + product
	}
	return source + " " + string(ledger)
}

// cover adds the days of a charge, or takes those of a credit away from the line that it corrects.
func cover(days map[Date]uuid.UUID, l Line, id uuid.UUID) error {
	for d := l.Period.From; d < l.Period.To; d++ {
		switch covered, ok := days[d]; {
		case l.Kind == Charge && ok:
			return fmt.Errorf("day %s of %s covered twice", d, l.Source)
		case l.Kind == Charge:
			days[d] = id
		case covered != id:
			return fmt.Errorf("credit of day %s of %s, which its line does not cover", d, l.Source)
		default:
			delete(days, d)
		}
	}
	return nil
}

func TestProperty_ActiveCoverageEqualsTheRunningTotalsAndNoDayIsCoveredTwice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, b := newWorld(t), newBook()
		w.play(func(lines []Line, _ Date) {
			if _, err := AddedRemoved(lines); err != nil {
				t.Fatal(err)
			}
			w.book(b, lines)
			w.compare(b)
		})
	})
}

// compare checks Billed against the plain book.
func (w *world) compare(b *book) {
	active := map[uuid.UUID]decimal.Decimal{}
	for i := range w.h.account.Billed.Blocks {
		e := &w.h.account.Billed.Blocks[i]
		for d := e.From; d < e.To; d++ {
			if !e.covers(d) {
				continue
			}
			id := LineID(Identity{e.Ledger, "E1", e.Source, e.Product, e.BillTo, e.line(d), Charge, e.Revision})
			if got := b.days[daysKey(e.Source, e.Ledger, e.Product, e.oneOff())][d]; got != id {
				w.Fatalf("day %s of %s is covered by %s in the state, by %s in the lines", d, e.Source, id, got)
			}
			active[id] = e.Net.Decimal().Sub(e.Given.Decimal())
		}
	}
	covered := 0
	for _, days := range b.days {
		covered += len(days)
	}
	for _, e := range w.h.account.Billed.Blocks {
		for _, p := range e.covered(nil, Period{e.From, e.To}) {
			covered -= p.Days()
		}
	}
	if covered != 0 {
		w.Fatalf("%d days more in the lines than in the state", covered)
	}
	for id, net := range b.net {
		if !net.Equal(active[id]) {
			w.Fatalf("line %v: net %s in the lines, %s in the state\n%s", b.lines[id].Formula(), net, active[id],
				dump(w.h.lines))
		}
	}
}

func TestProperty_AllThreeLedgersCoverTheSameDays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.play(func([]Line, Date) {
			for _, s := range w.h.account.Sources {
				if !w.keepsAll() {
					return
				}
				customer := w.days(s.ID, Customer)
				for _, l := range []Ledger{Reseller, Cost} {
					if days := w.days(s.ID, l); !slices.Equal(days, customer) {
						t.Fatalf("source %s: %s covers %v, CUSTOMER %v", s.ID, l, days, customer)
					}
				}
			}
		})
	})
}

// days is the joined coverage of a source on a ledger.
func (w *world) days(source string, l Ledger) (out []Period) {
	for _, b := range w.h.account.Billed.of(source, l) {
		for _, p := range b.covered(nil, Period{b.From, b.To}) {
			out = insertHole(out, p)
		}
	}
	return out
}

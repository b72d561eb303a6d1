package billing

import (
	"slices"

	"github.com/google/uuid"
)

// Billed is what has been billed for one account: which days are covered at
// which terms, how much is left of each line, and how often an identity was
// used. It is part of the account's stored state, hence the short JSON keys.
// Line ids are not kept: they are computed again from the block (rule 23).
type Billed struct {
	// Blocks are the charges that still cover days, by source, ledger and day.
	Blocks []Block `json:"b,omitempty"`
	// Spent are identities that are used up: credits, and charges without days.
	Spent []Spent `json:"x,omitempty"`
	// Waived are days that were voided: not covered, and not billed again.
	Waived []Waived `json:"w,omitempty"`
}

// Spent counts lines of one identity (rule 23).
type Spent struct {
	Kind    Kind   `json:"k"`
	Source  string `json:"s"`
	Ledger  Ledger `json:"l"`
	Product string `json:"p"`
	BillTo  string `json:"b"`
	From    Date   `json:"f"`
	To      Date   `json:"t"`
	Count   int    `json:"n"`
}

// Waived is a period of a source that a voided line covered. Product is empty in
// states that were stored before it was kept: then it stands for any.
type Waived struct {
	Source  string `json:"s"`
	Ledger  Ledger `json:"l"`
	Product string `json:"p,omitempty"`
	Period
}

// Clone is a deep copy: Apply changes the receiver in place.
func (b *Billed) Clone() *Billed {
	if b == nil {
		return nil
	}
	c := &Billed{slices.Clone(b.Blocks), slices.Clone(b.Spent), slices.Clone(b.Waived)}
	for i := range c.Blocks {
		c.Blocks[i].Holes = slices.Clone(c.Blocks[i].Holes)
	}
	return c
}

// Grow makes room for lines that will be applied: line by line the blocks of a first month were copied four times.
func (b *Billed) Grow(lines []Line) {
	fresh := 0
	for i := range lines {
		if lines[i].Kind == Charge && !lines[i].Manual {
			fresh++
		}
	}
	if len(b.Blocks) == 0 { // later most continue what is there
		b.Blocks = slices.Grow(b.Blocks, fresh)
	}
}

// Apply folds one line in: it only assigns, and cannot fail. Lines must come in
// the order in which they were made. A line that fits nothing changes nothing.
func (b *Billed) Apply(l Line) {
	switch {
	case l.Manual:
		b.spend(&l)
		if l.CorrectsLine != (uuid.UUID{}) {
			b.give(&l)
		}
	case l.Kind == Charge:
		b.charge(blockOf(&l))
	default:
		b.spend(&l)
		b.credit(&l)
	}
}

// charge adds the block of a new line, as part of the run before it if it fits.
func (b *Billed) charge(block Block) {
	i, _ := slices.BinarySearchFunc(b.Blocks, &block, func(e Block, t *Block) int {
		return e.compare(t.Source, t.Ledger, t.From)
	})
	if i > 0 && b.Blocks[i-1].continues(&block) {
		b.Blocks[i-1].To, b.Blocks[i-1].Repeat = block.To, true
		return
	}
	b.Blocks = slices.Insert(b.Blocks, i, block)
}

// credit takes days and money off the one line that covers the credit's days.
func (b *Billed) credit(l *Line) {
	i := slices.IndexFunc(b.Blocks, func(e Block) bool {
		return e.isOf(l.Source, l.Ledger) && e.covers(l.Period.From) && e.oneOff() == (l.Recurrence == None) &&
			(!e.oneOff() || e.Product == l.Product) // two of them may stand on one day
	})
	if i < 0 {
		return
	}
	if b.Blocks[i].Repeat {
		i = b.single(i, l.Period.From)
	}
	block := &b.Blocks[i]
	block.Net = block.Net.add(l.Amount)
	block.Holes = insertHole(block.Holes, l.Period)
	if l.Waive {
		b.Waived = append(b.Waived, Waived{l.Source, l.Ledger, l.Product, l.Period})
	}
	if block.gone() {
		b.spendCharge(block)
		b.Blocks = slices.Delete(b.Blocks, i, i+1)
	}
}

// single makes the line at d its own block and returns its place.
func (b *Billed) single(i int, d Date) int {
	before, single, after, has := b.Blocks[i].cut(d)
	parts := make([]Block, 0, 3)
	at := i
	if has[0] {
		parts = append(parts, before)
		at++
	}
	parts = append(parts, single)
	if has[2] {
		parts = append(parts, after)
	}
	b.Blocks = slices.Replace(b.Blocks, i, i+1, parts...)
	return at
}

// insertHole adds a period to sorted holes and joins neighbours.
func insertHole(holes []Period, p Period) []Period {
	i := 0
	for i < len(holes) && holes[i].From < p.From {
		i++
	}
	holes = slices.Insert(slices.Clone(holes), i, p)
	joined := holes[:1]
	for _, h := range holes[1:] {
		if last := &joined[len(joined)-1]; h.From <= last.To {
			last.To = max(last.To, h.To)
		} else {
			joined = append(joined, h)
		}
	}
	return joined
}

func (b *Billed) spend(l *Line) {
	b.count(Spent{l.Kind, l.Source, l.Ledger, l.Product, l.BillTo, l.Period.From, l.Period.To, l.Revision + 1})
}

func (b *Billed) spendCharge(e *Block) {
	b.count(Spent{Charge, e.Source, e.Ledger, e.Product, e.BillTo, e.From, e.To, e.Revision + 1})
}

// count keeps the highest count of an identity.
func (b *Billed) count(s Spent) {
	for i := range b.Spent {
		if b.Spent[i].same(&s) {
			b.Spent[i].Count = max(b.Spent[i].Count, s.Count)
			return
		}
	}
	b.Spent = append(b.Spent, s)
}

func (s *Spent) same(o *Spent) bool {
	return s.Kind == o.Kind && s.Source == o.Source && s.Ledger == o.Ledger && s.Product == o.Product &&
		s.BillTo == o.BillTo && s.From == o.From && s.To == o.To
}

// revision is the number of earlier lines with the identity (rule 23).
func (b *Billed) revision(s Spent) int {
	if b == nil {
		return 0
	}
	n := 0
	for i := range b.Spent {
		if b.Spent[i].same(&s) {
			n = b.Spent[i].Count
		}
	}
	if s.Kind != Charge {
		return n
	}
	for i := range b.Blocks {
		if e := &b.Blocks[i]; e.holds(&s) {
			n = max(n, e.Revision+1)
		}
	}
	return n
}

// of returns the blocks of a source and ledger.
func (b *Billed) of(source string, l Ledger) []Block {
	if b == nil {
		return nil
	}
	lo := 0
	for lo < len(b.Blocks) && !b.Blocks[lo].isOf(source, l) {
		lo++
	}
	hi := lo
	for hi < len(b.Blocks) && b.Blocks[hi].isOf(source, l) {
		hi++
	}
	return b.Blocks[lo:hi]
}

// waived are the voided days of a source and ledger.
func (b *Billed) waived(source string, l Ledger) (days []Period) {
	if b == nil {
		return nil
	}
	for _, w := range b.Waived {
		if w.Source == source && w.Ledger == l {
			days = append(days, w.Period)
		}
	}
	return days
}

// waivedOnce reports whether a line of a product that is billed once was voided.
func (b *Billed) waivedOnce(source string, l Ledger, product string) bool {
	return b != nil && slices.ContainsFunc(b.Waived, func(w Waived) bool {
		return w.Source == source && w.Ledger == l && (w.Product == product || w.Product == "")
	})
}

// furthest is the end of the furthest day that was ever billed for the service's
// source at its product: the horizon never shrinks while that product stays, even
// after a credit, and what replaces the product begins by rule 9 alone. Lines that
// begin before the day from are left out, unless a run has kept what they bill from
// the service's first day on.
func (b *Billed) furthest(sv *service, from, begins Date) Date {
	if b == nil {
		return 0
	}
	var to Date
	for i := range b.Blocks {
		if e := &b.Blocks[i]; e.To > to && e.Source == sv.of.ID && e.Product == sv.product && !e.oneOff() &&
			(from == 0 || e.line(e.To-1).From >= from || e.resumes(begins)) {
			to = e.To
		}
	}
	return max(to, b.spentTo(sv.of.ID, sv.product, from))
}

// spentTo is up to where former lines charged a product of a source, of those that begin at from or later; 0: none did.
func (b *Billed) spentTo(source, product string, from Date) (to Date) {
	for i := range b.Spent {
		if s := &b.Spent[i]; s.To > to && s.From >= from && s.Source == source && s.Product == product && s.Kind == Charge {
			to = s.To
		}
	}
	return to
}

package billing

import "strings"

// Block is one charge line that still covers days, or a run of such lines that
// differ only in their period: whole natural periods, one after the other, with
// equal terms and equal net. Months of regular billing are one block, so that
// what has been billed stays small however long it lasts.
type Block struct {
	Source  string `json:"s"`
	Ledger  Ledger `json:"l"`
	Product string `json:"p"`
	BillTo  string `json:"b"`
	// From and To are the half-open ends of the first and the last line.
	From Date `json:"f"`
	To   Date `json:"t"`
	// Units and Price are the lines' terms; Override says that the price was not
	// the catalogue's.
	Units    Amount `json:"u"`
	Price    Amount `json:"c"`
	Override bool   `json:"o,omitempty"`
	// PriceFrom is the product whose price list it is, where that is not Product.
	PriceFrom string `json:"w,omitempty"`
	// Currency is that of the lines; in states from before ledgers had one of their
	// own it is empty, and the account's.
	Currency string `json:"e,omitempty"`
	// Net is what is left of each line's amount after its credits.
	Net Amount `json:"n"`
	// Given is what credits of a part have given back besides (rule 30): no later
	// credit gives back more than Net without it.
	Given Amount `json:"g,omitzero"`
	// Recurrence and Anchor give the natural periods.
	Recurrence Recurrence `json:"m"`
	Anchor     Anchor     `json:"a,omitzero"`
	// Policy is the day from which the policy that rated the lines holds; no date:
	// it is the first.
	Policy Date `json:"q,omitzero"`
	// FullMonth says that the product was billed by rule 6.
	FullMonth bool `json:"y,omitempty"`
	// Revision is that of each line.
	Revision int `json:"r,omitempty"`
	// Repeat is set for more than one line.
	Repeat bool `json:"x,omitempty"`
	// Holes are the days taken back by credits, sorted; never in a repeated block.
	Holes []Period `json:"h,omitempty"`
}

func blockOf(l *Line) Block {
	b := Block{
		Source: l.Source, Ledger: l.Ledger, Product: l.Product, BillTo: l.BillTo,
		From: l.Period.From, To: l.Period.To, Units: l.Units, Price: l.UnitPrice,
		Override: l.PriceSource == priceOverride, Currency: l.Currency, Policy: l.PolicyFrom, Net: l.Amount,
		Recurrence: l.Recurrence, Anchor: l.Anchor, FullMonth: l.FullMonth, Revision: l.Revision,
	}
	if l.PriceSource != l.Product && !b.Override {
		b.PriceFrom = l.PriceSource
	}
	return b
}

// priceSource is the PriceSource of the block's lines.
func (b *Block) priceSource() string {
	switch {
	case b.Override:
		return priceOverride
	case b.PriceFrom != "":
		return b.PriceFrom
	}
	return b.Product
}

// isOf reports whether the block is of the source and ledger.
func (b *Block) isOf(source string, l Ledger) bool { return b.Source == source && b.Ledger == l }

// days is from the first day of the first line to the last of the last, days
// taken back included.
func (b *Block) days() Period { return Period{b.From, b.To} }

// oneOff reports whether the block is a product billed once (rule 10).
func (b *Block) oneOff() bool { return b.Recurrence == None }

func (b *Block) grid() grid { return gridOf(b.Recurrence, b.Anchor, b.FullMonth) }

// months is the length of days of one of its lines; none for a one-off.
func (b *Block) months(proration string, p Period) Ratio {
	if b.oneOff() {
		return Ratio{}
	}
	return b.grid().months(proration, p)
}

// compare orders blocks by source, ledger and first day.
func (b *Block) compare(source string, l Ledger, from Date) int {
	if c := strings.Compare(b.Source, source); c != 0 {
		return c
	}
	if c := strings.Compare(string(b.Ledger), string(l)); c != 0 {
		return c
	}
	return int(b.From) - int(from)
}

// line is the period of the line of the block that contains d.
func (b *Block) line(d Date) Period {
	if b.Repeat {
		return b.grid().period(d)
	}
	return b.days()
}

// covers reports whether a line of the block covers the day.
func (b *Block) covers(d Date) bool {
	if d < b.From || d >= b.To {
		return false
	}
	for _, h := range b.Holes {
		if h.Contains(d) {
			return false
		}
	}
	return true
}

// resumes reports whether days that were taken back of the line end on a day, and
// the line covers it. A run took back the days without a product and kept those on
// which it is served again, so that it was for that day or a later one.
func (b *Block) resumes(d Date) bool {
	for _, h := range b.Holes {
		if h.To == d && d < b.To {
			return true
		}
	}
	return false
}

// gone reports whether credits took back every day.
func (b *Block) gone() bool { return len(b.Holes) == 1 && b.Holes[0] == b.days() }

// holds reports whether one of the block's lines has the identity.
func (b *Block) holds(s *Spent) bool {
	return b.isOf(s.Source, s.Ledger) && b.Product == s.Product && b.BillTo == s.BillTo &&
		b.days().Contains(s.From) && b.line(s.From) == Period{s.From, s.To}
}

// anchors reports whether the block gives the service its anchor: it billed the
// same product in the same rhythm before the service's end, in the same rental and
// under the same policy.
func (b *Block) anchors(sv *service, p *Policy) bool {
	if b.Source != sv.of.ID || b.Product != sv.product || b.Recurrence != sv.recurrence {
		return false
	}
	if sv.To != 0 && b.From >= sv.To || b.From < sv.free || b.ofBefore(sv) {
		return false
	}
	return p.log == nil || b.Policy == sv.policy.since
}

// ofBefore reports whether the block billed a rental before the service's own, also behind the day on which that one
// ended afterwards: no start in the service's rental gives its anchor.
func (b *Block) ofBefore(sv *service) bool {
	return sv.after != 0 && sv.policy.Alignment == Anniversary &&
		b.Anchor.Date < sv.policy.anchorOf(sv.recurrence, sv.after).Date
}

// covered appends the days that the block covers inside p.
func (b *Block) covered(out []Period, p Period) []Period {
	p = p.Intersect(b.days())
	if p.Empty() {
		return out
	}
	return p.subtract(out, b.Holes)
}

// continues reports whether next is one more line of the same run.
func (b *Block) continues(next *Block) bool {
	if b.oneOff() || b.To != next.From || len(b.Holes) > 0 || len(next.Holes) > 0 {
		return false
	}
	like := *next
	like.From, like.To, like.Repeat, like.Holes = b.From, b.To, b.Repeat, nil
	g := b.grid()
	return like.equal(b) && g.period(next.From) == next.days() && (b.Repeat || g.period(b.From) == b.days())
}

// equal compares everything but the holes.
func (b *Block) equal(o *Block) bool {
	return b.sameTerms(o) && b.From == o.From && b.To == o.To && b.Net == o.Net && b.Given == o.Given &&
		b.Policy == o.Policy && b.FullMonth == o.FullMonth && b.Revision == o.Revision && b.Repeat == o.Repeat
}

// sameTerms reports whether two blocks bill the same service to the same payer at the same price.
func (b *Block) sameTerms(o *Block) bool {
	return b.Source == o.Source && b.Ledger == o.Ledger && b.Product == o.Product && b.BillTo == o.BillTo &&
		b.Units == o.Units && b.Price == o.Price && b.Override == o.Override && b.PriceFrom == o.PriceFrom &&
		b.Currency == o.Currency && b.Recurrence == o.Recurrence && b.Anchor == o.Anchor
}

// cut splits a repeated block around the line that contains d; the middle one is
// that single line.
func (b Block) cut(d Date) (before, single, after Block, parts [3]bool) {
	p := b.line(d)
	before, single, after = b, b, b
	before.To, single.From, single.To, after.From = p.From, p.From, p.To, p.To
	single.Repeat = false
	g := b.grid()
	if before.From < before.To {
		before.Repeat = g.period(before.From).To < before.To
	}
	if after.From < after.To {
		after.Repeat = g.period(after.From).To < after.To
	}
	return before, single, after, [3]bool{before.From < before.To, true, after.From < after.To}
}

package billing

import "slices"

// A cell is one natural period of one source and ledger. Where something was
// billed in it before, its segments are settled together, so that the net on
// each segment is the rounded cost of the segment (rule 14).

// cellKey names a cell.
type cellKey struct {
	Period
	recurrence Recurrence
	anchor     Anchor
	policy     Date // from which the policy that rates it holds
}

// settleSide emits the difference of one source and ledger.
func (e *engine) settleSide(sd *side) error {
	var gaps []gap
	var removals []removal
	if rest, ok := e.settled(sd); ok {
		if rest.Empty() {
			return nil
		}
		gaps = append(e.gap[:0], rest)
	} else {
		gaps, removals = e.gaps(e.gap[:0], sd), e.removals(nil, sd)
	}
	e.gap, e.slow = gaps, e.slow[:0]
	for _, g := range gaps {
		if err := e.chargeGap(sd, g); err != nil {
			return err
		}
	}
	for _, r := range removals {
		g := r.block.grid()
		for d := r.From; d < r.To; d = r.block.line(d).To {
			p := g.period(r.block.line(d).From)
			e.slow = addCell(e.slow, cellKey{p, r.block.Recurrence, r.block.Anchor, r.block.Policy})
		}
	}
	for _, key := range e.slow {
		if err := e.settleCell(sd, key); err != nil {
			return err
		}
	}
	return nil
}

func addCell(cells []cellKey, key cellKey) []cellKey {
	if slices.Contains(cells, key) {
		return cells
	}
	return append(cells, key)
}

// chargeGap walks the natural periods of a gap, oldest first, one line each
// (rule 11). A period in which nothing else happened is charged at once; the
// others are left for settleCell.
func (e *engine) chargeGap(sd *side, g gap) error {
	sv := g.span.sv
	for d := g.From; d < g.To; {
		whole := sv.grid.period(d)
		part := Period{d, min(g.To, whole.To)}
		d = part.To
		if whole.From != e.counted { // two parts of one period count once
			e.counted = whole.From
			e.periods++
		}
		if e.periods > e.periodsMax() {
			return &Held{tooManyPeriods, "source " + sd.source.ID + " on " + string(sd.ledger)}
		}
		if !alone(sd, g.span, whole) {
			e.slow = addCell(e.slow, cellKey{whole, sv.recurrence, sv.anchor, sv.policy.since})
			continue
		}
		seg, err := e.segment(sd, g.span, part)
		if err != nil {
			return err
		}
		if err := e.charge(sd, &seg, part, 0, nil); err != nil {
			return err
		}
	}
	return nil
}

// periodsMax is the bound of rule 11, raised for an account released with more.
func (e *engine) periodsMax() int { return max(e.policy.PeriodsMax, e.account.PeriodsMax) }

// alone reports whether the span is all there is in the period.
func alone(sd *side, s *span, p Period) bool {
	for i := range sd.blocks {
		if b := &sd.blocks[i]; b.days().overlaps(p) {
			return false
		}
	}
	for i := range sd.spans {
		if o := &sd.spans[i]; o != s && o.overlaps(p) {
			return false
		}
	}
	return true
}

// segment is a maximal range of days of one period with equal terms, with its
// price known.
type segment struct {
	Period
	terms
	sv     *service
	source string   // of the price
	gaps   []Period // days of it that no line covers
	kept   []Period // days of it that lines keep, as runs
}

// segment prices a part of a span.
func (e *engine) segment(sd *side, s *span, p Period) (segment, error) {
	seg := segment{Period: p, terms: s.terms, sv: s.sv, source: priceOverride}
	if s.override {
		return seg, nil
	}
	var err error
	seg.price, seg.source, err = priceOf(e.catalog, s.sv.product, s.sv.list(sd.ledger, s.currency), s.sv.priceDay(p.From))
	return seg, err
}

// segments are the desired days of a cell. A price that was billed in the period
// is the price of all of it: a catalogue change waits for the next (rule 17).
func (e *engine) segments(sd *side, key cellKey) ([]segment, error) {
	var out []segment
	for i := range sd.spans {
		s := &sd.spans[i]
		p := s.Intersect(key.Period)
		if p.Empty() || s.sv.recurrence != key.recurrence || s.sv.anchor != key.anchor || s.sv.policy.since != key.policy {
			continue
		}
		seg, err := e.segment(sd, s, p)
		if billed := e.billedPrice(sd, s, key); billed != nil {
			seg.price, seg.source, err = billed.Price, billed.priceSource(), nil
			seg.currency = e.currencyOf(billed)
		}
		if err != nil {
			return nil, err
		}
		if n := len(out); n > 0 && out[n-1].To == p.From && out[n-1].like(&seg) {
			out[n-1].To = p.To
			continue
		}
		out = append(out, seg)
	}
	return out, nil
}

// billedPrice is a block with the catalogue price of the period, if one was
// billed in it.
func (e *engine) billedPrice(sd *side, s *span, key cellKey) *Block {
	if s.override {
		return nil
	}
	for i := range sd.blocks {
		b := &sd.blocks[i]
		if b.Product == s.sv.product && !b.oneOff() && (b.BillTo == s.payer || e.currencyOf(b) == s.currency) &&
			b.days().overlaps(key.Period) && b.Policy == s.sv.policy.since && e.sticky(b, s.sv.policy) {
			return b
		}
	}
	return nil
}

// like reports equal product, units, price and payer.
func (s *segment) like(o *segment) bool {
	return s.sv.product == o.sv.product && s.units == o.units && s.price == o.price && s.payer == o.payer
}

// months is the length of days at the segment's terms.
func (s *segment) months(p Period) Ratio { return s.sv.grid.months(s.sv.policy.Proration, p) }

// money is how amounts of the segment are rounded.
func (s *segment) money() money { return s.sv.policy.money(s.currency) }

// cost is the rounded cost of days at the segment's terms (rules 5 and 7).
func (e *engine) cost(s *segment, p Period) (int64, error) {
	v, ok := s.money().cost(s.units, s.price, s.months(p))
	if !ok {
		return 0, tooLarge(s.sv.product, p)
	}
	return v, nil
}

func tooLarge(product string, p Period) error {
	return &Held{amountTooLarge, "product " + product + " from " + p.From.String()}
}

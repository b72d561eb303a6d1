package billing

import "slices"

// The difference between desired and billed, by coverage: gaps are desired days
// that no line of equal terms covers, removals are covered days that are not
// desired at those terms.

// gap is days to charge, inside one span.
type gap struct {
	Period
	span *span
}

// removal is days to take back from one block.
type removal struct {
	Period
	block *Block
}

// side is one ledger of one source: its services, the spans desired of them, and
// its billed blocks.
type side struct {
	source   *Source
	ledger   Ledger
	services []service
	spans    []span
	blocks   []Block
}

// agrees reports whether a billed line's terms are those desired. A line at the
// catalogue's price is never rated again when the catalogue changes (rule 17).
func (e *engine) agrees(b *Block, s *span) bool {
	if !b.bills(s) {
		return false
	}
	if e.sticky(b, s.sv.policy) && !s.override {
		return true
	}
	return s.priced && b.Price == s.price
}

// bills reports whether the block is what is desired but for the price: the same
// product, units and payer in the same natural periods.
func (b *Block) bills(s *span) bool {
	return b.Product == s.sv.product && b.Units == s.units && b.BillTo == s.payer &&
		b.Recurrence == s.sv.recurrence && b.Anchor == s.sv.anchor && b.Policy == s.sv.policy.since
}

// sticky reports whether the block keeps the catalogue price it was billed at,
// under the policy that rates its days.
func (e *engine) sticky(b *Block, p *Policy) bool {
	if b.Override || p.CatalogPriceChange == Split {
		return false
	}
	return e.rerating == nil || !e.rerating.reaches(b)
}

// settled is the usual answer without work: one span, lines of equal terms from
// its first day on without a hole, and at most a gap behind them.
func (e *engine) settled(sd *side) (rest gap, ok bool) {
	if len(sd.spans) != 1 {
		return gap{}, false
	}
	s := &sd.spans[0]
	from := s.From
	for i := range sd.blocks {
		b := &sd.blocks[i]
		if b.From != from || b.To > s.To || len(b.Holes) > 0 || b.oneOff() || !e.agrees(b, s) {
			return gap{}, false
		}
		from = b.To
	}
	return gap{Period{from, s.To}, s}, true
}

// gaps appends the days to charge, in order.
func (e *engine) gaps(out []gap, sd *side) []gap {
	for i := range sd.spans {
		s := &sd.spans[i]
		e.covered = e.covered[:0]
		for j := range sd.blocks {
			if b := &sd.blocks[j]; !b.oneOff() && b.days().overlaps(s.Period) && e.agrees(b, s) {
				e.covered = b.covered(e.covered, s.Period)
			}
		}
		sortPeriods(e.covered)
		e.left = s.Period.subtract(e.left[:0], e.covered)
		for _, p := range e.left {
			out = append(out, gap{p, s})
		}
	}
	return out
}

// removals appends the days to take back, in order.
func (e *engine) removals(out []removal, sd *side) []removal {
	for j := range sd.blocks {
		b := &sd.blocks[j]
		if b.oneOff() {
			continue
		}
		e.covered = e.covered[:0]
		for i := range sd.spans {
			if s := &sd.spans[i]; s.overlaps(b.days()) && e.agrees(b, s) {
				e.covered = append(e.covered, s.Period)
			}
		}
		e.pieces = b.covered(e.pieces[:0], b.days())
		for _, piece := range e.pieces {
			e.left = piece.subtract(e.left[:0], e.covered)
			for _, p := range e.left {
				out = append(out, removal{p, b})
			}
		}
	}
	return out
}

// exclude takes days out of the spans that another party billed (rule 15) or
// that were voided, unless a line of ours covers them.
func (e *engine) exclude(sd *side) {
	cuts := e.elsewhere(sd)
	if len(cuts) == 0 {
		return
	}
	var out []span
	for _, s := range sd.spans {
		for _, p := range s.Period.subtract(nil, cuts) {
			out = append(out, span{p, s.terms, s.sv, s.held})
		}
	}
	sd.spans = out
}

// elsewhere is the sorted days of the side that are covered without a line.
func (e *engine) elsewhere(sd *side) []Period {
	var all []Period
	if len(sd.spans) > 0 {
		sd.source.rentals(func(rental *Source) bool {
			if p := rental.imported(); !p.Empty() {
				all = insertHole(all, sd.indivisible(rental, p))
			}
			return true
		})
	}
	for _, p := range e.account.Billed.waived(sd.source.ID, sd.ledger) {
		all = insertHole(all, p)
	}
	if len(all) == 0 {
		return nil
	}
	own := sd.coveredByLines()
	var out []Period
	for _, p := range all {
		out = p.subtract(out, own)
	}
	return out
}

// indivisible widens days that were billed elsewhere to whole months for a product
// with rule 6.
func (sd *side) indivisible(rental *Source, p Period) Period {
	wide := p
	for i := range sd.services {
		sv := &sd.services[i]
		if sv.of != rental || !sv.fullMonth {
			continue
		}
		if sv.cover.Contains(p.To - 1) {
			wide.To = sv.grid.monthPeriod(p.To - 1).To
		}
		if sv.cover.Contains(p.From) {
			wide.From = sv.grid.monthPeriod(p.From).From
		}
	}
	return wide
}

// coveredByLines is the sorted days of the side that lines of ours cover.
func (sd *side) coveredByLines() (own []Period) {
	for i := range sd.blocks {
		if b := &sd.blocks[i]; !b.oneOff() {
			own = b.covered(own, b.days())
		}
	}
	sortPeriods(own)
	return own
}

// sortPeriods orders disjoint periods: a block may lie in another one's hole.
func sortPeriods(p []Period) {
	if len(p) > 1 {
		slices.SortFunc(p, func(a, b Period) int { return int(a.From) - int(b.From) })
	}
}

// imported is the days that were billed before the source came to us (rule 15).
func (s *Source) imported() Period {
	if s.InvoicedUntil == 0 {
		return Period{1, 1}
	}
	p := Period{max(s.InvoicedFrom, 1), Exclusive(s.InvoicedUntil)}
	if p.Empty() {
		return Period{1, 1}
	}
	return p
}

package billing

import "slices"

// entry is a billed line inside a cell.
type entry struct {
	block   *Block
	period  Period   // of the line
	net     int64    // left of its amount
	given   int64    // of it, what was given back besides (rule 30)
	kept    []Period // days it keeps
	removed []Period // days to take back
	back    []int64  // money to take back, per removed range
}

// settleCell settles one natural period: first what lines give back, then what
// completes each segment.
func (e *engine) settleCell(sd *side, key cellKey) error {
	segs, err := e.segments(sd, key)
	if err != nil {
		return err
	}
	entries := e.entries(sd, key)
	done := make([]bool, len(segs))
	for i := range segs {
		if done[i] {
			continue
		}
		var group []*segment
		for j := i; j < len(segs); j++ {
			if segs[j].like(&segs[i]) {
				group, done[j] = append(group, &segs[j]), true
			}
		}
		if err := e.settleGroup(sd, group, entries); err != nil {
			return err
		}
	}
	for i := range entries {
		if en := &entries[i]; len(en.kept) == 0 {
			e.takeAll(en)
		}
		e.creditEntry(sd, &entries[i])
	}
	return nil
}

// entries are the billed lines of a cell with the days they cover.
func (e *engine) entries(sd *side, key cellKey) []entry {
	var out []entry
	for i := range sd.blocks {
		b := &sd.blocks[i]
		if b.oneOff() || b.Recurrence != key.recurrence || b.Anchor != key.anchor || b.Policy != key.policy ||
			!b.days().overlaps(key.Period) {
			continue
		}
		p := b.line(max(b.From, key.From))
		if key.Contains(p.From) {
			out = append(out, entry{block: b, period: p, net: e.moneyOf(b).minor(b.Net), given: e.moneyOf(b).minor(b.Given),
				removed: b.covered(nil, p)})
		}
	}
	return out
}

// settleGroup settles the segments of a cell with equal terms against the lines
// with those terms.
func (e *engine) settleGroup(sd *side, group []*segment, entries []entry) error {
	var mine []*entry
	lost := false // a line with these terms keeps no day
	for i := range entries {
		if en := &entries[i]; e.fits(en.block, group[0]) {
			if en.keep(group); len(en.kept) > 0 {
				mine = append(mine, en)
			} else {
				lost = true
			}
		}
	}
	net := int64(0)
	for _, en := range mine {
		net += en.net
	}
	target, err := e.keepRuns(group, mine)
	if err != nil {
		return err
	}
	ok, err := e.takeBack(group[0], mine, net-target, lost)
	if err != nil {
		return err
	}
	if !ok {
		// No credit makes the net right: a hole can cut a line into parts that
		// round up, or the line that is left had taken the rest of one that is
		// gone. Then the lines are taken back whole and their days charged again,
		// which keeps every net exact.
		for _, en := range mine {
			en.removed, en.kept = en.block.covered(nil, en.period), nil
		}
		mine = nil
		if _, err := e.keepRuns(group, nil); err != nil {
			return err
		}
	}
	net = 0
	given := int64(0)
	for _, en := range mine {
		net, given = net+en.net, given+en.given
		for _, v := range en.back {
			net -= v
		}
	}
	return e.complete(sd, group, net, net-given)
}

// fits reports whether a billed line has the segment's terms.
func (e *engine) fits(b *Block, s *segment) bool {
	return b.Product == s.sv.product && b.Units == s.units && b.BillTo == s.payer &&
		(b.Price == s.price || e.sticky(b, s.sv.policy) && !s.override)
}

// keep splits the covered days of the line into those in the segments and those
// to take back.
func (en *entry) keep(group []*segment) {
	all := en.removed
	en.removed = nil
	var inside []Period
	for _, s := range group {
		inside = append(inside, s.Period)
	}
	for _, p := range all {
		for _, s := range inside {
			if k := p.Intersect(s); !k.Empty() {
				en.kept = append(en.kept, k)
			}
		}
		en.removed = p.subtract(en.removed, inside)
	}
}

// keepRuns works out, per segment, the runs of days that lines keep and the
// gaps between them, and returns the cost of all runs, each rounded alone.
func (e *engine) keepRuns(group []*segment, mine []*entry) (int64, error) {
	var kept []Period
	for _, en := range mine {
		kept = append(kept, en.kept...)
	}
	sortPeriods(kept)
	total := int64(0)
	for _, s := range group {
		s.kept = nil
		for _, p := range kept {
			p = p.Intersect(s.Period)
			if n := len(s.kept); n > 0 && s.kept[n-1].To == p.From {
				s.kept[n-1].To = p.To
			} else if !p.Empty() {
				s.kept = append(s.kept, p)
			}
		}
		s.gaps = s.subtract(nil, s.kept)
		for _, p := range s.kept {
			v, err := e.cost(s, p)
			if err != nil {
				return 0, err
			}
			total += v
		}
	}
	return total, nil
}

// part is a part that is taken back of an entry.
type part struct {
	en *entry
	at int // which of the removed
}

// partsOf lists what is taken back of entries, by day, and makes room for what each gives back.
func partsOf(mine []*entry) (parts []part) {
	for _, en := range mine {
		en.back = make([]int64, len(en.removed))
		for i := range en.removed {
			parts = append(parts, part{en, i})
		}
	}
	slices.SortFunc(parts, func(a, b part) int {
		return int(a.en.removed[a.at].From) - int(b.en.removed[b.at].From)
	})
	return parts
}

// takeBack spreads the credit of the lines that keep some of their days over the
// days removed: each part is rounded alone and the last by date takes the rest,
// none more than its line has left (rule 14). It is false if that is impossible.
func (e *engine) takeBack(s *segment, mine []*entry, total int64, lost bool) (bool, error) {
	parts := partsOf(mine)
	if len(parts) == 0 {
		return total == 0 || !lost || s.sv.policy.CreditMethod == ProrateBilled, nil
	}
	for i, p := range parts {
		alone, err := e.partCost(s, p.en, p.en.removed[p.at])
		if err != nil {
			return false, err
		}
		if i == len(parts)-1 && s.sv.policy.CreditMethod == NetToCorrect {
			alone = total
		}
		p.en.back[p.at] = p.en.clamp(alone, p.at)
		total -= p.en.back[p.at]
	}
	if s.sv.policy.CreditMethod == ProrateBilled {
		return true, nil
	}
	for i := len(parts) - 1; i >= 0 && total != 0; i-- {
		p := parts[i]
		was := p.en.back[p.at]
		p.en.back[p.at] = p.en.clamp(was+total, p.at)
		total -= p.en.back[p.at] - was
	}
	return withinGiven(mine, total), nil
}

// withinGiven reports whether what could not be taken back had been given back
// before, by credits of parts of the lines (rule 30).
func withinGiven(mine []*entry, total int64) bool {
	given := int64(0)
	for _, en := range mine {
		given += en.given
	}
	return total == 0 || min(given, 0) <= total && total <= max(given, 0)
}

// partCost is what a removed part is worth alone, by policy creditMethod.
func (e *engine) partCost(s *segment, en *entry, p Period) (int64, error) {
	if s.sv.policy.CreditMethod == NetToCorrect {
		return e.cost(s, p)
	}
	all := Ratio{0, 1}
	for _, c := range en.block.covered(nil, en.period) {
		all = all.plus(s.months(c))
	}
	return s.money().share(en.net, s.months(p), all), nil
}

// clamp bounds the money taken back by part i to what the line has left, in its
// own sign.
func (en *entry) clamp(v int64, i int) int64 {
	left := en.net - en.given
	for j, b := range en.back {
		if j != i {
			left -= b
		}
	}
	if left < 0 {
		return min(max(v, left), 0)
	}
	return max(min(v, left), 0)
}

// takeAll takes the whole line back; of several parts each is rounded alone and
// the last takes the rest.
func (e *engine) takeAll(en *entry) {
	en.back = make([]int64, len(en.removed))
	last := len(en.removed) - 1
	for i, p := range en.removed {
		v := en.net
		if i < last {
			v, _ = e.moneyOf(en.block).cost(en.block.Units, en.block.Price, e.monthsOf(en.block, p))
		}
		en.back[i] = en.clamp(v, i)
	}
	if last >= 0 {
		en.back[last] = en.clamp(en.net, last)
	}
}

package billing

import "slices"

// priceOverride is the PriceSource of an addon's own price.
const priceOverride = "override"

// complete charges the gaps of a group of segments: what completes a segment is
// the cost of the whole minus the net already on it; of several gaps each is
// rounded alone and the last by date takes the rest (rule 14). net is what is on
// all segments of the group, and left what of it was not given back besides: no
// more than that is taken back, as by a credit (rule 30).
func (e *engine) complete(sd *side, group []*segment, net, left int64) error {
	total, last := -net, -1
	for i, s := range group {
		v, err := e.cost(s, s.Period)
		if err != nil {
			return err
		}
		total += v
		if len(s.gaps) > 0 {
			last = i
		}
	}
	if total+net < 0 {
		total = min(total, -min(left, 0))
	} else {
		total = max(total, -max(left, 0))
	}
	for i := 0; i <= last; i++ {
		s := group[i]
		rest, err := e.missing(s)
		if err != nil {
			return err
		}
		if i == last {
			rest = total
		}
		for j, p := range s.gaps {
			v, err := e.cost(s, p)
			if err != nil {
				return err
			}
			if j == len(s.gaps)-1 {
				v = rest
			}
			rest, total = rest-v, total-v
			if err := e.charge(sd, s, p, v, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// missing is the cost of the segment minus that of the runs it keeps.
func (e *engine) missing(s *segment) (int64, error) {
	if len(s.gaps) == 0 {
		return 0, nil
	}
	rest, err := e.cost(s, s.Period)
	for _, p := range s.kept {
		v, costErr := e.cost(s, p)
		if costErr != nil {
			return 0, costErr
		}
		rest -= v
	}
	return rest, err
}

// charge emits a CHARGE for days of a segment. With whole, the amount is given;
// without, it is the cost of the days.
func (e *engine) charge(sd *side, s *segment, p Period, amount int64, whole *segment) error {
	months, m := s.months(p), s.money()
	alone, ok := m.cost(s.units, s.price, months)
	if !ok {
		return tooLarge(s.sv.product, p)
	}
	l := e.line(sd, Charge, s.currency, m)
	l.BillTo, l.Product, l.Period = s.payer, s.sv.product, p
	l.Units, l.UnitPrice, l.Months, l.Included, l.segment = s.units, s.price, months, s.included, s.From
	l.Recurrence, l.Anchor, l.FullMonth, l.PolicyFrom = s.sv.recurrence, s.sv.anchor, s.sv.fullMonth, s.sv.policy.since
	l.Reason, l.PriceSource = ReasonPeriod, s.source
	if whole == nil {
		amount = alone
	} else if len(whole.kept) > 0 || len(whole.gaps) > 1 {
		l.Reason = ReasonCompletes
	}
	if amount != alone {
		cost, _ := e.cost(s, s.Period)
		l.Whole = &Share{Cost: m.amount(cost), Before: m.amount(cost - amount)}
	}
	l.Amount = m.amount(amount)
	e.identify(l)
	return nil
}

// creditEntry emits the CREDITs of one billed line (rule 21).
func (e *engine) creditEntry(sd *side, en *entry) {
	b := en.block
	net, m := en.net-en.given, e.moneyOf(b)
	for i, p := range en.removed {
		months := e.monthsOf(b, p)
		alone, _ := m.cost(b.Units, b.Price, months)
		l := e.line(sd, Credit, e.currencyOf(b), m)
		l.BillTo, l.Product, l.Period = b.BillTo, b.Product, p
		l.Units, l.UnitPrice, l.Months = b.Units, b.Price, months
		l.Recurrence, l.Anchor, l.FullMonth, l.PolicyFrom = b.Recurrence, b.Anchor, b.FullMonth, b.Policy
		l.Reason, l.PriceSource = e.reason(sd, b, p), b.priceSource()
		l.Amount = m.amount(-en.back[i])
		if en.back[i] != alone {
			l.Whole = &Share{Cost: m.amount(net - en.back[i]), Before: m.amount(net)}
		}
		net -= en.back[i]
		l.CorrectsLine = LineID(Identity{
			sd.ledger, e.account.Employee, sd.source.ID, b.Product, b.BillTo, en.period, Charge, b.Revision,
		})
		e.identify(l)
	}
}

// line appends a line with what all lines of the side share.
func (e *engine) line(sd *side, k Kind, currency string, m money) *Line {
	if len(e.lines) == cap(e.lines) {
		e.makeRoom()
	}
	n := len(e.lines)
	e.lines = e.lines[:n+1] // the room is empty: a line is large to make beside it and copy
	l := &e.lines[n]
	l.Kind, l.Ledger, l.Employee, l.Source, l.Text = k, sd.ledger, e.account.Employee, sd.source.ID, sd.source.Text
	l.Currency, l.Scale = currency, m.scale
	return l
}

// makeRoom finds room for one more line: at first for one of each source and ledger,
// which is what most runs make and what the caller gets as it is; for more, the room
// that is used again. A catch-up of years that grew its lines from nothing would
// copy them for every doubling, and the copies were most of its garbage.
func (e *engine) makeRoom() {
	switch {
	case e.lines == nil:
		e.lines = make([]Line, 0, len(e.account.Sources)*len(e.policy.Ledgers))
	case !e.many:
		e.many, e.lines = true, append(e.room, e.lines...)
	}
	e.lines = slices.Grow(e.lines, 1)
}

// rating is the policy that rated a billed line.
func (e *engine) rating(b *Block) *Policy { return e.policy.on(b.Policy) }

// monthsOf is the length of days of a billed line; none for a one-off.
func (e *engine) monthsOf(b *Block, p Period) Ratio {
	return b.months(e.rating(b).Proration, p)
}

// currencyOf is the currency of a billed line.
func (e *engine) currencyOf(b *Block) string {
	switch {
	case b.Currency != "":
		return b.Currency
	case e.account.Currency != "":
		return e.account.Currency
	}
	return e.policy.Currency
}

// moneyOf is how amounts of a billed line are rounded.
func (e *engine) moneyOf(b *Block) money { return e.rating(b).money(e.currencyOf(b)) }

// identify sets revision and id, once everything else is known (rule 23).
func (e *engine) identify(l *Line) {
	l.Revision = e.account.Billed.revision(Spent{
		l.Kind, l.Source, l.Ledger, l.Product, l.BillTo, l.Period.From, l.Period.To, 0,
	})
	l.ID = LineID(l.Identity())
}

package billing

import "slices"

// oneOffs bills products without recurrence: once, when their start is reached,
// never prorated, and never again however the start moves (rule 10).
func (e *engine) oneOffs(sd *side, services []service) error {
	if e.rerating != nil {
		return e.rerateOnce(sd, services)
	}
	for i := range services {
		sv := &services[i]
		if sv.recurrence != None || e.asOf < sv.From || !e.policy.on(sv.From).keeps(sd.ledger) || e.oneOffDone(sd, sv) {
			continue
		}
		t, err := e.termsOn(sv, sd.ledger, sv.From)
		if err != nil {
			return err
		}
		if t.nothing(sv.policy) {
			continue
		}
		s := span{Period{sv.From, sv.From + 1}, t, sv, nil}
		seg, err := e.segment(sd, &s, s.Period)
		if err != nil {
			return err
		}
		if err := e.chargeOnce(sd, &seg); err != nil {
			return err
		}
	}
	e.creditOneOffs(sd, services)
	return nil
}

// oneOffDone reports whether the product was billed already, here or elsewhere,
// or voided.
func (e *engine) oneOffDone(sd *side, sv *service) bool {
	return sd.once(sv) != nil ||
		e.account.Billed.waivedOnce(sd.source.ID, sd.ledger, sv.product) || sv.of.billedElsewhere(sv.From)
}

// once is the line with which a product was billed once, if it was: in the same
// rental, wherever its start has moved.
func (sd *side) once(sv *service) *Block {
	for i := range sd.blocks {
		if b := &sd.blocks[i]; b.oneOff() && b.Product == sv.product && sv.mayHaveMade(b) {
			return b
		}
	}
	return nil
}

// mayHaveMade reports whether a line that was billed once belongs to the service's
// rental.
func (sv *service) mayHaveMade(b *Block) bool {
	return b.From >= sv.after && (sv.before == 0 || b.From < sv.before)
}

// billedElsewhere reports whether what is billed once on the day was billed
// before its bills were ours.
func (s *Source) billedElsewhere(d Date) bool {
	until := s.InvoicedUntil
	return until != 0 && (until >= d || until >= s.InvoicedFrom && s.InvoicedFrom != 0)
}

func (e *engine) chargeOnce(sd *side, seg *segment) error {
	m := seg.money()
	amount, ok := m.cost(seg.units, seg.price, Ratio{})
	if !ok {
		return tooLarge(seg.sv.product, seg.Period)
	}
	l := e.line(sd, Charge, seg.currency, m)
	l.BillTo, l.Product, l.Period = seg.payer, seg.sv.product, seg.Period
	l.Units, l.UnitPrice, l.Included, l.segment = seg.units, seg.price, seg.included, seg.From
	l.Recurrence, l.Reason, l.PriceSource, l.PolicyFrom = None, ReasonOneOff, seg.source, seg.sv.policy.since
	l.Amount = m.amount(amount)
	e.identify(l)
	return nil
}

// creditOneOffs takes back what was billed once for a service that is cancelled
// at or before its start (policy oneOffCredit).
func (e *engine) creditOneOffs(sd *side, services []service) {
	for i := range sd.blocks {
		b := &sd.blocks[i]
		if e.cancelled(b, services) {
			e.takeOnce(sd, b)
		}
	}
}

// takeOnce credits what is left of a line that was billed once.
func (e *engine) takeOnce(sd *side, b *Block) {
	p := b.days()
	en := entry{block: b, period: p, net: e.moneyOf(b).minor(b.Net), given: e.moneyOf(b).minor(b.Given),
		removed: b.covered(nil, p)}
	e.takeAll(&en)
	e.creditEntry(sd, &en)
}

// cancelled reports whether the block was billed once and is to be taken back,
// since its product is not served any more (policy oneOffCredit).
func (e *engine) cancelled(b *Block, services []service) bool {
	return b.oneOff() && e.policy.on(b.From).OneOffCredit &&
		!slices.ContainsFunc(services, func(sv service) bool { return sv.product == b.Product && sv.mayHaveMade(b) })
}

// cancels reports whether anything that was billed once is to be taken back.
func (e *engine) cancels(sd *side, services []service) bool {
	for i := range sd.blocks {
		if e.cancelled(&sd.blocks[i], services) {
			return true
		}
	}
	return false
}

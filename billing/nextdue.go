package billing

// NextDue is the next local day on which [Account.Due] could emit a line if
// nothing changes, computed from the grid of periods and not from what was
// invoiced last. It is asOf when something is due already, credits included, and
// 0 when nothing ever will be. An account that cannot be computed is due at
// once: the run holds it with its reason.
func (a *Account) NextDue(c Catalog, p *Policy, asOf Date) Date {
	e := a.engine(c, p, asOf)
	defer e.done()
	var next Date
	err := e.each(func(sd *side, services []service) error {
		if e.pending(sd) || e.cancels(sd, services) {
			next = asOf
		}
		for i := range services {
			if next == asOf {
				return nil
			}
			next = earlier(next, e.upcoming(sd, &services[i]))
		}
		return nil
	})
	if err != nil {
		return asOf
	}
	return next
}

// pending reports whether desired and billed differ.
func (e *engine) pending(sd *side) bool {
	if rest, ok := e.settled(sd); ok {
		return !rest.Empty()
	}
	if len(sd.spans) == 0 && len(sd.blocks) == 0 {
		return false
	}
	e.gap = e.gaps(e.gap[:0], sd)
	return len(e.gap) > 0 || len(e.removals(nil, sd)) > 0
}

// upcoming is the day on which the service's next line becomes due.
func (e *engine) upcoming(sd *side, sv *service) Date {
	if sv.recurrence == None {
		return e.upcomingOnce(sd, sv)
	}
	after, opens := sv.cover, Date(0)
	billed := e.open(sd, sv)
	if after.From = max(after.From, billed.To); !sv.policy.keeps(sd.ledger) {
		if after.From = e.policy.ledgerFrom(sd.ledger, after.From); after.From == 0 {
			return 0
		}
		opens = e.policy.ledgerSince(sd.ledger, after.From)
	}
	if after.Empty() {
		return 0
	}
	// A price that is missing ahead holds the account when its day has come, and not
	// before: until then it would be due in vain every day.
	ahead := side{source: sd.source, ledger: sd.ledger, services: sd.services, blocks: sd.blocks}
	ahead.spans = e.spans(e.ahead[:0], sv, sd.ledger, after)
	e.ahead = ahead.spans
	e.exclude(&ahead)
	if len(ahead.spans) == 0 {
		return 0
	}
	d := ahead.spans[0].From
	if sv.policy.BillingMode == InArrears {
		return max(e.asOf, earlier(sv.grid.period(d).To, sv.To), opens)
	}
	return max(e.asOf, sv.begins(d), opens)
}

// upcomingOnce is upcoming for a product billed once (rule 10).
func (e *engine) upcomingOnce(sd *side, sv *service) Date {
	if !e.policy.on(sv.From).keeps(sd.ledger) || e.oneOffDone(sd, sv) {
		return 0
	}
	// A price that is missing holds the account when it is due, as above.
	if t, err := e.termsOn(sv, sd.ledger, sv.From); err == nil && t.nothing(sv.policy) {
		return 0
	}
	return max(sv.From, e.asOf)
}

package billing

import "fmt"

// Rerating asks for a period of one source to be rated again, after a mistake in
// the catalogue: it is the one way in which a changed price reaches lines that
// were made (rule 17).
type Rerating struct {
	Source string
	// Period is closed. A natural period that it touches is rated again whole,
	// since one catalogue price holds for all of it.
	Period        Period
	Reason, Actor string
}

// reaches reports whether the line is rated again.
func (r *Rerating) reaches(b *Block) bool {
	if b.oneOff() {
		return b.days().overlaps(r.Period)
	}
	return b.grid().period(b.From).overlaps(r.Period)
}

// Rerate credits the lines of a source in a period and charges their days again
// at the prices that the catalogue, as it is known now, gives for those days.
// Lines that come out the same stay. What else is due of the source by asOf
// should have been billed before, or it is among the lines. The error is a
// *[Held] where a price is missing.
func (a *Account) Rerate(c Catalog, p *Policy, asOf Date, r Rerating) ([]Line, error) {
	if r.Reason == "" || r.Actor == "" {
		return nil, fmt.Errorf("billing: rerate: %w", errNoReason)
	}
	e := a.engine(c, p, asOf)
	defer e.done()
	e.only, e.rerating = r.Source, &r
	due, err := e.run()
	return signed(due.Lines, r.Reason, r.Actor), err
}

// signed notes on lines why and by whom they were asked for.
func signed(lines []Line, reason, actor string) []Line {
	for i := range lines {
		lines[i].Reason, lines[i].Actor = reason, actor
	}
	return lines
}

// rerateOnce is Rerate for products that are billed once: the line is taken back
// and made again where its terms are others now. No run would do so (rule 10).
func (e *engine) rerateOnce(sd *side, services []service) error {
	for i := range services {
		sv := &services[i]
		if sv.recurrence != None {
			continue
		}
		b := sd.once(sv)
		if b == nil || !e.rerating.reaches(b) {
			continue
		}
		t, err := e.termsOn(sv, sd.ledger, sv.From)
		if err != nil {
			return err
		}
		s := span{Period{sv.From, sv.From + 1}, t, sv, nil}
		seg, err := e.segment(sd, &s, s.Period)
		if err != nil {
			return err
		}
		if b.Units == seg.units && b.Price == seg.price && b.BillTo == seg.payer {
			continue
		}
		e.takeOnce(sd, b)
		if t.nothing(sv.policy) {
			continue
		}
		if err := e.chargeOnce(sd, &seg); err != nil {
			return err
		}
	}
	return nil
}

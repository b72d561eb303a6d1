package worker

import (
	"tenure/domain"
	"tenure/internal/history"
	"tenure/internal/store"
)

// handle brings one item to its outcome. An error is a fault of the program that this item brings out.
func (b *batch) handle(it *item) error {
	b.world.Now = b.owner.decisionTime(it, b.world.Now)
	switch {
	case it.forward != nil:
		return nil
	case it.parkAs != "":
		return b.parkMessage(it)
	}
	if known, ok := b.answered(it); ok {
		a, err := it.repeated(known)
		if err != nil {
			return err
		}
		return b.publish(it, a, false)
	}
	if b.waits(it.stream) {
		it.parkWith(reasonQueued, "an earlier command of this subject is parked")
		return b.parkMessage(it)
	}
	s, err := b.subject(it.stream)
	if err != nil {
		return err
	}
	return b.decide(s, it)
}

// answered is the final outcome that the command has already.
func (b *batch) answered(it *item) (store.Outcome, bool) {
	known, ok := b.final[it.key]
	if !ok {
		known, ok = b.known.Outcomes[it.key]
	}
	return known, ok
}

// waits reports whether a subject is parked. It does not read the state, which may be what is broken.
func (b *batch) waits(stream string) bool {
	if s, ok := b.subjects[stream]; ok {
		return s.row.Parked
	}
	return b.known.Subjects[stream].Parked
}

// decide applies to a subject what time has done to it by now, then the command itself.
func (b *batch) decide(s *subject, it *item) error {
	if trap := b.owner.trap; trap != nil {
		if err := trap(it.env.Type, it.id); err != nil {
			return err
		}
	}
	return b.decideNow(s, it)
}

// decideNow decides what time has done to the subject, then the command.
func (b *batch) decideNow(s *subject, it *item) error {
	s.last = int(b.progress.Load())
	b.world.Actor, b.world.Number = it.actor, b.owner.number(b.write.LastNumber+1)
	b.world.CommandID = it.stream + "/" + it.id
	b.world.LoginTaken, b.world.Result = it.loginTaken, it.result
	b.world.Document, b.world.Booked = it.document, it.booked
	if err := b.record(s, s.state.Advance(b.world), cause{}); err != nil {
		return err
	}
	if it.refused == nil {
		it.refused = it.untimely(b.ageTime(), b.owner.businessTime())
	}
	if it.refused == nil {
		it.refused = it.outside(b.world.Catalog)
	}
	if it.refused != nil {
		return b.reject(it, it.refused)
	}
	warnings := domain.Warnings(s.state, it.command, b.world)
	decided, err := s.state.Decide(it.command, b.world)
	if refused, ok := domain.AsRejection(err); ok {
		if it.notYet(refused) {
			return &notYetError{at: s.last, why: refused.Message}
		}
		return b.reject(it, refused)
	}
	if err != nil {
		return err
	}
	all, err := encode(decided)
	if err != nil {
		return err
	}
	if refused := all.unfit(); refused != nil {
		return b.reject(it, refused)
	}
	by := cause{command: it.id, actor: history.WithTrace(it.actorRaw, it.span.Traceparent)}
	if err := b.recordEncoded(s, all, by); err != nil {
		return err
	}
	a := it.outcome(domain.StatusApplied)
	a.Warnings = warnings
	for _, e := range decided {
		a.Events = append(a.Events, e.EventType())
	}
	a.Position = position(b.owner.claim.Shard, b.head())
	return b.publish(it, a, true)
}

// number makes the employee's integer number: unique over all shards, and kept in an event so that a rebuild gives the
// same.
func (o *owner) number(counter int64) int64 {
	return counter*store.PartitionsMax + int64(o.claim.Shard.Partition())
}

func (b *batch) reject(it *item, refused *domain.Rejection) error {
	a := it.outcome(domain.StatusRejected)
	a.Error = refused
	return b.publish(it, a, true)
}

// publish adds an outcome to the write, from where the relay publishes it.
func (b *batch) publish(it *item, a domain.Outcome, final bool) error {
	o, err := b.stored(it, a, final)
	if err != nil {
		return err
	}
	if final {
		b.final[it.key] = o
	}
	b.write.Outcomes = append(b.write.Outcomes, o)
	b.owner.Observer.Outcome(int32(b.owner.claim.Shard), a.Status)
	return nil
}

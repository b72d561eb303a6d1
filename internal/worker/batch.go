package worker

import (
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/history"
	"tenure/internal/store"
)

// batch is one attempt at a transaction: the decisions so far, and the write that they make. An attempt that fails is
// thrown away whole, and the next one begins from what the database says.
type batch struct {
	owner    *owner
	world    domain.World
	known    store.Known
	subjects map[string]*subject
	order    []*subject // as first seen, so that the write does not depend on a map
	answered map[uuid.UUID]store.Outcome
	asOf     billing.Date // business date of the run that bills; 0 outside of runs
	write    store.Write
	at       atomic.Int64 // which item is being decided, for whoever watches
	given    atomic.Bool  // up: a decision does not end, and nobody waits for the batch any more
}

// subject is a stream's state in a batch.
type subject struct {
	stream  string
	state   domain.Subject
	row     store.Subject
	touched bool
	sealed  bool  // parked as it stands: nothing reads or writes its state
	last    *item // the last command that was decided on it
}

func (o *owner) newBatch(known store.Known, catalog *domain.Catalog, now time.Time) *batch {
	version := catalog.Version
	if o.claim.Shard == store.CatalogShard {
		catalog = catalog.Clone() // its own commands build on each other within the batch
		version = anyCatalog      // the fence compares the head already
	}
	return &batch{
		owner: o, known: known, subjects: map[string]*subject{}, answered: map[uuid.UUID]store.Outcome{},
		world: domain.World{Now: now, Catalog: catalog, Policy: o.Policy, DeletionsHalted: known.DeletionsHalted},
		write: store.Write{DecidedAt: now, CatalogVersion: version, LastNumber: o.claim.LastNumber},
	}
}

// anyCatalog tells the store not to compare the catalogue's version.
const anyCatalog = -1

// subject finds the state of a stream, folded so far.
func (b *batch) subject(stream string) (*subject, error) {
	if s, ok := b.subjects[stream]; ok {
		return s, nil
	}
	return b.add(stream, b.known.Subjects[stream])
}

func (b *batch) add(stream string, row store.Subject) (*subject, error) {
	state, err := subjectOf(stream, row, json.Unmarshal)
	if err != nil {
		return nil, err
	}
	row.Stream = stream
	s := &subject{stream: stream, row: row, state: state}
	b.subjects[stream] = s
	b.order = append(b.order, s)
	return s, nil
}

// seal parks a subject on which time or a run failed. There is no message that could wait in its queue, so a row under its
// own name stands for it: what holds a stream must be seen, and be taken away by whoever frees it.
func (b *batch) seal(row store.Subject, why string) *subject {
	detail := "time failed on it: " + why
	if b.asOf != 0 {
		detail = "the run of " + b.asOf.String() + " failed on it: " + why
	}
	b.write.Parked = append(b.write.Parked, store.Parked{
		Topic: row.Stream, Partition: b.owner.claim.Shard.Partition(), Offset: b.owner.claim.NextOffset, Shard: b.owner.claim.Shard,
		Stream: row.Stream, Reason: reasonFailed, Detail: detail, Headers: []byte("[]"), At: b.world.Now, State: store.StateParked, Holds: true,
	})
	b.owner.Observer.Parked(int32(b.owner.claim.Shard), reasonFailed)
	return b.shut(row)
}

// shut parks a subject without looking at its state, which may be what is broken.
func (b *batch) shut(row store.Subject) *subject {
	s, ok := b.subjects[row.Stream]
	if !ok {
		s = &subject{stream: row.Stream, row: row}
		b.subjects[row.Stream] = s
		b.order = append(b.order, s)
	}
	s.row.Parked, s.touched, s.sealed = true, true, s.state == nil
	return s
}

// cause is what an event is written with.
type cause struct {
	command string
	run     string
	actor   []byte
}

// record takes decided events into the state and the write.
func (b *batch) record(s *subject, decided []events.Event, by cause) error {
	for _, e := range decided {
		raw, err := events.Encode(e)
		if err != nil {
			return err
		}
		login := domain.LoginOf(s.state)
		s.state.Evolve(e)
		b.followLogin(s, login)
		s.row.Version++
		s.touched = true
		b.write.Events = append(b.write.Events, store.Event{
			Stream: s.stream, Version: s.row.Version, Type: e.EventType(), At: b.world.Now,
			CommandID: by.command, RunID: by.run, Actor: by.actor, Payload: raw,
		})
		if err := b.follow(s, e); err != nil {
			return err
		}
	}
	return nil
}

// follow does what some events mean to the write besides themselves.
func (b *batch) follow(s *subject, e events.Event) error {
	switch e := e.(type) {
	case events.EmployeeCreated:
		b.write.LastNumber++
	case events.EmployeeInvoiced:
		return cover(&s.row, e.Lines)
	case events.RunShardOpened:
		manifest, err := manifestOf(e)
		if err != nil {
			return err
		}
		b.write.OpenRuns = append(b.write.OpenRuns, store.RunShard{
			Run: e.Run, Shard: b.owner.claim.Shard, BusinessDate: e.BusinessDate, Manifest: manifest, State: "open",
		})
	}
	if err := b.followControl(s, e); err != nil {
		return err
	}
	if b.owner.claim.Shard == store.CatalogShard {
		b.world.Catalog.Fold(events.Recorded{Stream: s.stream, Position: b.head(), Event: e})
	}
	return nil
}

// head is the position of the last event of the batch.
func (b *batch) head() int64 { return b.owner.claim.Head + int64(len(b.write.Events)) }

// take decides one item. An error is a fault of ours that this item brought out, except where it says otherwise.
func (b *batch) take(it *item) error {
	switch {
	case it.moved:
		return nil
	case it.parkAs != "":
		return b.park(it)
	}
	known, ok := b.answered[it.key]
	if !ok {
		known, ok = b.known.Outcomes[it.key]
	}
	if ok {
		a, err := it.again(known)
		if err != nil {
			return err
		}
		return b.reply(it, a, false)
	}
	if b.waits(it.stream) {
		it.park(reasonQueued, "an earlier command of this subject is parked")
		return b.park(it)
	}
	s, err := b.subject(it.stream)
	if err != nil {
		return err
	}
	return b.decide(s, it)
}

// waits tells whether a subject is parked. Its state is not looked at: that may be what is broken.
func (b *batch) waits(stream string) bool {
	if s, ok := b.subjects[stream]; ok {
		return s.row.Parked
	}
	return b.known.Subjects[stream].Parked
}

// decide answers a command: first what time has done to the subject by now, then the command itself.
func (b *batch) decide(s *subject, it *item) error {
	s.last = it
	b.at.Add(0) // whoever gives up on this decision sees all that was read of the item before it
	b.world.Actor, b.world.Number = it.actor, b.owner.number(b.write.LastNumber+1)
	b.world.LoginTaken = it.loginTaken
	if trap := b.owner.trap; trap != nil {
		if err := trap(it.env.Type, it.id); err != nil {
			return err
		}
	}
	if err := b.record(s, s.state.Advance(b.world), cause{}); err != nil {
		return err
	}
	if it.refused == nil {
		it.refused = it.untimely(time.Now())
	}
	if it.refused != nil {
		return b.reject(it, it.refused)
	}
	warnings := domain.Warnings(s.state, it.command, b.world)
	decided, err := s.state.Decide(it.command, b.world)
	if refused, ok := domain.AsRejection(err); ok {
		return b.reject(it, refused)
	}
	if err != nil {
		return err
	}
	if err := b.record(s, decided, cause{command: it.id, actor: history.WithTrace(it.actorRaw, it.span.Traceparent)}); err != nil {
		return err
	}
	a := it.answer(domain.StatusApplied)
	a.Warnings = warnings
	for _, e := range decided {
		a.Events = append(a.Events, e.EventType())
	}
	a.Position = position(b.owner.claim.Shard, b.head())
	return b.reply(it, a, true)
}

// number makes the employee's integer number: unique over all shards, and told by an event so that a rebuild gives the same.
func (o *owner) number(counter int64) int64 {
	return counter*store.PartitionsMax + int64(o.claim.Shard.Partition())
}

func (b *batch) reject(it *item, refused *domain.Rejection) error {
	a := it.answer(domain.StatusRejected)
	a.Error = refused
	return b.reply(it, a, true)
}

func (b *batch) reply(it *item, a domain.Outcome, final bool) error {
	o, err := b.outcome(it, a, final)
	if err != nil {
		return err
	}
	if final {
		b.answered[it.key] = o
	}
	b.write.Outcomes = append(b.write.Outcomes, o)
	b.owner.Observer.Outcome(int32(b.owner.claim.Shard), a.Status)
	return nil
}

// park keeps the message as it came. One that our fault or a conflict stopped parks its subject: what comes later for her
// queues behind it, and everybody else goes on.
func (b *batch) park(it *item) error {
	kept, err := b.kept(it)
	if err != nil {
		return err
	}
	b.write.Parked = append(b.write.Parked, kept)
	b.owner.Observer.Parked(int32(b.owner.claim.Shard), it.parkAs)
	if it.parkAs == reasonBroken || it.parkAs == reasonConflict {
		row := b.known.Subjects[it.stream]
		row.Stream = it.stream
		if _, err := b.subject(it.stream); err != nil && row.Version == 0 {
			return err // there is no subject that could be parked
		}
		b.shut(row)
	}
	if it.id == "" || it.row != nil && it.row.CommandID == it.id {
		return nil // nobody can ask for its outcome, or it was told already
	}
	a := it.answer(domain.StatusParked)
	a.Reason = it.parkAs
	return b.reply(it, a, false)
}

// kept is the row of a parked message: a new one, or the one that it has.
func (b *batch) kept(it *item) (store.Parked, error) {
	var p store.Parked
	if it.row != nil {
		p = *it.row
	} else {
		headers, err := json.Marshal(it.msg.Headers)
		if err != nil {
			return p, fmt.Errorf("worker: headers of %s/%d@%d: %w", it.msg.Topic, it.msg.Partition, it.msg.Offset, err)
		}
		p = store.Parked{
			Topic: it.msg.Topic, Partition: it.msg.Partition, Offset: it.msg.Offset, Shard: b.owner.claim.Shard,
			Key: it.msg.Key, Value: it.msg.Value, Headers: headers, At: b.world.Now,
		}
	}
	p.Stream, p.CommandID, p.Reason, p.Detail, p.State = it.stream, it.id, it.parkAs, it.detail, store.StateParked
	switch it.parkAs {
	case reasonBroken, reasonConflict, reasonQueued:
		p.Holds = true
	}
	return p, nil
}

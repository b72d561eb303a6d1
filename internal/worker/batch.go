package worker

import (
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
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
	final    map[uuid.UUID]store.Outcome
	asOf     billing.Date // business date of the run that bills; 0 outside of runs
	write    store.Write
	// discarded is a batch that a plan makes: it is decided like any other, but what nothing reads of it, payloads, the
	// states behind the decision and their rows, is not made. They were two fifths of what a plan costs.
	discarded bool

	progress  atomic.Int64 // index of the item that is being decided, for the watchdog
	abandoned atomic.Bool  // a decision does not end, and nothing waits for the batch any more
}

// subject is a stream's state in a batch.
type subject struct {
	stream  string
	state   domain.Subject
	row     store.Subject
	touched bool
	opaque  bool      // parked as it is: its state, which may be what is broken, is neither read nor written
	last    int       // index of the last item that was decided on it
	decided time.Time // of the last decision on it; zero: the batch's time
}

func (o *owner) newBatch(known store.Known, catalog *domain.Catalog, now time.Time) *batch {
	version := catalog.Version
	if o.claim.Shard == store.CatalogShard {
		catalog = catalog.Clone() // its own commands build on each other within the batch
		version = anyCatalog      // the fence compares the head already
	}
	return &batch{
		owner: o, known: known, subjects: map[string]*subject{}, final: map[uuid.UUID]store.Outcome{},
		world: domain.World{
			Now: now, Catalog: catalog, Policy: catalog.PolicyAt(now, o.Policy),
			DeletionsHalted: known.DeletionsHalted, InvoicingHalted: known.InvoicingHalted,
		},
		write: store.Write{
			DecidedAt: now, CatalogVersion: version, CatalogChain: catalog.Chain, LastNumber: o.claim.LastNumber,
		},
	}
}

// anyCatalog asks the store not to compare the catalogue's version.
const anyCatalog = -1

// subject finds the state of a stream, folded so far.
func (b *batch) subject(stream string) (*subject, error) {
	if s, ok := b.subjects[stream]; ok {
		return s, nil
	}
	return b.add(stream, b.known.Subjects[stream])
}

func (b *batch) add(stream string, row store.Subject) (*subject, error) {
	state, err := subjectOf(stream, row, domain.ReadState)
	if err != nil {
		return nil, err
	}
	row.Stream = stream
	s := &subject{stream: stream, row: row, state: state, last: int(b.progress.Load())}
	b.subjects[stream] = s
	b.order = append(b.order, s)
	return s, nil
}

// cause is what an event is written with.
type cause struct {
	command string
	run     string
	actor   []byte
}

// record takes decided events into the state and the write.
func (b *batch) record(s *subject, decided []events.Event, by cause) error {
	if b.discarded {
		return b.recordEncoded(s, encoded{decided, make([][]byte, len(decided))}, by)
	}
	all, err := encode(decided)
	if err != nil {
		return err
	}
	return b.recordEncoded(s, all, by)
}

// recordEncoded is record of events whose payloads are there.
func (b *batch) recordEncoded(s *subject, decided encoded, by cause) error {
	for i, e := range decided.events {
		names := domain.NamesOf(s.state)
		s.state.Evolve(e)
		b.followNames(s, names)
		s.row.Version++
		s.touched, s.decided = true, b.world.Now
		b.write.Events = append(b.write.Events, store.Event{
			Stream: s.stream, Version: s.row.Version, Type: e.EventType(), At: b.world.Now,
			CommandID: by.command, RunID: by.run, Actor: by.actor, Payload: decided.payloads[i],
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
		return s.row.Bill(e.Lines)
	case events.RunShardOpened:
		manifest, err := manifestOf(e)
		if err != nil {
			return err
		}
		if b.world.Catalog.Policies().Begins(e.BusinessDate) {
			b.write.DueBy = e.BusinessDate
		}
		b.write.OpenRuns = append(b.write.OpenRuns, store.RunShard{
			Run: e.Run, Shard: b.owner.claim.Shard, BusinessDate: e.BusinessDate, Manifest: manifest, State: "open",
		})
	}
	b.write.RunStep = b.write.RunStep || runStep(e)
	if read, ok := seen(e); ok {
		b.write.RunsSeen = append(b.write.RunsSeen, read)
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

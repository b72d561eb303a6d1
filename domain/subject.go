package domain

import (
	"fmt"
	"strings"
	"time"

	"tenure/billing"
	"tenure/contract"
	"tenure/events"
)

// Subject is the state of one stream. Its JSON is what the store keeps as the state. A Subject is not safe for
// concurrent use; decisions do not change it, Evolve does.
type Subject interface {
	// Evolve folds one event in. It assigns and cannot fail.
	Evolve(events.Event)
	// Decide answers a command: events, an error that is a *Rejection, or neither.
	Decide(Command, World) ([]events.Event, error)
	// Advance gives what time has done by w.Now, in the order of the instants.
	Advance(World) []events.Event
	// NextDue is when time acts next on it, apart from invoicing; zero: never.
	NextDue(World) time.Time
	// BillDue is the first local day on which a run could bill it; zero: never.
	BillDue(World) billing.Date
}

// The kinds of streams, as the contract names them. A stream's name is kind/id.
const (
	KindEmployee = contract.KindEmployee
	KindProduct  = contract.KindProduct
	KindCustomer = contract.KindCustomer
	KindReseller = contract.KindReseller
	KindRun      = contract.KindRun
	KindRunShard = contract.KindRunShard
	KindHalt     = contract.KindHalt
	KindDocument = contract.KindDocument
	KindPolicy   = contract.KindPolicy
)

// Stream names the stream of a subject of a kind.
func Stream(kind, id string) string { return kind + "/" + id }

// CanonicalSubject gives the one spelling of the id of a subject of a kind, under which its stream stands. Ids of runs
// and documents are ours and have one spelling only.
func CanonicalSubject(kind, id string) string {
	switch kind {
	case KindEmployee, KindProduct, KindCustomer, KindReseller:
		return CanonicalID(id)
	}
	return id
}

// SplitStream is the inverse of Stream.
func SplitStream(stream string) (kind, id string) {
	kind, id, _ = strings.Cut(stream, "/")
	return kind, id
}

// NewSubject gives the state of a stream before its first event.
func NewSubject(stream string) (Subject, error) {
	kind, id := SplitStream(stream)
	switch kind {
	case KindEmployee:
		return &Employee{ID: id}, nil
	case KindProduct:
		return &Product{ID: id}, nil
	case KindCustomer:
		return &Customer{ID: id}, nil
	case KindReseller:
		return &Reseller{ID: id}, nil
	case KindRun:
		return &Run{ID: id}, nil
	case KindRunShard:
		return &RunShard{ID: id}, nil
	case KindHalt:
		return &Halt{ID: id}, nil
	case KindDocument:
		return &Document{Ref: id}, nil
	case KindPolicy:
		return &Policy{ID: id}, nil
	case KindRepair:
		return &Repairs{ID: id}, nil
	}
	return nil, fmt.Errorf("domain: stream %q is of no known kind", stream)
}

// noTimers is the part of subjects on which time does not act.
type noTimers struct{}

// Advance gives nothing.
func (noTimers) Advance(World) []events.Event { return nil }

// NextDue is never.
func (noTimers) NextDue(World) time.Time { return time.Time{} }

// BillDue is never.
func (noTimers) BillDue(World) billing.Date { return 0 }

package reconcile

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/feed"
	"tenure/internal/history"
	"tenure/internal/relay"
	"tenure/internal/store"
	"tenure/projections"
)

// logPage is how many events are read in one round trip: about a megabyte.
const logPage = 2_000

// ErrNotCompleted says that the run has no control totals yet, or that there is no such run.
var ErrNotCompleted = errors.New("the run is not completed")

// expected is a message that the log says a topic has. A night of a million employees has millions of them, so it is
// small.
type expected struct {
	id     uuid.UUID
	digest uint64
	topic  uint8 // in topics
	met    uint8 // how it was met
}

// How a message was met on its topic.
const (
	metNever   uint8 = iota
	metAltered       // with other content only
	metAlike
)

// expectation is everything that the log holds of a run.
type expectation struct {
	run       string
	router    *relay.Router // makes messages as the relay does
	completed events.RunCompleted
	messages  []expected // by id
	lines     *totals    // of the lines in the log
}

// Completed reads run.completed of a run from the log. The error is ErrNotCompleted where there is none.
func Completed(ctx context.Context, s *store.Store, run string) (events.RunCompleted, error) {
	_, completed, err := ends(ctx, s, run)
	return completed, err
}

// ends reads how a run began and how it ended.
func ends(
	ctx context.Context,
	s *store.Store,
	run string,
) (started events.RunStarted, completed events.RunCompleted, err error) {
	stream := domain.Stream(domain.KindRun, run)
	begin, _, err := history.Find[events.RunStarted](ctx, s, stream)
	if err != nil {
		return started, completed, err
	}
	end, ok, err := history.Find[events.RunCompleted](ctx, s, stream)
	if err == nil && !ok {
		err = fmt.Errorf("reconcile: %s: %w", run, ErrNotCompleted)
	}
	return begin.Event, end.Event, err
}

// expect reads what the log holds of a run.
func expect(ctx context.Context, s *store.Store, run string) (*expectation, error) {
	started, completed, err := ends(ctx, s, run)
	if err != nil {
		return nil, err
	}
	x := &expectation{run: run, router: relay.NewRouter(relay.NewItems(s, catalog.New(s, nil))), completed: completed,
		lines: newTotals()}
	if err := x.ofShards(ctx, s); err != nil {
		return nil, err
	}
	streams, err := documentsOf(ctx, s, run)
	if err != nil {
		return nil, err
	}
	streams = append(streams, domain.Stream(domain.KindRun, run))
	for _, shard := range started.Shards {
		streams = append(streams, domain.Stream(domain.KindRunShard, domain.RunShardID(run, shard)))
	}
	for _, stream := range streams {
		if err := x.ofStream(ctx, s, stream); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(x.messages, func(a, b expected) int { return bytes.Compare(a.id[:], b.id[:]) })
	return x, nil
}

// documentsOf lists the streams of the documents that a run closed.
func documentsOf(ctx context.Context, s *store.Store, run string) (streams []string, err error) {
	for after := ""; ; {
		page, err := projections.DocumentsOfRun(ctx, s, run, after, logPage)
		if err != nil || len(page) == 0 {
			return streams, err
		}
		for _, d := range page {
			streams = append(streams, domain.Stream(domain.KindDocument, d.Ref))
		}
		after = page[len(page)-1].Ref
	}
}

// ofShards reads the lines of the run where they are in the log.
func (x *expectation) ofShards(ctx context.Context, s *store.Store) error {
	announced := int64(0)
	for _, t := range x.completed.Totals {
		announced += t.Lines
	}
	x.messages = make([]expected, 0, announced)
	for _, shard := range x.completed.Shards {
		for at := shard.FirstPosition - 1; at < shard.LastPosition; {
			page, err := s.Events(ctx, store.ShardID(shard.Shard), at, logPage)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				return fmt.Errorf("reconcile: the log of shard %d ends at %d, and %s has lines up to %d: tenure audit",
					shard.Shard, at, x.run, shard.LastPosition)
			}
			if err := x.addLines(page); err != nil {
				return err
			}
			at = page[len(page)-1].Position
		}
	}
	return nil
}

func (x *expectation) addLines(page []store.Event) error {
	for i := range page {
		if page[i].RunID != x.run || page[i].Type != (events.EmployeeInvoiced{}).EventType() {
			continue
		}
		sent, err := x.router.Messages(&feed.Entry{Event: page[i]})
		if err != nil {
			return fmt.Errorf("reconcile: position %d of shard %d: %w", page[i].Position, page[i].Shard, err)
		}
		for _, m := range sent {
			if string(m.Header(headerType)) != events.TypeLine {
				continue // employee.events has the days, and is no part of what is booked
			}
			if err := x.add(m); err != nil {
				return err
			}
			if err := x.lines.add(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// ofStream reads what a stream of the run published: its beginning and end, its shards, its documents as they were
// issued. What follows on a document later belongs to no run.
func (x *expectation) ofStream(ctx context.Context, s *store.Store, stream string) error {
	found, err := s.StreamEvents(ctx, stream, 1)
	if err != nil {
		return err
	}
	for _, e := range found {
		kind, _ := domain.SplitStream(stream)
		if kind == domain.KindDocument && e.Type != (events.DocumentIssued{}).EventType() {
			continue
		}
		sent, err := x.router.Messages(&feed.Entry{Event: e})
		if err != nil {
			return fmt.Errorf("reconcile: %s: %w", stream, err)
		}
		for _, m := range sent {
			if err := x.add(m); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *expectation) add(m bus.Message) error {
	id, err := uuid.ParseBytes(m.Header(headerID))
	topic := slices.Index(topics, m.Topic)
	if err != nil || topic < 0 {
		return fmt.Errorf("reconcile: a message to %s has no place in the proof", m.Topic)
	}
	x.messages = append(x.messages, expected{id: id, digest: digest(m), topic: uint8(topic)})
	return nil
}

// find gives the place of a message that is expected on a topic.
func (x *expectation) find(id uuid.UUID, topic uint8) (int, bool) {
	at, _ := slices.BinarySearchFunc(
		x.messages,
		id,
		func(e expected, id uuid.UUID) int { return bytes.Compare(e.id[:], id[:]) },
	)
	for ; at < len(x.messages) && x.messages[at].id == id; at++ {
		if x.messages[at].topic == topic {
			return at, true
		}
	}
	return 0, false
}

// topics are those that are compared, each ledger's three: lines first, in the order of ledgers.
var topics = slices.Concat(contract.LinesTopics(), contract.DocumentsTopics(), contract.RunsTopics())

// ledgers are those of the topics of lines, in their order.
var ledgers = contract.Ledgers()

// The headers that identify a message. The others may differ between versions of the program, or between the first time
// and a replay.
const (
	headerID       = "ce_id"
	headerType     = "ce_type"
	headerSubject  = "ce_subject"
	headerRun      = "ce_runid"
	headerPosition = "ce_position"
)

// digest is what two messages have in common that are alike.
func digest(m bus.Message) uint64 {
	sum := bus.FingerprintOf(m.Key, m.Header(headerType), m.Header(headerSubject), m.Header(headerRun),
		m.Header(headerPosition), m.Value)
	return binary.BigEndian.Uint64(sum[:])
}

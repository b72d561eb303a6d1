package feed

import (
	"context"

	"github.com/jackc/pgx/v5"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/codec"
	"tenure/internal/store"
)

const (
	// OutcomesName is the name of the relay of outcomes. Its positions are sequences of outcomes.
	OutcomesName = "outcomes"
	// TypeOutcome is the type of the message of an outcome.
	TypeOutcome = "command.outcome.v1"
)

// RelayOutcomes publishes the answers to commands in the order of the commands, as the worker gave them. ce_position is
// shard:sequence of outcomes here.
func RelayOutcomes(s *store.Store, p Publisher, o Observer) Subscriber {
	relay := &outcomes{store: s, publisher: p, observer: o}
	relay.comparison = newComparison(&comparison{
		reader: OutcomesName, topics: []string{bus.EmployeeOutcomes}, store: s, head: relay.Head, expect: relay.expect,
	}, p)
	return relay
}

type outcomes struct {
	store      *store.Store
	publisher  Publisher
	observer   Observer
	comparison *comparison
}

func (r *outcomes) compares() bool { return r.comparison.compares() }

// Name is outcomes.
func (r *outcomes) Name() string { return OutcomesName }

// Head is the last outcome.
func (r *outcomes) Head(h store.Head) int64 { return h.OutcomesHead }

// Take publishes a page of each shard, then moves the checkpoints; see the relay of events for what it looks at first.
func (r *outcomes) Take(ctx context.Context, leases []*store.Lease, limit int) (busy bool, err error) {
	if err := r.comparison.before(ctx, leases); err != nil {
		return false, err
	}
	b := &pgx.Batch{}
	var moves moves
	var messages []bus.Message
	for _, lease := range leases {
		page, last, err := r.expect(ctx, lease.Shard, lease.Position, limit)
		if err != nil && last == lease.Position {
			return false, err
		}
		messages = append(messages, r.comparison.lacking(lease, page)...)
		if last > lease.Position {
			moves.at(b, lease, last)
		}
	}
	if err = publish(ctx, r.publisher, r.observer, messages); err == nil {
		err = moves.commit(ctx, r.store, b)
	}
	if err != nil {
		r.comparison.forget(leases)
		return false, err
	}
	return len(messages) > 0, nil
}

// expect gives the messages of a page and the last sequence that they are of.
func (r *outcomes) expect(ctx context.Context, shard store.ShardID, after int64, limit int) ([]bus.Message, int64, error) {
	page, err := r.store.OutcomesAfter(ctx, shard, after, limit)
	if err != nil {
		return nil, after, err
	}
	messages := make([]bus.Message, 0, len(page))
	for i := range page {
		m := answer(&page[i])
		if err := takeable([]bus.Message{m}); err != nil {
			return messages, after, &Stop{Shard: shard, Position: page[i].Sequence, Reason: StopTooLarge, Err: err}
		}
		messages, after = append(messages, m), page[i].Sequence
	}
	return messages, after, nil
}

// answer is the message of an outcome. One about nobody is keyed by its command, so that it has a partition.
func answer(o *store.Outcome) bus.Message {
	_, subject := domain.SplitStream(o.Stream)
	if subject == "" {
		subject = o.Command.String()
	}
	position := bus.FormatPosition(int32(o.Shard), o.Sequence)
	value, trace := codec.CutTrace(o.Answer)
	return message(bus.EmployeeOutcomes, subject, bus.Envelope{
		ID: outcomeID(o.Command, position).String(), Type: TypeOutcome, Source: source, Subject: subject, Time: o.At,
		CommandID: o.CommandID, CausationID: o.CommandID, Position: position, TraceParent: trace,
		DataSchema: events.SchemaAddress(TypeOutcome),
	}, value)
}

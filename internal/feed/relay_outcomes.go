package feed

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"tenure/domain"
	"tenure/internal/bus"
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
	return &outcomes{store: s, publisher: p, observer: o}
}

type outcomes struct {
	store     *store.Store
	publisher Publisher
	observer  Observer
}

// Name is outcomes.
func (r *outcomes) Name() string { return OutcomesName }

// Head is the last outcome.
func (r *outcomes) Head(h store.Head) int64 { return h.OutcomesHead }

// Take publishes a page of each shard, then moves the checkpoints.
func (r *outcomes) Take(ctx context.Context, leases []*store.Lease, limit int) (busy bool, err error) {
	b := &pgx.Batch{}
	var moves moves
	var messages []bus.Message
	for _, lease := range leases {
		page, err := r.store.OutcomesAfter(ctx, lease.Shard, lease.Position, limit)
		if err != nil {
			return false, err
		}
		messages = slices.Grow(messages, len(page))
		for i := range page {
			messages = append(messages, answer(&page[i]))
		}
		if len(page) > 0 {
			moves.at(b, lease, page[len(page)-1].Sequence)
		}
	}
	if err := publish(ctx, r.publisher, r.observer, messages); err != nil {
		return false, err
	}
	return len(messages) > 0, moves.commit(ctx, r.store, b)
}

// answer is the message of an outcome. One about nobody is keyed by its command, so that it has a partition.
func answer(o *store.Outcome) bus.Message {
	_, subject := domain.SplitStream(o.Stream)
	if subject == "" {
		subject = o.Command.String()
	}
	position := bus.FormatPosition(int32(o.Shard), o.Sequence)
	return message(bus.EmployeeOutcomes, subject, bus.Envelope{
		ID: outcomeID(o.Command, position).String(), Type: TypeOutcome, Source: source, Subject: subject, Time: o.At,
		CommandID: o.CommandID, CausationID: o.CommandID, Position: position,
	}, o.Answer)
}

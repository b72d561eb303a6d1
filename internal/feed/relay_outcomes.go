package feed

import (
	"context"

	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/history"
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
	return relaying(&comparison{
		reader: OutcomesName, topics: []string{contract.EmployeeOutcomes}, store: s, expect: outcomesOf(s),
		head: func(h store.Head) int64 { return h.OutcomesHead },
	}, p, o)
}

// outcomesOf gives the messages of a page and the last sequence that they are of.
func outcomesOf(s *store.Store) func(context.Context, store.ShardID, int64, int) ([]bus.Message, int64, error) {
	return func(ctx context.Context, shard store.ShardID, after int64, limit int) ([]bus.Message, int64, error) {
		page, err := s.OutcomesAfter(ctx, shard, after, limit)
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
}

// answer is the message of an outcome. One about nobody is keyed by its command, so that it has a partition.
func answer(o *store.Outcome) bus.Message {
	_, subject := domain.SplitStream(o.Stream)
	if subject == "" {
		subject = o.Command.String()
	}
	position := bus.FormatPosition(int32(o.Shard), o.Sequence)
	value, trace := history.CutTrace(o.Answer)
	return message(contract.EmployeeOutcomes, subject, bus.Envelope{
		ID: outcomeID(o.Command, position).String(), Type: TypeOutcome, Source: source, Subject: subject, Time: o.At,
		CommandID: o.CommandID, CausationID: o.CommandID, Position: position, TraceParent: trace,
		DataSchema: events.SchemaAddress(TypeOutcome),
	}, value)
}

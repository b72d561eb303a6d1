package relay

import (
	"context"

	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/history"
	"tenure/internal/store"
)

// outcomesRelay is the relay of outcomes: it publishes them in the order of the commands, as the worker wrote them.
// ce_position is shard:sequence of outcomes here.
func outcomesRelay(s *store.Store, p Publisher, o Observer) feed.Subscriber {
	return newRelay(&tailCheck{
		reader: feed.OutcomesName, topics: []string{contract.EmployeeOutcomes}, store: s, expect: outcomesOf(s),
		head: func(h store.Head) int64 { return h.OutcomesHead },
	}, p, o)
}

// outcomesOf returns the messages of a page and the last place that they are of.
func outcomesOf(s *store.Store) expected {
	return func(
		ctx context.Context, shard store.ShardID, after store.Place, limit int,
	) ([]bus.Message, store.Place, error) {
		page, err := s.OutcomesBehind(ctx, shard, after, limit)
		if err != nil {
			return nil, after, err
		}
		messages := make([]bus.Message, 0, len(page))
		for i := range page {
			m := MessageOf(&page[i])
			if err := publishable([]bus.Message{m}); err != nil {
				return messages, after, &feed.Stop{Shard: shard, Position: page[i].Sequence, Reason: stopTooLarge, Err: err}
			}
			messages, after = append(messages, m), page[i].Place()
		}
		return messages, after, nil
	}
}

// MessageOf is the message of an outcome. One without a subject is keyed by its command, so that it has a partition.
func MessageOf(o *store.Outcome) bus.Message {
	_, subject := domain.SplitStream(o.Stream)
	if subject == "" {
		subject = o.Command.String()
	}
	position := bus.FormatPosition(int32(o.Shard), o.Sequence)
	value, trace := history.CutTrace(o.Answer)
	return message(contract.EmployeeOutcomes, subject, bus.Envelope{
		ID: outcomeID(o.Command, position).String(), Type: contract.TypeOutcome, Source: source, Subject: subject, Time: o.At,
		CommandID: o.CommandID, CausationID: o.CommandID, Position: position, TraceParent: trace,
		DataSchema: events.SchemaAddress(contract.TypeOutcome),
	}, value)
}

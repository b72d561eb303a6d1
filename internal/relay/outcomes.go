package relay

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

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
		reader: feed.OutcomesName, topics: contract.OutcomeTopics(), store: s, expect: outcomesOf(s),
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
			m, err := MessageOf(&page[i])
			if err == nil {
				err = publishable([]bus.Message{m})
			}
			if err != nil {
				return messages, after, &feed.Stop{Shard: shard, Position: page[i].Sequence, Reason: stopTooLarge, Err: err}
			}
			messages, after = append(messages, m), page[i].Place()
		}
		return messages, after, nil
	}
}

// MessageOf is the message of an outcome, or of the notice of a parked message. The error is that of an answer which is
// not what it should be.
func MessageOf(o *store.Outcome) (bus.Message, error) {
	if o.DeadLetter() {
		return deadLetter(o)
	}
	_, subject := domain.SplitStream(o.Stream)
	if subject == "" {
		subject = o.Command.String() // so that it has a partition
	}
	value, trace := history.CutTrace(o.Answer)
	e := envelopeOf(o, contract.TypeOutcome, subject)
	e.CommandID, e.CausationID, e.TraceParent = o.CommandID, o.CommandID, trace
	return message(contract.EmployeeOutcomes, subject, e, value), nil
}

// deadLetter has the key of the parked message, or where it has none that can be written, its place.
func deadLetter(o *store.Outcome) (bus.Message, error) {
	var letter contract.DeadLetter
	if err := json.Unmarshal(o.Answer, &letter); err != nil {
		return bus.Message{}, fmt.Errorf("relay: dead letter %d of shard %d: %w", o.Sequence, o.Shard, err)
	}
	place := fmt.Sprintf("%s/%d/%d", letter.Topic, letter.Partition, letter.Offset)
	subject := cmp.Or(letter.Subject, letter.Key, place)
	e := envelopeOf(o, contract.TypeDeadLetter, subject)
	e.CommandID, e.CausationID = letter.Command, letter.Command
	return message(contract.DeadLetters, cmp.Or(letter.Key, subject), e, o.Answer), nil
}

func envelopeOf(o *store.Outcome, kind, subject string) bus.Envelope {
	position := bus.FormatPosition(int32(o.Shard), o.Sequence)
	return bus.Envelope{
		ID: outcomeID(o.Command, position).String(), Type: kind, Source: source, Subject: subject, Time: o.At,
		Position: position, DataSchema: events.SchemaAddress(kind),
	}
}

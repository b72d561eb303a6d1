package feed

import (
	"tenure/billing"
	"tenure/internal/bus"
	"tenure/internal/store"
)

// MessagesOf gives the messages of an event as the relay publishes them: the same topics, keys, ids and positions each time.
// The error is a *Stop: this build does not know the event, cannot read it, or has no topic for it.
func MessagesOf(e *Entry) ([]bus.Message, error) {
	if err := e.check(split); err != nil {
		return nil, err
	}
	messages, _, err := routeAll(nil, []*Entry{e})
	return messages, err
}

// MessageOf is the message of an outcome as the relay of outcomes publishes it.
func MessageOf(o *store.Outcome) bus.Message { return answer(o) }

// EventTopics are the topics that events are published to.
func EventTopics() []string { return relayTopics() }

// LedgerOf is the ledger whose amounts a topic of events may carry; what carries none is everybody's, like the customers' ledger.
func LedgerOf(topic string) billing.Ledger {
	for _, of := range []map[billing.Ledger]string{lineTopics, documentTopics, runTopics} {
		for ledger, name := range of {
			if name == topic {
				return ledger
			}
		}
	}
	return billing.Customer
}

// SeveralPerEvent tells that one event may have more than one message on a topic, so that a position names none of them.
func SeveralPerEvent(topic string) bool {
	for _, name := range lineTopics {
		if name == topic {
			return true
		}
	}
	return false
}

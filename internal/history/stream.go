package history

import (
	"context"
	"fmt"
	"iter"

	"tenure/events"
	"tenure/internal/store"
)

// Reader is what holds the log; *store.Store is one.
type Reader interface {
	// StreamEvents reads the events of one stream from a version on, a page of them, oldest first; none: there are no
	// more.
	StreamEvents(ctx context.Context, stream string, fromVersion int32) ([]store.Event, error)
}

// Each yields the events of a stream from a version on, oldest first. It ends after the first error, which it yields.
func Each(ctx context.Context, r Reader, stream string, from int32) iter.Seq2[events.Recorded, error] {
	return func(yield func(events.Recorded, error) bool) {
		for {
			page, err := r.StreamEvents(ctx, stream, from)
			if err != nil {
				yield(events.Recorded{}, err)
				return
			}
			if len(page) == 0 {
				return
			}
			for _, stored := range page {
				recorded, err := Recorded(stored)
				if !yield(recorded, err) || err != nil {
					return
				}
			}
			from = page[len(page)-1].Version + 1
		}
	}
}

// Of reads all events of a stream, oldest first; none where there is no such stream.
func Of(ctx context.Context, r Reader, stream string) ([]events.Recorded, error) {
	return From(ctx, r, stream, 1)
}

// From reads the events of a stream from a version on.
func From(ctx context.Context, r Reader, stream string, version int32) ([]events.Recorded, error) {
	var all []events.Recorded
	for recorded, err := range Each(ctx, r, stream, version) {
		if err != nil {
			return nil, err
		}
		all = append(all, recorded)
	}
	return all, nil
}

// First reads the event with which a stream begins; false where there is no such stream.
func First(ctx context.Context, r Reader, stream string) (events.Recorded, bool, error) {
	for recorded, err := range Each(ctx, r, stream, 1) {
		return recorded, err == nil, err
	}
	return events.Recorded{}, false, nil
}

// Find reads the newest event of a type in a stream; false where there is none.
func Find[T events.Event](ctx context.Context, r Reader, stream string) (found Found[T], ok bool, err error) {
	for recorded, err := range Each(ctx, r, stream, 1) {
		if err != nil {
			return found, false, fmt.Errorf("history: find %s in %s: %w", (*new(T)).EventType(), stream, err)
		}
		if event, is := recorded.Event.(T); is {
			found, ok = Found[T]{Recorded: recorded, Event: event}, true
		}
	}
	return found, ok, nil
}

// Found is an event of a type, with its place in the log.
type Found[T events.Event] struct {
	events.Recorded
	Event T
}

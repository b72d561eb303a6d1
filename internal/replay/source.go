package replay

import (
	"context"
	"slices"
	"time"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/feed"
	"tenure/internal/relay"
	"tenure/internal/store"
)

// record is what stands at one position of the log, with its messages as they were published.
type record struct {
	position int64
	chain    []byte    // with the position its place
	at       time.Time // business time
	stream   string
	messages []bus.Message
}

// source is where a replay reads: events or outcomes.
type source interface {
	// reader is the relay that published it first: what is behind its checkpoint is its business.
	reader() string
	// head is the end of a shard.
	head(h store.Head) int64
	// between narrows a shard to what was written at or after from and before to, where these are not zero, or to more.
	between(ctx context.Context, of store.Span, from, to time.Time) (store.Span, error)
	// page gives the records behind a place, at most limit. None means that there are none.
	page(ctx context.Context, shard store.ShardID, after store.Place, limit int) ([]record, error)
}

// sourceFor gives that of an order.
func sourceFor(s *store.Store, o Request) source {
	if slices.Contains(contract.OutcomeTopics(), o.Topic) {
		return outcomes{s}
	}
	return events{s, feed.NewReader(s), relay.NewRouter(relay.NewItems(s, catalog.New(s, nil)))}
}

type events struct {
	store  *store.Store
	log    *feed.Reader
	router *relay.Router
}

func (events) reader() string { return feed.RelayName }

func (events) head(h store.Head) int64 { return h.Head }

func (e events) between(ctx context.Context, of store.Span, from, to time.Time) (store.Span, error) {
	head := of.Last
	if !from.IsZero() {
		first, err := e.store.PositionSince(ctx, of.Shard, from, head)
		if err != nil {
			return of, err
		}
		of.First = first
	}
	if !to.IsZero() {
		behind, err := e.store.PositionSince(ctx, of.Shard, to, head)
		if err != nil {
			return of, err
		}
		of.Last = behind - 1
	}
	return of, nil
}

func (e events) page(ctx context.Context, shard store.ShardID, after store.Place, limit int) ([]record, error) {
	found, err := e.log.After(ctx, shard, after, limit, nil)
	if err != nil {
		return nil, err
	}
	page := make([]record, len(found))
	for i, entry := range found {
		messages, err := e.router.Messages(entry)
		if err != nil && i > 0 { // what stands before it goes out; the next page begins with it
			return page[:i], nil
		}
		if err != nil {
			return nil, err
		}
		page[i] = record{position: entry.Position, chain: entry.Chain, at: entry.At, stream: entry.Stream, messages: messages}
	}
	return page, nil
}

type outcomes struct{ store *store.Store }

func (outcomes) reader() string { return feed.OutcomesName }

func (outcomes) head(h store.Head) int64 { return h.OutcomesHead }

// between is all of them: outcomes are kept for days only, and each one's time is looked at.
func (outcomes) between(_ context.Context, of store.Span, _, _ time.Time) (store.Span, error) {
	return of, nil
}

func (o outcomes) page(ctx context.Context, shard store.ShardID, after store.Place, limit int) ([]record, error) {
	found, err := o.store.OutcomesAfter(ctx, shard, after.Position, limit)
	if err != nil {
		return nil, err
	}
	page := make([]record, len(found))
	for i := range found {
		one := &found[i]
		m, err := relay.MessageOf(one)
		if err != nil {
			return nil, err
		}
		page[i] = record{position: one.Sequence, chain: one.Chain, at: one.At, stream: one.Stream,
			messages: []bus.Message{m}}
	}
	return page, nil
}

package replay

import (
	"context"
	"fmt"
	"time"

	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/store"
)

// renewals is how often leases are renewed in their time.
const renewals = 4

// steps is how many pages a second of a limited rate is cut into, so that a consumer sees a flow and not a wave each
// second.
const steps = 4

// job is one replay in the hands of one runner.
type job struct {
	*Runner
	row    store.Replay
	order  Request
	owner  string
	ttl    time.Duration
	from   source
	choose choice
	leases map[store.ShardID]*store.Lease
	until  time.Time // when the leases are renewed next
	next   time.Time // when the rate allows the next message
}

// prepare takes the leases and then reads the topic, if it is about what is missing there: what another runner
// published before is seen.
func (j *job) prepare(ctx context.Context) error {
	j.from = sourceFor(j.Store, j.order)
	if err := j.lease(ctx); err != nil {
		return err
	}
	err := j.look(ctx)
	if err != nil {
		j.leave(context.WithoutCancel(ctx))
	}
	return err
}

// look finds out, under the leases, how far the replay is and what is to be published.
func (j *job) look(ctx context.Context) error {
	row, found, err := j.Store.Replay(ctx, j.row.Name)
	if err != nil {
		return err
	}
	if !found {
		return ErrUnknown
	}
	j.row = row
	spans := make([]store.Span, len(row.Shards))
	for i, s := range row.Shards {
		spans[i] = store.Span{Shard: s.Shard, First: s.First, Last: s.Last}
	}
	j.choose, _, err = j.chooser(ctx, j.order, j.from, spans)
	return err
}

// lease takes all shards. A runner that was killed has them for the time of its leases.
func (j *job) lease(ctx context.Context) error {
	for began := j.Clock.Now(); ; {
		got, err := j.held(ctx)
		if err != nil {
			return err
		}
		if len(got) == len(j.row.Shards) {
			j.leases = got
			return nil
		}
		j.leases = got
		j.leave(ctx)
		if j.Clock.Now().Sub(began) > 2*j.ttl {
			return ErrHeld
		}
		if err := j.Clock.Sleep(ctx, j.ttl/renewals); err != nil {
			return err
		}
	}
}

// held takes and renews what it can get.
func (j *job) held(ctx context.Context) (map[store.ShardID]*store.Lease, error) {
	shards := make([]store.ShardID, len(j.row.Shards))
	for i, s := range j.row.Shards {
		shards[i] = s.Shard
	}
	j.until = j.Clock.Now().Add(j.ttl / renewals)
	leases, err := j.Store.Lease(ctx, j.row.Reader(), shards, j.owner, j.ttl)
	got := map[store.ShardID]*store.Lease{}
	for i := range leases {
		leases[i].Outcomes = j.from.reader() == feed.OutcomesName
		got[leases[i].Shard] = &leases[i]
	}
	return got, err
}

// values are the leases themselves.
func values(of map[store.ShardID]*store.Lease) []store.Lease {
	all := make([]store.Lease, 0, len(of))
	for _, l := range of {
		all = append(all, *l)
	}
	return all
}

// leave gives the leases back, so that the next runner need not wait.
func (j *job) leave(ctx context.Context) {
	if len(j.leases) == 0 {
		return
	}
	_ = j.Store.Release(ctx, values(j.leases)...) // what is not given back runs out by itself
}

// run publishes page after page, of each shard in turn, until all are read.
func (j *job) run(ctx context.Context) error {
	for {
		more := false
		for i := range j.row.Shards {
			shard := &j.row.Shards[i]
			if shard.Position >= shard.Last {
				continue
			}
			if err := j.turn(ctx, shard); err != nil {
				return fmt.Errorf("replay: %s: %w", j.row.Name, err)
			}
			more = true
		}
		if !more {
			return j.Store.FinishReplay(ctx, j.row.Name)
		}
	}
}

// turn publishes one page of a shard, once it may, and then moves the checkpoint.
func (j *job) turn(ctx context.Context, shard *store.ReplayShard) error {
	if err := j.mayGoOn(ctx); err != nil {
		return err
	}
	messages, last, err := j.page(ctx, shard)
	if err != nil {
		return err
	}
	if err := j.pace(ctx, len(messages)); err != nil {
		return err
	}
	bytes := int64(0)
	for _, m := range messages {
		bytes += int64(m.Size())
	}
	if len(messages) > 0 {
		if err := j.Publisher.Publish(ctx, messages); err != nil {
			return err
		}
	}
	if err := j.Store.MoveReplay(ctx, j.row, j.leases[shard.Shard], last, int64(len(messages)), bytes); err != nil {
		return err
	}
	shard.Position, shard.Messages, shard.Bytes = last.Position, shard.Messages+int64(len(messages)), shard.Bytes+bytes
	if j.Tell != nil {
		j.Tell(j.row)
	}
	return nil
}

// page reads on in a shard and gives what is to be published of it.
func (j *job) page(ctx context.Context, shard *store.ReplayShard) (messages []bus.Message, last store.Place,
	err error) {
	limit := min(pageMax, shard.Last-shard.Position)
	if j.row.Rate > 0 {
		limit = min(limit, max(j.row.Rate/steps, 1))
	}
	page, err := j.from.page(ctx, shard.Shard, j.place(shard), int(limit))
	if err != nil {
		return nil, store.Place{}, err
	}
	if len(page) == 0 { // outcomes are kept for a time only
		return nil, store.Place{Position: shard.Last}, nil
	}
	for i := range page {
		messages = append(messages, j.choose(shard.Shard, &page[i])...)
	}
	last = store.Place{Position: page[len(page)-1].position, Chain: page[len(page)-1].chain}
	return messages, last, nil
}

// place is where a shard is read on. Before the first page the hash is not known.
func (j *job) place(shard *store.ReplayShard) store.Place {
	if l := j.leases[shard.Shard]; l.Position == shard.Position {
		return l.Place()
	}
	return store.Place{Position: shard.Position}
}

// mayGoOn looks whether an operator paused the replay, and renews the leases when it is time.
func (j *job) mayGoOn(ctx context.Context) error {
	row, found, err := j.Store.Replay(ctx, j.row.Name)
	switch {
	case err != nil:
		return err
	case !found:
		return ErrUnknown
	case row.State == store.ReplayPaused:
		return ErrPaused
	}
	if j.Clock.Now().Before(j.until) {
		return nil
	}
	got, err := j.held(ctx)
	if err != nil {
		return err
	}
	for shard, lease := range j.leases {
		if got[shard] == nil || got[shard].Epoch != lease.Epoch {
			return store.ErrLeaseLost
		}
	}
	return nil
}

// pace waits until the rate allows what is published next, and says from when on the page after it may follow.
func (j *job) pace(ctx context.Context, messages int) error {
	if j.row.Rate == 0 || messages == 0 {
		return nil
	}
	for now := j.Clock.Now(); now.Before(j.next); now = j.Clock.Now() {
		if err := j.Clock.Sleep(ctx, min(j.next.Sub(now), j.ttl/renewals)); err != nil {
			return err
		}
		if err := j.mayGoOn(ctx); err != nil {
			return err
		}
	}
	if now := j.Clock.Now(); j.next.Before(now) {
		j.next = now
	}
	j.next = j.next.Add(time.Duration(messages) * time.Second / time.Duration(j.row.Rate))
	return nil
}

package feed

import (
	"context"
	"errors"
	"slices"
	"time"

	"tenure/internal/store"
)

const (
	// takeMax bounds the events of one step of a lane: a page of 8 000 is folded and written in some 100 ms, and beyond it
	// nothing gets faster.
	takeMax = 8_000
	// shardTakeMin is what each shard gets at least, so that many shards with news do not make tiny pages.
	shardTakeMin = 500
	// slack is how many events more than it knows of a step asks for: those that came since the heads were read. A limit far
	// above what there is would cost its memory.
	slack = 64
	// quietPause lets events gather that a subscriber only steps over: moving a checkpoint for each of them costs a
	// transaction and tells nobody anything.
	quietPause = 150 * time.Millisecond
)

// lane takes pages of its part of a subscriber's shards. Two lanes never have the same shard.
type lane struct {
	keeper *keeper
	index  int
	turn   int // rotates the shards, so that none is always last
}

func (l *lane) run(ctx context.Context) {
	for ctx.Err() == nil {
		known, headsChanged := l.keeper.heads.now()
		news, wake, leasesChanged := l.news(known)
		if len(news) == 0 {
			l.wait(ctx, wake, headsChanged, leasesChanged)
			continue
		}
		if busy := l.step(ctx, news); !busy && l.lag(news) == 0 {
			sleep(ctx, quietPause)
		}
	}
}

// wait waits for news: of the heads, of the leases, or because a shard that failed is due again.
func (l *lane) wait(ctx context.Context, wake time.Time, headsChanged, leasesChanged <-chan struct{}) {
	var due <-chan time.Time
	if !wake.IsZero() {
		timer := time.NewTimer(time.Until(wake))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
	case <-headsChanged:
	case <-leasesChanged:
	case <-due:
	}
}

// news lists the leases that are behind the head, or that a subscriber has to look at first, and may be taken now, marked as
// taken, and when the next one that failed is due.
func (l *lane) news(known map[store.ShardID]store.Head) (news []*holding, wake time.Time, changed <-chan struct{}) {
	k, now := l.keeper, time.Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, h := range k.held {
		switch {
		case h.lane != l.index || h.unsure || now.After(h.until):
		case h.lease.Position >= k.sub.Head(known[id]) && (h.looked || !looksFirst(k.sub)):
		case now.Before(h.retryAt):
			if wake.IsZero() || h.retryAt.Before(wake) {
				wake = h.retryAt
			}
		default:
			news = append(news, h)
		}
	}
	slices.SortFunc(news, func(a, b *holding) int { return int(a.lease.Shard - b.lease.Shard) })
	news = l.rotate(news)
	for _, h := range news {
		h.taking = true
	}
	return news, wake, k.changed
}

// rotate bounds how many shards one step takes.
func (l *lane) rotate(news []*holding) []*holding {
	if most := takeMax / shardTakeMin; len(news) > most {
		l.turn = (l.turn + most) % len(news)
		news = append(news[l.turn:len(news):len(news)], news[:l.turn]...)[:most]
	}
	return news
}

// step takes one page of each shard, together. When that fails each is taken alone, so that one bad shard does not hold up
// the others.
func (l *lane) step(ctx context.Context, news []*holding) (busy bool) {
	defer l.done(news)
	limit := l.limit(news)
	busy, err := l.take(ctx, news, limit)
	if err == nil || ctx.Err() != nil {
		return busy
	}
	if len(news) == 1 {
		l.fail(ctx, news[0], err)
		return true
	}
	for i := range news {
		if _, err := l.take(ctx, news[i:i+1], limit); err != nil && ctx.Err() == nil {
			l.fail(ctx, news[i], err)
		}
	}
	return true
}

// limit is how many events of each shard a step asks for.
func (l *lane) limit(news []*holding) int {
	return int(min(l.lag(news)+slack, int64(max(takeMax/len(news), shardTakeMin))))
}

// lag is how far the shard that is farthest behind is behind.
func (l *lane) lag(of []*holding) (lag int64) {
	known, _ := l.keeper.heads.now()
	for _, h := range of {
		lag = max(lag, l.keeper.sub.Head(known[h.lease.Shard])-h.lease.Position)
	}
	return lag
}

func (l *lane) take(ctx context.Context, news []*holding, limit int) (busy bool, err error) {
	k := l.keeper
	leases := make([]*store.Lease, len(news))
	for i, h := range news {
		leases[i] = &h.lease
	}
	if busy, err = k.sub.Take(ctx, leases, limit); err != nil {
		return busy, err
	}
	known, _ := k.heads.now()
	for _, h := range news {
		h.failures, h.looked = 0, true
		k.observer.FeedAt(k.sub.Name(), int32(h.lease.Shard), h.lease.Position, k.sub.Head(known[h.lease.Shard]))
	}
	return busy, nil
}

// done gives the shards out of hand.
func (l *lane) done(news []*holding) {
	l.keeper.mu.Lock()
	defer l.keeper.mu.Unlock()
	for _, h := range news {
		h.taking = false
	}
}

// fail decides what becomes of a shard on which a step failed: it stands still for ever, is leased anew, or is tried again
// after a pause.
func (l *lane) fail(ctx context.Context, h *holding, err error) {
	k := l.keeper
	var stop *Stop
	if errors.As(err, &stop) {
		l.stop(ctx, h, stop)
		return
	}
	k.mu.Lock()
	h.failures++
	pause := backoff(h.failures)
	h.retryAt = time.Now().Add(pause)
	shard, position := h.lease.Shard, h.lease.Position
	h.taking = false // so that the renewal asked for below may look at it
	h.unsure = true  // the write may have taken effect, or another owner may have gone on
	if errors.Is(err, store.ErrLeaseLost) && k.held[shard] == h {
		k.drop(shard)
	}
	k.mu.Unlock()
	k.hurry()
	if errors.Is(err, store.ErrLeaseLost) {
		k.log.Warn("feed: lease lost", "shard", shard, "position", position)
		return
	}
	k.observer.Retried("feed-" + k.sub.Name())
	k.log.Warn("feed: waiting to try again", "shard", shard, "position", position, "error", err, "pause", pause)
}

// stop gives up a shard for the life of this process, loudly.
func (l *lane) stop(ctx context.Context, h *holding, stop *Stop) {
	k := l.keeper
	k.mu.Lock()
	k.stopped[h.lease.Shard] = true
	k.drop(h.lease.Shard)
	k.mu.Unlock()
	k.observer.ShardStopped(int32(h.lease.Shard), stop.Reason)
	k.log.Error("feed: a subscriber cannot go on in a shard and stands still there", "shard", h.lease.Shard,
		"position", stop.Position, "reason", stop.Reason, "error", stop.Err, "next", "tenure check")
	if err := k.store.Release(ctx, h.lease); err != nil {
		k.log.Warn("feed: a lease is not given back, it runs out by itself", "shard", h.lease.Shard, "error", err)
	}
}

package feed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tenure/internal/backoff"
	"tenure/internal/store"
)

const (
	// StepMax bounds the events of one step of a loop: a page of 8 000 is folded and written in some 100 ms, and beyond it
	// nothing gets faster.
	StepMax = 8_000
	// ShardPageMin is what each shard gets at least, so that many shards with news do not make tiny pages.
	ShardPageMin = 500
	// slack is how many events more than it knows of a step asks for: those that came since the heads were read. A limit
	// far above what there is would cost its memory.
	slack = 64
	// quietPause lets events gather that a subscriber only steps over: moving a checkpoint for each of them costs a
	// transaction and tells nobody anything.
	quietPause = 150 * time.Millisecond
	// blockedAfter is how long a subscriber may fail in a shard before that is reported: an election takes some seconds.
	blockedAfter = 15 * time.Second
	// lostHistoryMax is how often in a row a checkpoint may not be in the log before the shard is stopped. Each time it is
	// read again from the database.
	lostHistoryMax = 3
)

// loop handles pages of its part of a subscriber's shards. Two loops never have the same shard.
type loop struct {
	leases *leases
	index  int
	turn   int // rotates the shards, so that none is always last
	traced time.Time
}

func (l *loop) run(ctx context.Context) {
	for ctx.Err() == nil {
		known, headsChanged := l.leases.heads.now()
		news, wake, leasesChanged := l.news(known)
		if len(news) == 0 {
			l.wait(ctx, wake, headsChanged, leasesChanged)
			continue
		}
		began, lag := time.Now(), l.lag(news)
		busy := l.step(ctx, news)
		l.trace(began, len(news), lag)
		if !busy && idles(lag, l.lag(news)) {
			backoff.Sleep(ctx, quietPause)
		}
	}
}

// idles reports whether a loop waits after a step that had nothing to write, by how far it was behind before and is
// after: at the end of the log, and where it came no further. The log then ends before what is known of it, as after a
// failover, until its ends are read again.
func idles(before, after int64) bool { return after == 0 || after >= before }

// tracedEvery bounds what a loop traces: a reader handles dozens of pages a second, which are all alike.
const tracedEvery = time.Second

// trace reports a page, one a second.
func (l *loop) trace(began time.Time, shards int, lag int64) {
	if l.leases.traced == nil || began.Sub(l.traced) < tracedEvery {
		return
	}
	l.traced = began
	l.leases.traced(l.leases.sub.Name(), began, shards, lag)
}

// wait waits for news: of the heads, of the leases, or because a shard that failed is due again.
func (l *loop) wait(ctx context.Context, wake time.Time, headsChanged, leasesChanged <-chan struct{}) {
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

// news lists the leases that are behind the head, or that a subscriber has to check first, and may be handled now,
// marked as busy, and when the next one that failed is due.
func (l *loop) news(known map[store.ShardID]store.Head) (news []*lease, wake time.Time, changed <-chan struct{}) {
	m, now, breaks := l.leases, time.Now(), l.leases.heads.interruptions()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.grantAgain(l.index, breaks)
	for id, h := range m.held {
		switch {
		case h.loop != l.index || h.uncertain || now.After(h.until):
		case h.Position >= m.sub.Head(known[id]) && (h.handled || !checksFirst(m.sub)):
		case now.Before(h.retryAt):
			if wake.IsZero() || h.retryAt.Before(wake) {
				wake = h.retryAt
			}
		default:
			news = append(news, h)
		}
	}
	slices.SortFunc(news, func(a, b *lease) int { return int(a.Shard - b.Shard) })
	news = l.rotate(news)
	for _, h := range news {
		h.busy = true
	}
	return news, wake, m.changed
}

// rotate bounds how many shards one step handles.
func (l *loop) rotate(news []*lease) []*lease {
	if most := StepMax / ShardPageMin; len(news) > most {
		l.turn = (l.turn + most) % len(news)
		news = append(news[l.turn:len(news):len(news)], news[:l.turn]...)[:most]
	}
	return news
}

// step handles one page of each shard, together. When that fails each is handled alone, so that one bad shard does not
// hold up the others.
func (l *loop) step(ctx context.Context, news []*lease) (busy bool) {
	defer l.done(news)
	limit := l.limit(news)
	busy, err := l.handle(ctx, news, limit)
	if err == nil || ctx.Err() != nil {
		return busy
	}
	if failed := (ShardErrors)(nil); errors.As(err, &failed) {
		for _, h := range news {
			if err := failed[h.Shard]; err != nil {
				l.fail(ctx, h, err)
			}
		}
		return busy
	}
	if len(news) == 1 {
		l.fail(ctx, news[0], err)
		return true
	}
	for i, h := range news {
		_, err := l.handle(ctx, news[i:i+1], limit)
		if failed := (ShardErrors)(nil); errors.As(err, &failed) {
			err = failed[h.Shard]
		}
		if err != nil && ctx.Err() == nil {
			l.fail(ctx, h, err)
		}
	}
	return true
}

// limit is how many events of each shard a step asks for.
func (l *loop) limit(news []*lease) int {
	return int(min(l.lag(news)+slack, int64(max(StepMax/len(news), ShardPageMin))))
}

// lag is how far the shard that is farthest behind is behind. What a renewal compares while nobody handles it may move.
func (l *loop) lag(of []*lease) (lag int64) {
	known, _ := l.leases.heads.now()
	l.leases.mu.Lock()
	defer l.leases.mu.Unlock()
	for _, h := range of {
		lag = max(lag, l.leases.sub.Head(known[h.Shard])-h.Position)
	}
	return lag
}

func (l *loop) handle(ctx context.Context, news []*lease, limit int) (busy bool, err error) {
	m := l.leases
	leases := make([]*store.Lease, len(news))
	for i, h := range news {
		leases[i] = &h.Lease
	}
	busy, err = m.sub.Handle(ctx, leases, limit)
	var failed ShardErrors
	if err != nil && !errors.As(err, &failed) {
		return busy, err
	}
	known, _ := m.heads.now()
	for _, h := range news {
		if failed[h.Shard] != nil {
			continue
		}
		h.failures, h.lost, h.handled = 0, 0, true
		m.observer.FeedAt(m.sub.Name(), int32(h.Shard), h.Position, m.sub.Head(known[h.Shard]))
	}
	return busy, err
}

// done marks the shards as not busy.
func (l *loop) done(news []*lease) {
	l.leases.mu.Lock()
	defer l.leases.mu.Unlock()
	for _, h := range news {
		h.busy = false
	}
}

// fail decides what happens to a shard on which a step failed: it is stopped for the life of the process, leased again,
// or tried again after a pause.
func (l *loop) fail(ctx context.Context, h *lease, err error) {
	m := l.leases
	var stop *Stop
	if errors.As(err, &stop) || l.historyIsLost(h, err, &stop) {
		l.stop(ctx, h, stop)
		return
	}
	m.mu.Lock()
	if h.failures++; h.failures == 1 {
		h.failing = time.Now()
	}
	blocked := time.Since(h.failing)
	pause := pauses.Pause(h.failures)
	h.retryAt = time.Now().Add(pause)
	shard, position := h.Shard, h.Position
	h.busy = false     // so that the renewal asked for below may set its position
	h.uncertain = true // the write may have taken effect, or another owner may have continued
	if errors.Is(err, store.ErrLeaseLost) && m.held[shard] == h {
		m.drop(shard)
	}
	m.mu.Unlock()
	m.renewSoon()
	if errors.Is(err, store.ErrLeaseLost) {
		m.log.Warn("feed: lease lost", "shard", shard, "position", position)
		return
	}
	if blocked > blockedAfter {
		m.observer.ShardBlocked(m.sub.Name(), int32(shard), blocked)
	}
	m.observer.Retried("feed-" + m.sub.Name())
	m.log.Warn("feed: a step failed, waiting", "shard", shard, "position", position, "error", err, "pause", pause)
}

// historyIsLost reports whether the checkpoint itself, as the database has it, is of a history that the log does not
// have. The first error may come from what is in memory only: a failover has lost the last commits, and the next
// renewal of the lease reads the checkpoint again.
func (l *loop) historyIsLost(h *lease, err error, stop **Stop) bool {
	if !errors.Is(err, store.ErrLostHistory) {
		return false
	}
	if h.lost++; h.lost < lostHistoryMax {
		return false
	}
	*stop = &Stop{Shard: h.Shard, Position: h.Position, Reason: StopLostHistory, Err: fmt.Errorf(
		"%w; a read model is built again with: tenure projection rebuild %s; of the relays docs/restore.md says the way", err,
		l.leases.sub.Name())}
	return true
}

// stop abandons a shard for the life of this process, loudly.
func (l *loop) stop(ctx context.Context, h *lease, stop *Stop) {
	m := l.leases
	m.mu.Lock()
	m.stopped[h.Shard] = true
	m.drop(h.Shard)
	m.mu.Unlock()
	m.observer.ShardStopped(m.sub.Name(), int32(h.Shard), stop.Reason)
	m.log.Error("feed: a subscriber is stopped in a shard", "shard", h.Shard,
		"position", stop.Position, "reason", stop.Reason, "error", stop.Err, "next", "tenure check")
	if err := m.store.Release(ctx, h.Lease); err != nil {
		m.log.Warn("feed: a lease is not given back and runs out", "shard", h.Shard, "error", err)
	}
}

// checksFirst reports whether a subscriber is to be asked although there is no news.
func checksFirst(s Subscriber) bool {
	c, ok := s.(checker)
	return ok && c.ChecksFirst()
}

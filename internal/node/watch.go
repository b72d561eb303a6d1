package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/store"
	"tenure/internal/telemetry"
	"tenure/internal/worker"
)

// The reasons for which a shard of commands is stopped, as the metric's label has them.
const (
	stoppedTopicChanged = "topic-changed" // recreated, or with other partitions: tenure topics rebase
	stoppedOutOfRange   = "out-of-range"  // truncated or restored: tenure topics rebase
	stoppedLostTail     = "lost-tail"     // other messages than those that were processed: tenure topics rebase
	stoppedUnavailable  = "unavailable"   // database or broker; it continues automatically
	stoppedOther        = "other"         // see the log
)

// stopReason classifies an error into one of a few words.
func stopReason(err error) string {
	var changed store.ErrTopicChanged
	var gone store.ErrOffsetGone
	var lost *worker.LostTailError
	switch {
	case errors.As(err, &changed):
		return stoppedTopicChanged
	case errors.As(err, &gone), errors.Is(err, bus.ErrOutOfRange):
		return stoppedOutOfRange
	case errors.As(err, &lost), errors.Is(err, bus.ErrLostTail):
		return stoppedLostTail
	case store.IsTransient(err),
		errors.Is(err, store.ErrInDoubt),
		errors.Is(err, store.ErrFenced),
		errors.Is(err, context.DeadlineExceeded):
		return stoppedUnavailable
	}
	return stoppedOther
}

// watch tracks the partitions and loops of a process for the metrics and for /livez and /readyz.
type watch struct {
	metrics *telemetry.Metrics

	mu       sync.Mutex
	assigned map[string]bool             // by consumed topic: whether the group has assigned partitions
	working  map[place]bool              // partitions of this process that are read
	stopped  map[place]string            // stopped partitions with the reason
	readers  map[string]bool             // topics that lack what was published
	refill   func(string, int32, int64)  // hears of each partition that does; may be nil
	ended    map[blockedReader]string    // readers that are stopped in a shard until a restart, with the reason
	blocked  map[blockedReader]time.Time // since when readers fail in a shard
	beats    map[string]time.Time        // by loop
	trouble  time.Time                   // when database or broker last failed to answer
}

// place is a partition of a topic.
type place struct {
	topic     string
	partition int32
}

func (p place) loop() string { return p.topic + "/" + strconv.Itoa(int(p.partition)) }

// shard returns the shard of the partition; false for a topic without a log.
func (p place) shard() (int32, bool) { return contract.ShardOf(p.topic, p.partition) }

func newWatch(m *telemetry.Metrics) *watch {
	return &watch{
		metrics:  m,
		assigned: map[string]bool{},
		working:  map[place]bool{},
		stopped:  map[place]string{},
		readers:  map[string]bool{},
		blocked:  map[blockedReader]time.Time{},
		ended:    map[blockedReader]string{},
		beats:    map[string]time.Time{},
	}
}

// expect registers topics that this process is going to consume.
func (w *watch) expect(topics ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, topic := range topics {
		w.assigned[topic] = false
	}
}

// Assigned implements bus.Observer.
func (w *watch) Assigned(topic string, n int) {
	w.metrics.Assigned(topic, n)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.assigned[topic] = true
}

// Unassigned implements bus.Observer.
func (w *watch) Unassigned(topic string) {
	w.metrics.Unassigned(topic)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.assigned[topic] = false
}

// Working implements bus.Observer.
func (w *watch) Working(topic string, partition int32) {
	w.resumed(place{topic, partition})
	w.mu.Lock()
	w.working[place{topic, partition}] = true
	w.mu.Unlock()
	w.Round(topic, partition, time.Now())
}

// Round implements bus.Observer.
func (w *watch) Round(topic string, partition int32, at time.Time) {
	w.Beat(place{topic, partition}.loop(), at)
}

// Stopped implements bus.Observer. The loop is not late meanwhile: it is known to be stopped.
func (w *watch) Stopped(topic string, partition int32, err error) {
	at := place{topic, partition}
	w.resumed(at)
	w.gone(at.loop())
	shard, ok := at.shard()
	if !ok {
		return
	}
	reason := stopReason(err)
	w.metrics.ShardStopped(shard, reason)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped[at] = reason
}

// Left implements bus.Observer.
func (w *watch) Left(topic string, partition int32) {
	at := place{topic, partition}
	w.resumed(at)
	w.gone(at.loop())
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.working, at)
}

// owned are the shards that this process works on, and those of them that are blocked, with the reason.
func (w *watch) owned() (shards []int32, blocked map[int32]string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	shards, blocked = []int32{}, map[int32]string{}
	for at := range w.working {
		if shard, ok := at.shard(); ok {
			shards = append(shards, shard)
		}
	}
	for at, reason := range w.stopped {
		if shard, ok := at.shard(); ok {
			blocked[shard] = reason
		}
	}
	slices.Sort(shards)
	return shards, blocked
}

func (w *watch) resumed(at place) {
	w.mu.Lock()
	reason, was := w.stopped[at]
	delete(w.stopped, at)
	w.mu.Unlock()
	if shard, ok := at.shard(); was && ok {
		w.metrics.ShardResumed(shard, reason)
	}
}

// Beat records a round of a loop.
func (w *watch) Beat(loop string, at time.Time) {
	w.metrics.Beat(loop, at)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.beats[loop] = at
}

func (w *watch) gone(loop string) {
	w.metrics.BeatGone(loop)
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.beats, loop)
}

// feedWatch passes reports of the feed's loops to the metrics, and to the watch what concerns health.
type feedWatch struct {
	*telemetry.Metrics
	watch *watch
}

// Beat records a round of a loop.
func (f feedWatch) Beat(loop string, at time.Time) { f.watch.Beat(loop, at) }

// blockedReader is a reader that does not get on in a shard.
type blockedReader struct {
	subscriber string
	shard      int32
}

// stoppedBlocked is the reason of a reader that is tried again: FeedAt ends it.
const stoppedBlocked = "blocked"

// ShardBlocked records that a reader does not get on in a shard.
func (f feedWatch) ShardBlocked(subscriber string, shard int32, since time.Duration) {
	f.watch.mu.Lock()
	defer f.watch.mu.Unlock()
	f.watch.blocked[blockedReader{subscriber, shard}] = time.Now().Add(-since)
	f.Metrics.ShardStopped(shard, stoppedBlocked)
}

// FeedAt records that a reader got on.
func (f feedWatch) FeedAt(subscriber string, shard int32, position, head int64) {
	f.Metrics.FeedAt(subscriber, shard, position, head)
	f.unblocked(blockedReader{subscriber, shard})
}

// FeedGone records that the shard is another process's.
func (f feedWatch) FeedGone(subscriber string, shard int32) {
	f.Metrics.FeedGone(subscriber, shard)
	f.unblocked(blockedReader{subscriber, shard})
}

func (f feedWatch) unblocked(one blockedReader) {
	f.watch.mu.Lock()
	defer f.watch.mu.Unlock()
	if _, was := f.watch.blocked[one]; !was {
		return
	}
	delete(f.watch.blocked, one)
	for other := range f.watch.blocked {
		if other.shard == one.shard {
			return
		}
	}
	f.Metrics.ShardResumed(one.shard, stoppedBlocked)
}

// ShardStopped records that a reader is blocked in a shard until the process restarts.
func (f feedWatch) ShardStopped(subscriber string, shard int32, reason string) {
	f.Metrics.ShardStopped(shard, reason)
	f.watch.mu.Lock()
	defer f.watch.mu.Unlock()
	f.watch.ended[blockedReader{subscriber, shard}] = reason
}

// troubles are the readers of this process that do not continue in a shard.
func (w *watch) troubles(now time.Time) []store.ReaderTrouble {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []store.ReaderTrouble
	for one, reason := range w.ended {
		all = append(all, store.ReaderTrouble{Reader: one.subscriber, Shard: one.shard, Why: "stopped: " + reason,
			Final: true})
	}
	for one, since := range w.blocked {
		blocked := now.Sub(since).Truncate(time.Second)
		all = append(all, store.ReaderTrouble{Reader: one.subscriber, Shard: one.shard,
			Why: fmt.Sprintf("blocked for %s", blocked), For: blocked})
	}
	slices.SortFunc(all, func(a, b store.ReaderTrouble) int {
		return cmp.Or(cmp.Compare(a.Reader, b.Reader), cmp.Compare(a.Shard, b.Shard))
	})
	return all
}

// runsWatch passes reports of the driver of runs to the metrics, and its rounds to the watch.
type runsWatch struct {
	*telemetry.Metrics
	watch *watch
}

// RunsIn records how many runs are in a state.
func (r runsWatch) RunsIn(kind, state string, n int) {
	r.Metrics.RunsIn(kind, state, n)
	r.watch.Beat("runs", time.Now())
}

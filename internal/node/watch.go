package node

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/store"
	"tenure/internal/telemetry"
	"tenure/internal/worker"
)

// The reasons for which a shard of commands stands still, as the metric's label has them.
const (
	stoppedTopicChanged = "topic-changed" // recreated, or with other partitions: tenure topics rebase
	stoppedOutOfRange   = "out-of-range"  // truncated or restored: tenure topics rebase
	stoppedLostTail     = "lost-tail"     // other messages where ours were: tenure topics rebase
	stoppedUnavailable  = "unavailable"   // database or broker; it goes on by itself
	stoppedOther        = "other"         // see the log
)

// stopReason makes one of a few words of an error.
func stopReason(err error) string {
	var changed store.ErrTopicChanged
	var gone store.ErrOffsetGone
	var lost *worker.LostTailError
	switch {
	case errors.As(err, &changed):
		return stoppedTopicChanged
	case errors.As(err, &gone), errors.Is(err, bus.ErrOutOfRange):
		return stoppedOutOfRange
	case errors.As(err, &lost):
		return stoppedLostTail
	case store.IsTransient(err), errors.Is(err, store.ErrInDoubt), errors.Is(err, store.ErrFenced), errors.Is(err, context.DeadlineExceeded):
		return stoppedUnavailable
	}
	return stoppedOther
}

// watch sees the partitions and loops of a process: for the metrics, and for what /livez and /readyz say.
type watch struct {
	metrics *telemetry.Metrics

	mu       sync.Mutex
	assigned map[string]bool      // by topic that is consumed: whether the group has told us our part
	stopped  map[place]string     // partitions that stand still, and why
	readers  map[string]bool      // reasons of readers that stand still for the life of the process
	beats    map[string]time.Time // by loop
	trouble  time.Time            // when database or broker were last seen not to answer
}

// place is a partition of a topic.
type place struct {
	topic     string
	partition int32
}

func (p place) loop() string { return p.topic + "/" + strconv.Itoa(int(p.partition)) }

// shard tells which shard the partition is; false for a topic that is no log's.
func (p place) shard() (int32, bool) {
	return contract.ShardOf(p.topic, p.partition)
}

func newWatch(m *telemetry.Metrics) *watch {
	return &watch{
		metrics: m, assigned: map[string]bool{}, stopped: map[place]string{}, readers: map[string]bool{}, beats: map[string]time.Time{},
	}
}

// expect notes topics that this process is going to consume.
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
	w.goesOn(place{topic, partition})
	w.Round(topic, partition, time.Now())
}

// Round implements bus.Observer.
func (w *watch) Round(topic string, partition int32, at time.Time) {
	w.Beat(place{topic, partition}.loop(), at)
}

// Stopped implements bus.Observer. The loop is not late meanwhile: it is known to stand still.
func (w *watch) Stopped(topic string, partition int32, err error) {
	at := place{topic, partition}
	w.goesOn(at)
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
	w.goesOn(at)
	w.gone(at.loop())
}

func (w *watch) goesOn(at place) {
	w.mu.Lock()
	reason, was := w.stopped[at]
	delete(w.stopped, at)
	w.mu.Unlock()
	if shard, ok := at.shard(); was && ok {
		w.metrics.ShardGoesOn(shard, reason)
	}
}

// Beat notes that a loop came round.
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

// feedWatch is what the feed's loops tell: to the metrics, and to the watch what concerns health.
type feedWatch struct {
	*telemetry.Metrics
	watch *watch
}

// Beat notes that a loop came round.
func (f feedWatch) Beat(loop string, at time.Time) { f.watch.Beat(loop, at) }

// ShardStopped notes that a reader stands still in a shard for the life of the process.
func (f feedWatch) ShardStopped(shard int32, reason string) {
	f.Metrics.ShardStopped(shard, reason)
	f.watch.mu.Lock()
	defer f.watch.mu.Unlock()
	f.watch.readers[reason+" in shard "+strconv.Itoa(int(shard))] = true
}

// runsWatch is what the driver of runs tells at each look: to the metrics, and to the watch that it came round.
type runsWatch struct {
	*telemetry.Metrics
	watch *watch
}

// RunsIn notes how the nights are doing.
func (r runsWatch) RunsIn(kind, state string, n int) {
	r.Metrics.RunsIn(kind, state, n)
	r.watch.Beat("runs", time.Now())
}

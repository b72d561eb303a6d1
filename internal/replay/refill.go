package replay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"tenure/internal/feed"
	"tenure/internal/store"
)

const (
	// settleMin and settleMax are the wait after a lost tail: others of the same election come within seconds, and each
	// process that notices one waits for another time, so that the second one finds what the first has published.
	settleMin, settleMax = 5 * time.Second, 15 * time.Second
	// caughtMax is how long the relays may take to move their checkpoints over what was lost.
	caughtMax = time.Minute
	// refillPause and refillPauseMax are those between attempts, of which there are refillAttempts at most.
	refillPause, refillPauseMax, refillAttempts = time.Second, time.Minute, 20
	// lostMargin is how much later than its event a message may have been published.
	lostMargin = 24 * time.Hour
	// lostMax is how many lost tails wait to be filled. A topic is filled as a whole: beyond some none is overlooked.
	lostMax = 1_000
)

// lostBy is who a replay was started by that fills what a topic has lost.
const lostBy = "tenure"

// lostTail is a partition that lost messages which were published.
type lostTail struct {
	topic     string
	partition int32
	offset    int64 // of the first message after the loss; 0: not known
}

// Refill publishes again what topics have lost, as replays of what they lack.
type Refill struct {
	Runner *Runner
	Log    *slog.Logger
	// RealTime reports whether the events' times are those of machines: then only what is as young as the loss is
	// compared. nil: they are not.
	RealTime func() bool
	// Filled hears that a topic has everything again; may be nil.
	Filled func(topic string)

	settle time.Duration // of a test; 0: between settleMin and settleMax
	lost   chan lostTail
}

// NewRefill returns a Refill that has nothing to do yet.
func NewRefill(r *Runner, log *slog.Logger) *Refill {
	return &Refill{Runner: r, Log: log, lost: make(chan lostTail, lostMax)}
}

// TailLost notes that a partition has lost messages; the next one that was published got an offset; 0: not known.
// It does not wait.
func (f *Refill) TailLost(topic string, partition int32, offset int64) {
	select {
	case f.lost <- lostTail{topic, partition, offset}:
	default:
	}
}

// Run fills what topics lose until ctx ends, and first what a former process has begun.
func (f *Refill) Run(ctx context.Context) error {
	again, pause, attempts := time.After(0), refillPause, 1
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-again:
			if !f.resume(ctx) && attempts < refillAttempts {
				again, pause, attempts = time.After(pause), min(2*pause, refillPauseMax), attempts+1
			}
		case first := <-f.lost:
			for topic, tails := range f.gather(ctx, first) {
				f.fill(ctx, topic, tails)
			}
		}
	}
}

// resume continues fillings whose process ended. What that process holds is its own until its leases run out, so that
// it is tried again. One that fails is listed by tenure replay list.
func (f *Refill) resume(ctx context.Context) (done bool) {
	begun, err := f.Runner.Store.Replays(ctx)
	for _, one := range begun {
		if one.Who != lostBy || one.State != store.ReplayRunning {
			continue
		}
		if _, failed := f.Runner.Run(ctx, one.Name); failed != nil {
			err = failed
		}
	}
	f.noteResumed(ctx, err)
	return err == nil
}

// noteResumed logs why what a former process has begun is not done.
func (f *Refill) noteResumed(ctx context.Context, err error) {
	if err != nil && !errors.Is(err, ErrHeld) && ctx.Err() == nil {
		f.Log.Warn("replay: what a topic lost is not published again yet", "error", err, "next",
			"tenure replay list")
	}
}

// gather waits a moment for the others that were lost with the first tail.
func (f *Refill) gather(ctx context.Context, first lostTail) map[string][]lostTail {
	settle := f.settle
	if settle == 0 {
		settle = settleMin + rand.N(settleMax-settleMin)
	}
	_ = f.Runner.Clock.Sleep(ctx, settle) // its end is seen by the caller
	found := map[string][]lostTail{first.topic: {first}}
	for range len(f.lost) {
		next := <-f.lost
		found[next.topic] = append(found[next.topic], next)
	}
	return found
}

// fill publishes what a topic lacks.
func (f *Refill) fill(ctx context.Context, topic string, tails []lostTail) {
	log := f.Log.With("topic", topic)
	o := Request{
		Name:  fmt.Sprintf("lost-%s-%s", topic, f.Runner.Clock.Now().UTC().Format("20060102T150405.000")),
		Topic: topic, Missing: true, Who: lostBy, Reason: "a partition has lost messages that were published",
	}
	reader := sourceFor(f.Runner.Store, o).reader()
	lost, err := f.lostEnds(ctx, reader, topic)
	if err != nil { // they are found again by the next process
		log.Warn("replay: what is noted of a topic cannot be looked for", "error", err)
	}
	done, err := f.attempts(ctx, o, tails)
	if err == nil {
		err = f.replaceEnds(ctx, reader, lost)
	}
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		log.Error("replay: what a topic lost cannot be published again", "error", err, "next",
			"tenure replay start --missing --target topic:"+topic)
		return
	}
	log.Info("replay: what a topic lost is published again", "messages", published(done))
	if f.Filled != nil {
		f.Filled(topic)
	}
}

// attempts publishes what a topic lacks, some times while there are faults.
func (f *Refill) attempts(ctx context.Context, o Request, tails []lostTail) (done store.Replay, err error) {
	pause := refillPause
	for range refillAttempts {
		done, err = f.attempt(ctx, o, tails)
		if err == nil || errors.Is(err, ErrAhead) || errors.Is(err, ErrTooMany) || ctx.Err() != nil {
			return done, err
		}
		_ = f.Runner.Clock.Sleep(ctx, pause)
		pause = min(2*pause, refillPauseMax)
	}
	return done, err
}

// attempt starts the replay, or continues it where an attempt before has started it.
func (f *Refill) attempt(ctx context.Context, o Request, tails []lostTail) (store.Replay, error) {
	f.caughtUp(ctx, sourceFor(f.Runner.Store, o).reader())
	from, err := f.since(ctx, tails)
	if err != nil {
		return store.Replay{}, err
	}
	if !from.IsZero() {
		o.Filter.From = []Bound{{At: from}}
	}
	_, err = f.Runner.Start(ctx, o)
	switch {
	case errors.Is(err, ErrNothing):
		return store.Replay{}, nil
	case err != nil && !errors.Is(err, store.ErrReplayExists):
		return store.Replay{}, err
	}
	return f.Runner.Run(ctx, o.Name)
}

// caughtUp waits until the relay's checkpoint has moved over what is published: behind it, the relay itself publishes.
// One that is blocked in a shard holds up the others for a moment only.
func (f *Refill) caughtUp(ctx context.Context, reader string) {
	within, cancel := context.WithTimeout(ctx, caughtMax)
	defer cancel()
	_ = feed.Caught(within, f.Runner.Store, nil, reader)
}

// since is the time from which events are missing at the earliest; zero where that is not known. What is before all
// that a topic has, retention has removed.
func (f *Refill) since(ctx context.Context, tails []lostTail) (from time.Time, err error) {
	if f.RealTime == nil || !f.RealTime() {
		return time.Time{}, nil
	}
	for _, tail := range tails {
		last, found, err := f.before(ctx, tail)
		if err != nil || !found {
			return time.Time{}, err
		}
		if at := last.Add(-lostMargin); from.IsZero() || at.Before(from) {
			from = at
		}
	}
	return from, nil
}

// before is the time of the message before a loss, or of the first one that the topic has.
func (f *Refill) before(ctx context.Context, tail lostTail) (time.Time, bool, error) {
	last, found, err := f.Runner.Lookup.TimeAt(ctx, tail.topic, tail.partition, tail.offset-1)
	if err != nil || found {
		return last, found, err
	}
	return f.Runner.Lookup.OldestTime(ctx, tail.topic)
}

// published counts the messages of a replay.
func published(r store.Replay) (messages int64) {
	for _, s := range r.Shards {
		messages += s.Messages
	}
	return messages
}

package worker

import (
	"cmp"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"tenure/internal/store"
)

// A decision is a function without I/O and takes microseconds. One that does not end would hold its shard for ever, without a
// word: so decisions run beside a watch, which gives up on one that makes no progress and has its command parked.
const (
	// stuckTick is how often it is looked. A process that was stopped and goes on sees one tick, however long it stood.
	stuckTick = time.Second
	// stuckTicksMax looks at the same decision are too many: ten seconds are a million times what one takes.
	stuckTicksMax = 10
)

// errGivenUp ends a batch that nobody waits for any more, should it go on after all.
var errGivenUp = errors.New("worker: the batch was given up")

// stuckError says that a decision does not end.
type stuckError struct{ after time.Duration }

// Error says what it costs and what to do.
func (e *stuckError) Error() string {
	return fmt.Sprintf("the decision has not ended after %s; it keeps a core busy until this process is restarted", e.after)
}

// watched runs decisions on the batch and returns when they have ended, or when one of them does not. The goroutine of one
// that does not end cannot be stopped: it keeps a core and the batch, which nobody else uses any more, until the process
// ends. Its command is parked, so that neither this process nor the next comes upon it again by itself.
func (b *batch) watched(items []*item, decide func() (*item, error)) (culprit *item, err error) {
	type result struct {
		culprit *item
		err     error
	}
	ended := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if p := recover(); p != nil {
				r.err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
			ended <- r
		}()
		r.culprit, r.err = decide()
	}()
	tick := cmp.Or(b.owner.stuckTick, stuckTick)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for last, looks := int64(-1), 0; ; {
		select {
		case r := <-ended:
			return r.culprit, r.err
		case <-ticker.C:
			at := b.at.Load()
			if at != last {
				last, looks = at, 0
			}
			if looks++; looks > stuckTicksMax {
				b.given.Store(true)
				if at = b.at.Load(); int(at) < len(items) { // rows of subjects are found by watchedOn
					culprit = items[at]
				}
				return culprit, &stuckError{after: stuckTicksMax * tick}
			}
		}
	}
}

// watchedOn is watched for decisions on the rows of subjects; it tells the stream that is to blame.
func (b *batch) watchedOn(rows []store.Subject, decide func() (string, error)) (culprit string, err error) {
	var blamed string
	_, err = b.watched(nil, func() (*item, error) {
		var err error
		blamed, err = decide()
		return nil, err
	})
	var stuck *stuckError
	if errors.As(err, &stuck) { // blamed is the other goroutine's
		return rows[b.at.Load()].Stream, err
	}
	return blamed, err
}

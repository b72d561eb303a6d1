package worker

import (
	"cmp"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// A decision is a function without I/O and takes microseconds. One that does not end would block its shard
// indefinitely, without a word: so decisions run beside a watchdog, which abandons the batch when it makes no progress
// and has the item parked.
const (
	// watchdogTick is how often progress is compared. A process that was stopped and continued sees one tick, however
	// long it was stopped.
	watchdogTick = time.Second
	// watchdogTicksMax ticks without progress are too many: ten seconds are a million times what a decision takes. They
	// count by the clock and by the processor: a decision that does not end keeps a core busy, while a healthy one of a
	// process that gets none for so long has not been given the time to end.
	watchdogTicksMax = 10
)

// processorTime is how long this process has had a processor so far.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0 // never, with these arguments
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// errAbandoned ends an abandoned batch, should its decision end after all.
var errAbandoned = errors.New("worker: the batch was abandoned")

// stuckError says that a decision does not end.
type stuckError struct{ after time.Duration }

// Error says what it costs and what to do.
func (e *stuckError) Error() string {
	return fmt.Sprintf(
		"the decision has not ended after %s; it keeps a core busy until this process is restarted",
		e.after,
	)
}

// decideEach decides n items in their order and completes the rows of the subjects. On an error failed is the item to
// blame: the one that was being decided, or the last one decided on the subject whose row cannot be computed.
func (b *batch) decideEach(n int, decide func(i int) error) (failed int, err error) {
	return b.watch(func() error {
		for i := range n {
			if b.abandoned.Load() {
				return errAbandoned
			}
			b.progress.Store(int64(i))
			if err := decide(i); err != nil {
				return err
			}
		}
		return b.rows()
	})
}

// watch runs decisions on the batch until they end or the watchdog abandons them, and returns the item that progress
// had reached when they failed. The goroutine of a decision that does not end cannot be stopped: it keeps a core and
// the batch, which nothing else uses any more, until the process ends. Its item is parked, so that neither this process
// nor the next one decides it again automatically.
func (b *batch) watch(decide func() error) (failed int, err error) {
	ended := make(chan error, 1)
	go func() { ended <- protect(decide) }()
	tick, used := cmp.Or(b.owner.watchdogTick, watchdogTick), b.owner.processorTime
	if used == nil {
		used = processorTime
	}
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	last, ticks, before := int64(-1), 0, time.Duration(0)
	for {
		select {
		case err := <-ended:
			return int(b.progress.Load()), err
		case <-ticker.C:
			progress := b.progress.Load()
			if progress != last {
				last, ticks, before = progress, 0, used()
			}
			if ticks++; ticks > watchdogTicksMax && used()-before >= watchdogTicksMax*tick {
				b.abandoned.Store(true)
				return int(progress), &stuckError{after: watchdogTicksMax * tick}
			}
		}
	}
}

package bus

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

const (
	// workStopLoud is how long work may take to stop before we say so.
	workStopLoud = 5 * time.Second

	// workStopMax is how long work may take to stop at all. By then the broker
	// has long given the partition to another member.
	workStopMax = rebalanceTimeout + 10*time.Second
)

// work runs the owner's Work and returns when it has returned, never before:
// that, and sarama waiting for all of us before it ends a session, is why no work
// outlives its session. The price is that work which ignores its context would
// keep this member out of the group indefinitely, in silence. So it is reported while
// it lasts, and after workStopMax the process ends: the fence in the database
// rejects whatever the stray work still writes, its supervisor starts it again, and
// other members have its partitions. Going on without it would leave a goroutine
// that reads and writes beside its successor; waiting on would hide the fault.
func (c *consumer) work(ctx context.Context, p *Partition) error {
	c.active.Store(p.ID, p)
	c.observer.Working(c.topic, p.ID)
	defer c.active.Delete(p.ID)
	return c.watched(ctx, p.ID, func() error {
		if err := c.owner.Work(ctx, p); err != nil {
			return fmt.Errorf("bus: work %s/%d: %w", p.Topic, p.ID, err)
		}
		return errWorkEnded
	})
}

// watched runs a call into the owner: a panic becomes an error, and a call that
// goes on after the end of its context is found.
func (c *consumer) watched(ctx context.Context, partition int32, call func() error) (err error) {
	returned := make(chan struct{})
	defer close(returned)
	stop := context.AfterFunc(ctx, func() { c.awaitReturn(partition, returned) })
	defer stop()
	defer recovered(&err)
	return call()
}

func (c *consumer) awaitReturn(partition int32, returned <-chan struct{}) {
	began := time.Now()
	loud := time.NewTicker(min(workStopLoud, c.stopMax))
	defer loud.Stop()
	for {
		select {
		case <-returned:
			return
		case <-loud.C:
			since := time.Since(began)
			c.log.Error("bus: the owner goes on after the end of its context", shardAttr(c.topic, partition),
				"partition", partition, "since", since)
			if since >= c.stopMax {
				c.stuck(partition, since)
				return
			}
		}
	}
}

func (c *consumer) panicStuck(partition int32, since time.Duration) {
	panic(fmt.Sprintf("bus: the owner of %s/%d did not stop within %s of the end of its context", c.topic,
		partition, since))
}

// recovered turns a panic of the owner into an error. The worker pins a panic on
// the command that caused it; this is for what slips through, so that one
// partition's bug does not end the process that serves the others.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("bus: panic: %v\n%s", r, debug.Stack())
	}
}

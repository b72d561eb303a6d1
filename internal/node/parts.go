package node

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// stopMax bounds how long one part may take to stop: longer than the bus waits for work that ignores its context, so that
// its own report comes first.
const stopMax = 40 * time.Second

// step is one line of Start.
type step struct {
	name  string
	off   bool // not in this process
	start func(ctx context.Context) error
}

// stopper ends what one step began.
type stopper struct {
	name string
	stop func(ctx context.Context) error
}

// onStop notes how to end what has just been started.
func (n *Node) onStop(name string, stop func(ctx context.Context) error) {
	n.stops = append(n.stops, stopper{name, stop})
}

// errEnded says that a part came back although nobody had asked it to.
var errEnded = errors.New("ended by itself")

// run lets a part work until the node stops. It counts as failed when it returns before that, with or without an error.
func (n *Node) run(name string, work func(ctx context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		err := work(ctx)
		if ctx.Err() != nil {
			done <- err
			return
		}
		done <- nil // it is told here, not once more when it is stopped
		if err == nil {
			err = errEnded
		}
		n.fail(fmt.Errorf("node: %s: %w", name, err))
	}()
	n.onStop(name, func(limit context.Context) error {
		cancel()
		select {
		case err := <-done:
			if errors.Is(err, context.Canceled) {
				return nil
			}
			return err
		case <-limit.Done():
			return fmt.Errorf("did not stop within %s", stopMax)
		}
	})
}

// fail tells Wait; the first failure counts.
func (n *Node) fail(err error) {
	select {
	case n.failed <- err:
	default:
	}
}

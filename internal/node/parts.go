package node

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// stopMax bounds how long one part may take to stop: longer than the bus waits for work that ignores its context, so
// that its own report comes first.
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

// onStop registers how to end what has just been started.
func (n *Node) onStop(name string, stop func(ctx context.Context) error) {
	n.stops = append(n.stops, stopper{name, stop})
}

// errEnded reports that a part returned although it was not stopped.
var errEnded = errors.New("ended unexpectedly")

// run starts a part that works until the node stops. Returning earlier is a failure, with or without an error.
func (n *Node) run(name string, work func(ctx context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		err := work(ctx)
		if ctx.Err() != nil {
			done <- err
			return
		}
		done <- nil // reported here, not again when it is stopped
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

// fail passes a failure to Wait; the first one counts.
func (n *Node) fail(err error) {
	select {
	case n.failed <- err:
	default:
	}
}

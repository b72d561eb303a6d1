package node

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// stopMax bounds how long all parts together may take to stop, whatever hangs: what supervises processes kills them
	// after 30 s, and then nobody hears what it was. A process may end at any moment.
	stopMax = 20 * time.Second
	// stopLeast is what each part has when that is over: the later ones are those that others depend on, as an embedded
	// database, and none of them has hung.
	stopLeast = 300 * time.Millisecond
	// startLeft is after what time a step of the start is left behind that does not hear that the process has to end.
	startLeft = 5 * time.Second
)

// step is one line of Start.
type step struct {
	name  string
	off   bool // not in this process
	start func(ctx context.Context) error
}

// begin starts the part. Clients of a broker that hangs wait for it whatever ctx says.
func (s step) begin(ctx context.Context) error {
	started := make(chan error, 1)
	go func() { started <- s.start(ctx) }()
	select {
	case err := <-started:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-started:
		return err
	case <-time.After(startLeft):
		return ctx.Err()
	}
}

// stopper ends what one step began.
type stopper struct {
	name string
	stop func(ctx context.Context) error
}

// within stops the part; one that goes on after ctx has ended, and its own least time, is left behind.
func (s stopper) within(ctx context.Context, limit time.Duration) error {
	least, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLeast)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop(ctx) }()
	for _, until := range []context.Context{ctx, least} {
		select {
		case err := <-stopped:
			return err
		case <-until.Done():
		}
	}
	return fmt.Errorf("did not stop within %s", limit)
}

// onStop registers how to end what has just been started.
func (n *Node) onStop(name string, stop func(ctx context.Context) error) {
	n.stopsMu.Lock()
	defer n.stopsMu.Unlock()
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
			return fmt.Errorf("did not stop: %w", context.Cause(limit))
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

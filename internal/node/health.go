package node

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tenure/internal/telemetry"
)

// loopStaleMax is how long a loop may take to come round while database and broker answer. The longest honest round is a
// batch that the database keeps to its statement timeout a few times; a loop that hangs is helped by a restart only.
const loopStaleMax = 2 * time.Minute

// health registers what /livez and /readyz ask of the process's own parts. Database and broker have registered theirs.
func (n *Node) health() {
	n.admin.Live("loops", n.loopsMove)
	n.admin.Ready("partitions", func(context.Context) error { return n.watch.partitions() })
	n.admin.Ready("readers", func(context.Context) error { return n.watch.readersMove() })
}

// loopsMove fails when a loop stands still although database and broker answer: then a restart is the cure.
func (n *Node) loopsMove(ctx context.Context) error {
	late := n.watch.late(time.Now())
	if len(late) == 0 {
		return nil
	}
	if err := n.reachable(ctx); err != nil {
		n.watch.troubled(time.Now())
		return nil // no restart helps
	}
	return fmt.Errorf("no sign of life for %s: %s", loopStaleMax, strings.Join(late, ", "))
}

// dependencyMax is how long database and broker have to answer within a check of the loops, which must itself be answered.
const dependencyMax = time.Second

var errSilent = errors.New("no answer")

// depend registers what asks a part outside of the process: /readyz fails with it, and /livez does not blame the loops.
func (n *Node) depend(name string, ask telemetry.Check) {
	n.admin.Ready(name, ask)
	n.depends = append(n.depends, ask)
}

// reachable asks all that the process depends on, at once.
func (n *Node) reachable(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, dependencyMax)
	defer cancel()
	answers := make(chan error, len(n.depends))
	for _, ask := range n.depends {
		go func() { answers <- ask(ctx) }()
	}
	for range n.depends {
		select {
		case err := <-answers:
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return errSilent
		}
	}
	return nil
}

// troubled notes that database or broker do not answer: no loop is late before it had time to come round since.
func (w *watch) troubled(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trouble = at
}

// late lists the loops that have not come round in time.
func (w *watch) late(now time.Time) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var late []string
	for loop, at := range w.beats {
		if now.Sub(at) > loopStaleMax && now.Sub(w.trouble) > loopStaleMax {
			late = append(late, loop)
		}
	}
	slices.Sort(late)
	return late
}

// partitions fails while the group has not told this process its part of each topic, or a partition of its part stands still.
func (w *watch) partitions() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var wrong []string
	for topic, told := range w.assigned {
		if !told {
			wrong = append(wrong, topic+": no partitions assigned yet")
		}
	}
	for at, reason := range w.stopped {
		wrong = append(wrong, at.loop()+" stands still: "+reason)
	}
	return sorted(wrong)
}

// readersMove fails when a reader of the log stands still in a shard for the life of the process.
func (w *watch) readersMove() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return sorted(slices.Collect(maps.Keys(w.readers)))
}

// sorted makes one error of a list, nil of none.
func sorted(wrong []string) error {
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return errors.New(strings.Join(wrong, "; "))
}

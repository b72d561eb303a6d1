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

// loopStaleMax is how long a loop may take for a round while database and broker answer. The longest regular round is a
// batch that the database keeps to its statement timeout a few times; a loop that hangs is helped by a restart only.
const loopStaleMax = 2 * time.Minute

// health registers the checks of the process's own parts. Database and broker have registered theirs.
func (n *Node) health() {
	n.admin.Live("loops", n.loopsMove)
	n.admin.Ready("partitions", func(context.Context) error { return n.watch.partitions() })
	n.admin.Ready("readers", func(context.Context) error { return n.watch.readersMove() })
}

// loopsMove fails when a loop is stuck although database and broker answer: then a restart helps.
func (n *Node) loopsMove(ctx context.Context) error {
	late := n.watch.late(time.Now())
	if len(late) == 0 {
		return nil
	}
	if err := n.reachable(ctx); err != nil {
		n.watch.troubled(time.Now())
		return nil // no restart helps
	}
	return fmt.Errorf("no heartbeat for %s: %s", loopStaleMax, strings.Join(late, ", "))
}

// dependencyMax bounds the answers of database and broker within a check of the loops, which has a deadline itself.
const dependencyMax = time.Second

var errSilent = errors.New("no answer")

// depend registers a check of a part outside of the process: /readyz fails with it, and /livez ignores late loops then.
func (n *Node) depend(name string, ask telemetry.Check) {
	n.admin.Ready(name, ask)
	if n.depends == nil {
		n.depends = map[string]telemetry.Check{}
	}
	n.depends[name] = ask
}

// reachable checks everything that the process depends on, concurrently.
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

// troubled records that database or broker do not answer: no loop is late before it had time for a round since.
func (w *watch) troubled(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trouble = at
}

// late lists the loops whose round takes too long.
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

// partitions fails while the group has not assigned partitions of each topic, or an assigned partition is stopped.
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
		wrong = append(wrong, at.loop()+" is stopped: "+reason)
	}
	return sorted(wrong)
}

// readersMove fails when a reader of the log is blocked in a shard until the process restarts.
func (w *watch) readersMove() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	wrong := slices.Collect(maps.Keys(w.readers))
	for one, reason := range w.ended {
		wrong = append(wrong, fmt.Sprintf("%s is stopped in shard %d: %s", one.subscriber, one.shard, reason))
	}
	for one, since := range w.blocked {
		wrong = append(wrong, fmt.Sprintf("%s is blocked in shard %d for %s", one.subscriber, one.shard,
			time.Since(since).Truncate(time.Second)))
	}
	return sorted(wrong)
}

// sorted joins a list into one error, nil for none.
func sorted(wrong []string) error {
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return errors.New(strings.Join(wrong, "; "))
}

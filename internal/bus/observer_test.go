package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// diary writes down what an observer is told, rounds once for each partition.
type diary struct {
	mu    sync.Mutex
	lines []string
	wake  chan struct{}
}

func (d *diary) write(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	line := fmt.Sprintf(format, args...)
	if !slices.Contains(d.lines, line) {
		d.lines = append(d.lines, line)
	}
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Assigned writes it down.
func (d *diary) Assigned(_ string, n int) { d.write("assigned %d", n) }

// Unassigned writes it down.
func (d *diary) Unassigned(string) { d.write("unassigned") }

// Working writes it down.
func (d *diary) Working(_ string, p int32) { d.write("working %d", p) }

// Round writes the first one down.
func (d *diary) Round(_ string, p int32, _ time.Time) { d.write("round %d", p) }

// Stopped writes it down.
func (d *diary) Stopped(_ string, p int32, err error) {
	d.write("stopped %d: %v", p, errors.Unwrap(err))
}

// TailLost writes it down.
func (d *diary) TailLost(_ string, p int32, _ int64) { d.write("tail lost %d", p) }

// Left writes it down.
func (d *diary) Left(_ string, p int32) { d.write("left %d", p) }

// until waits for a line.
func (d *diary) until(t *testing.T, line string) {
	t.Helper()
	deadline := time.After(patience)
	for {
		d.mu.Lock()
		found := slices.Contains(d.lines, line)
		d.mu.Unlock()
		if found {
			return
		}
		select {
		case <-d.wake:
		case <-deadline:
			t.Fatalf("%q is not in %q", line, d.lines)
		}
	}
}

func TestObserver_SeesTheFateOfPartitions(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 2)
	seen := &diary{wake: make(chan struct{}, 1)}
	cfg.Observer = seen
	d := newDesk()
	refuse := true
	d.claim = func(partition int32, _ TopicState) (int64, error) { // under the desk's lock
		if partition == 1 && refuse {
			return 0, errors.New("not mine")
		}
		return 0, nil
	}
	stop := consuming(t, cfg, "observed-"+name, name, d)
	for _, line := range []string{"assigned 2", "working 0", "round 0", "stopped 1: not mine"} {
		seen.until(t, line)
	}
	d.mu.Lock()
	refuse = false
	d.mu.Unlock()
	seen.until(t, "working 1")
	stop()
	for _, line := range []string{"left 0", "left 1", "unassigned"} {
		seen.until(t, line)
	}
}

func TestObserver_WithoutAnObserverNobodyIsReported(t *testing.T) {
	t.Parallel()
	o := Config{}.observer()
	o.Assigned("t", 1)
	o.Working("t", 0)
	o.Round("t", 0, time.Time{})
	o.Stopped("t", 0, context.Canceled)
	o.Left("t", 0)
	o.Unassigned("t")
}

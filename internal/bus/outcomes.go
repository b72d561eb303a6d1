package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tenure/internal/backoff"

	"github.com/IBM/sarama"
)

// outcomesKept is how many outcomes of one command wait to be read: a command is
// parked at most a few times before it is applied or rejected.
const outcomesKept = 8

// outcomesStartTime is how long the first connection may take.
const outcomesStartTime = 30 * time.Second

// ErrOutcomesMissed means that we did not listen for a while and the outcome may
// have passed; it has to be looked up in the store.
var ErrOutcomesMissed = errors.New("bus: outcomes may have been missed")

// Outcomes listens to the outcomes of commands, from now on and without a group,
// on behalf of those who sent one and wait.
type Outcomes struct {
	cancel context.CancelFunc
	ended  chan struct{}

	mu      sync.Mutex
	waiting map[outcomeKey][]*Expected
	closed  bool
}

type outcomeKey struct{ subject, command string }

// Expected is one who waits for the outcomes of one command.
type Expected struct {
	of     *Outcomes
	key    outcomeKey
	got    chan Message
	missed chan struct{}
}

// NewOutcomes begins to listen to topic. When it returns, the outcome of any
// command that is sent afterwards will be heard.
func NewOutcomes(cfg Config, topic string) (*Outcomes, error) {
	ctx, cancel := context.WithCancel(context.Background())
	o := &Outcomes{cancel: cancel, ended: make(chan struct{}), waiting: map[outcomeKey][]*Expected{}}
	l := &listener{cfg: cfg, topic: topic, wanted: o.wanted, handle: o.deliver}
	ready, failed := make(chan struct{}), make(chan error, 1)
	go o.run(ctx, l, sync.OnceFunc(func() { close(ready) }), failed)
	timer := time.NewTimer(outcomesStartTime)
	defer timer.Stop()
	var err error
	select {
	case <-ready:
		return o, nil
	case err = <-failed:
	case <-timer.C:
		err = fmt.Errorf("bus: listen to %s: not ready within %s", topic, outcomesStartTime)
	}
	o.Close()
	return nil, err
}

// run listens again and again; the first failure before ready goes to failed.
func (o *Outcomes) run(ctx context.Context, l *listener, ready func(), failed chan<- error) {
	defer close(o.ended)
	for failures := 0; ctx.Err() == nil; {
		began := time.Now()
		err := l.listen(ctx, ready)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > steadyTime {
			failures = 0
		}
		failures++
		o.miss()
		select {
		case failed <- err:
		default:
		}
		wait := pauses.Pause(failures)
		l.cfg.logger().Error("bus: not listening to outcomes, trying again", "topic", l.topic, "error", err, "wait", wait)
		backoff.Sleep(ctx, wait)
	}
}

// Expect registers for the outcomes of a command; call it before the command is
// sent, and Forget when done.
func (o *Outcomes) Expect(subject, commandID string) *Expected {
	e := &Expected{
		of: o, key: outcomeKey{subject, commandID},
		got: make(chan Message, outcomesKept), missed: make(chan struct{}),
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		close(e.missed)
		return e
	}
	o.waiting[e.key] = append(o.waiting[e.key], e)
	return e
}

// Wait returns the next outcome of the command. A command that is parked has more
// than one; whether one is final is for the caller to tell. [ErrOutcomesMissed]
// asks the caller to look in the store.
func (e *Expected) Wait(ctx context.Context) (Message, error) {
	select { // what has been heard counts more than a gap after it
	case m := <-e.got:
		return m, nil
	default:
	}
	select {
	case m := <-e.got:
		return m, nil
	case <-e.missed:
		return Message{}, ErrOutcomesMissed
	case <-ctx.Done():
		return Message{}, fmt.Errorf("bus: wait for the outcome of %s: %w", e.key.command, ctx.Err())
	}
}

// Forget ends the registration; it may be called more than once.
func (e *Expected) Forget() {
	e.of.mu.Lock()
	defer e.of.mu.Unlock()
	kept := e.of.waiting[e.key][:0]
	for _, other := range e.of.waiting[e.key] {
		if other != e {
			kept = append(kept, other)
		}
	}
	e.of.waiting[e.key] = kept
	if len(kept) == 0 {
		delete(e.of.waiting, e.key)
	}
}

// Close stops listening; those who still wait are told that they miss something.
func (o *Outcomes) Close() {
	o.cancel()
	<-o.ended
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.miss()
}

// miss tells all who wait, once.
func (o *Outcomes) miss() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for key, all := range o.waiting {
		for _, e := range all {
			close(e.missed)
		}
		delete(o.waiting, key)
	}
}

// wanted keeps the outcomes of everybody else's commands away from the router.
func (o *Outcomes) wanted(m *sarama.ConsumerMessage) bool {
	key := outcomeKey{subject: string(m.Key)}
	for _, h := range m.Headers {
		if string(h.Key) == "ce_commandid" {
			key.command = string(h.Value)
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.waiting[key]) > 0
}

func (o *Outcomes) deliver(m Message) {
	key := outcomeKey{string(m.Key), string(m.Header("ce_commandid"))}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.waiting[key] {
		select {
		case e.got <- m:
		default: // nobody reads: the first ones say enough
		}
	}
}

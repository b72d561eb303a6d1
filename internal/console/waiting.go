package console

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	// waitingFresh is how old the count of waiting commands may be before Kafka is asked again.
	waitingFresh = 3 * time.Second
	// waitingKept is how long a count is shown while Kafka does not answer.
	waitingKept = time.Minute
	// waitingPatience is how long a page waits for Kafka where a count is known, and waitingFirst where none is.
	waitingPatience = 40 * time.Millisecond
	waitingFirst    = 2 * time.Second
	// waitingMax ends a question that is not answered.
	waitingMax = 20 * time.Second
)

// errNotAsked is the count of waiting commands before Kafka was asked for the first time.
var errNotAsked = errors.New("no answer from Kafka yet")

// waiting is the last count of the commands that no worker has taken. Kafka is asked beside the pages, by one question
// for all of them: a broker that is slow or away delays no page.
type waiting struct {
	ask chan struct{} // asks for a count; holds one question

	mu      sync.Mutex
	by      map[string]int64
	at      time.Time     // of by; zero: not known
	err     error         // of the last question; nil: it was answered
	renewed chan struct{} // closed by the next answer
}

func newWaiting() *waiting {
	return &waiting{ask: make(chan struct{}, 1), err: errNotAsked, renewed: make(chan struct{})}
}

// last is what is known, and what is closed when more is.
func (w *waiting) last() (by map[string]int64, at time.Time, renewed <-chan struct{}, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.by, w.at, w.renewed, w.err
}

func (w *waiting) answer(by map[string]int64, at time.Time, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err = err; err == nil {
		w.by, w.at = by, at
	}
	close(w.renewed)
	w.renewed = make(chan struct{})
}

// countWaiting asks Kafka whenever a page wants to know, until the process ends.
func (h *console) countWaiting(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-h.waits.ask:
		}
		asked, cancel := context.WithTimeout(ctx, waitingMax)
		by, err := h.Waiting(asked)
		cancel()
		h.waits.answer(by, h.Machine(), err)
	}
}

// waitingCommands counts the commands that no worker has taken, by topic/partition, as of some seconds ago at most; an
// error says since when that is not known.
func (h *console) waitingCommands(ctx context.Context) (map[string]int64, error) {
	by, at, renewed, err := h.waits.last()
	if err == nil && h.Machine().Sub(at) < waitingFresh {
		return by, nil
	}
	select {
	case h.waits.ask <- struct{}{}:
	default: // it is asked already
	}
	patience := waitingPatience
	if errors.Is(err, errNotAsked) {
		patience = waitingFirst
	}
	limit, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-renewed:
	case <-limit.Done():
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return h.waitingKnown()
}

// waitingKnown is the last count, while it is worth showing.
func (h *console) waitingKnown() (map[string]int64, error) {
	by, at, _, err := h.waits.last()
	switch {
	case at.IsZero():
		return nil, err
	case h.Machine().Sub(at) < waitingKept:
		return by, nil
	}
	return nil, fmt.Errorf("not known since %s: Kafka does not answer", at.In(h.Policy.Zone()).Format("15:04:05"))
}

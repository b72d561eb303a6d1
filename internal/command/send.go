package command

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tenure/contract"
	"tenure/domain"
	"tenure/internal/bus"
	"tenure/internal/store"
	"tenure/internal/telemetry"
)

// batchMax is how many commands are on their way at once: enough to fill the workers' batches, and few enough that an
// interrupted caller knows what it has not sent.
const batchMax = 2_000

// Sender sends commands. It is safe for concurrent use.
type Sender struct {
	publisher *bus.Publisher
	listener  *bus.Outcomes
	store     *store.Store // may be nil: then a missed outcome stays unknown
	silence   time.Duration
}

// silenceMax is how long no outcome is received before the store is asked for it. An outcome that passed while the
// listener was joining again is neither received nor reported as missed.
const silenceMax = 5 * time.Second

// New begins to listen to outcomes. The store may be nil; it is asked where an outcome may have been missed.
func New(kafka bus.Config, publisher *bus.Publisher, log *store.Store) (*Sender, error) {
	listener, err := bus.NewOutcomes(kafka, contract.EmployeeOutcomes)
	if err != nil {
		return nil, fmt.Errorf("command: %w", err)
	}
	return &Sender{publisher: publisher, listener: listener, store: log, silence: silenceMax}, nil
}

// Close stops listening.
func (s *Sender) Close() { s.listener.Close() }

// Send publishes commands and waits for the outcome of each, in their order. Commands of one topic go together; before
// those of another topic are sent, the outcomes so far have come, so that an employee may follow its product in one
// list. That a command is parked counts as its outcome. fn may be nil; it is called with each outcome as it comes. A
// trace of ctx is theirs.
func (s *Sender) Send(ctx context.Context, list []Command, fn func(domain.Outcome)) ([]domain.Outcome, error) {
	outcomes := make([]domain.Outcome, 0, len(list))
	for len(list) > 0 {
		batch, err := s.batch(ctx, list)
		if err != nil {
			return outcomes, err
		}
		got, err := s.sendBatch(ctx, list[:len(batch)], batch, fn)
		outcomes = append(outcomes, got...)
		if err != nil {
			return outcomes, err
		}
		list = list[len(batch):]
	}
	return outcomes, nil
}

// batch composes the first commands that go to one topic.
func (s *Sender) batch(ctx context.Context, list []Command) ([]bus.Message, error) {
	var batch []bus.Message
	for _, c := range list[:min(batchMax, len(list))] {
		if c.At.IsZero() {
			c.At = time.Now()
		}
		c.Trace = cmp.Or(c.Trace, telemetry.TraceparentFrom(ctx))
		m, err := Compose(c)
		if err != nil {
			return nil, fmt.Errorf("command: %w", err)
		}
		if len(batch) > 0 && m.Topic != batch[0].Topic {
			break
		}
		batch = append(batch, m)
	}
	return batch, nil
}

func (s *Sender) sendBatch(ctx context.Context, list []Command, batch []bus.Message, fn func(domain.Outcome)) (
	[]domain.Outcome, error) {
	expected := make([]*bus.Expected, len(list))
	for i, c := range list {
		expected[i] = s.listener.Expect(subjectOf(c), c.ID)
		defer expected[i].Forget()
	}
	if err := s.publisher.PublishCommands(ctx, batch); err != nil {
		return nil, fmt.Errorf("command: %w", err)
	}
	outcomes := make([]domain.Outcome, 0, len(list))
	for i, c := range list {
		outcome, err := s.await(ctx, c, expected[i])
		if err != nil {
			return outcomes, err
		}
		outcomes = append(outcomes, outcome)
		if fn != nil {
			fn(outcome)
		}
	}
	return outcomes, nil
}

// subjectOf is the subject as outcomes name it: ids come in either case.
func subjectOf(c Command) string {
	kind, _ := domain.CommandKind(c.Type)
	return domain.CanonicalSubject(kind, c.Subject)
}

// await waits for one outcome, and asks the store for it when none is received.
func (s *Sender) await(ctx context.Context, c Command, e *bus.Expected) (domain.Outcome, error) {
	for {
		m, err := s.receive(ctx, e)
		switch {
		case err == nil:
			var outcome domain.Outcome
			if err := json.Unmarshal(m.Value, &outcome); err != nil {
				return outcome, fmt.Errorf("command: outcome of %s: %w", c.ID, err)
			}
			return outcome, nil
		case errors.Is(err, bus.ErrOutcomesMissed):
			return s.poll(ctx, c)
		case ctx.Err() != nil:
			return domain.Outcome{}, fmt.Errorf("command: %w", err)
		case s.store == nil:
			continue
		}
		if outcome, ok, err := s.stored(ctx, c); ok && err == nil {
			return outcome, nil // else it may still be received
		}
	}
}

// receive waits for an outcome, up to silenceMax.
func (s *Sender) receive(ctx context.Context, e *bus.Expected) (bus.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, s.silence)
	defer cancel()
	return e.Wait(ctx)
}

// pollInterval is how often the store is asked for an outcome that may have been missed.
const pollInterval = 100 * time.Millisecond

// poll asks the store for an outcome until it is there.
func (s *Sender) poll(ctx context.Context, c Command) (domain.Outcome, error) {
	if s.store == nil {
		return domain.Outcome{}, fmt.Errorf("command: %w", bus.ErrOutcomesMissed)
	}
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		if outcome, ok, err := s.stored(ctx, c); ok || err != nil {
			return outcome, err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return domain.Outcome{}, fmt.Errorf("command: outcome of %s: %w", c.ID, ctx.Err())
		}
	}
}

// stored asks the store once: for the final outcome, or else whether the command is parked, which counts as one.
func (s *Sender) stored(ctx context.Context, c Command) (outcome domain.Outcome, ok bool, err error) {
	kind, _ := domain.CommandKind(c.Type)
	stream := domain.Stream(kind, subjectOf(c))
	known, ok, err := s.store.Outcome(ctx, stream, c.ID)
	if err != nil {
		return outcome, false, fmt.Errorf("command: %w", err)
	}
	if ok {
		return outcome, true, json.Unmarshal(known.Answer, &outcome)
	}
	parked, err := s.store.ParkedList(ctx, store.ParkedFilter{Stream: stream})
	if err != nil {
		return outcome, false, fmt.Errorf("command: %w", err)
	}
	for _, p := range parked {
		if p.CommandID == c.ID {
			return domain.Outcome{
				Command: c.ID, Subject: subjectOf(c), Type: c.Type, Status: domain.StatusParked, Reason: p.Reason,
			}, true, nil
		}
	}
	return outcome, false, nil
}

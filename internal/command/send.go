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

// Dispatcher sends commands. It is safe for concurrent use.
type Dispatcher struct {
	publisher *bus.Publisher
	outcomes  *bus.Outcomes
	store     *store.Store // may be nil: then a missed outcome stays unknown
	silence   time.Duration
}

// silenceMax is how long no answer is heard before the store is asked for it. An outcome that passed while the listener was
// joining again is neither heard nor told as missed.
const silenceMax = 5 * time.Second

// New begins to listen to outcomes. The store may be nil; it is asked where an outcome may have been missed.
func New(kafka bus.Config, publisher *bus.Publisher, s *store.Store) (*Dispatcher, error) {
	outcomes, err := bus.NewOutcomes(kafka, contract.EmployeeOutcomes)
	if err != nil {
		return nil, fmt.Errorf("command: %w", err)
	}
	return &Dispatcher{publisher: publisher, outcomes: outcomes, store: s, silence: silenceMax}, nil
}

// Close stops listening.
func (d *Dispatcher) Close() { d.outcomes.Close() }

// Send publishes orders and waits for the answer to each, in their order. Commands of one topic go together; before those
// of another topic are sent, the answers so far have come, so that an employee may follow her product in one list. A
// command that is parked counts as answered. fn may be nil; it sees each answer as it comes. A trace of ctx is theirs.
func (d *Dispatcher) Send(ctx context.Context, list []Order, fn func(domain.Outcome)) ([]domain.Outcome, error) {
	answers := make([]domain.Outcome, 0, len(list))
	for len(list) > 0 {
		batch, err := d.batch(ctx, list)
		if err != nil {
			return answers, err
		}
		got, err := d.sendBatch(ctx, list[:len(batch)], batch, fn)
		answers = append(answers, got...)
		if err != nil {
			return answers, err
		}
		list = list[len(batch):]
	}
	return answers, nil
}

// batch writes the messages of the first orders that go to one topic.
func (d *Dispatcher) batch(ctx context.Context, list []Order) ([]bus.Message, error) {
	var batch []bus.Message
	for _, o := range list[:min(batchMax, len(list))] {
		if o.At.IsZero() {
			o.At = time.Now()
		}
		o.Trace = cmp.Or(o.Trace, telemetry.TraceparentFrom(ctx))
		m, err := Message(o)
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

func (d *Dispatcher) sendBatch(ctx context.Context, list []Order, batch []bus.Message, fn func(domain.Outcome)) ([]domain.Outcome, error) {
	expected := make([]*bus.Expected, len(list))
	for i, o := range list {
		expected[i] = d.outcomes.Expect(subjectOf(o), o.ID)
		defer expected[i].Forget()
	}
	if err := d.publisher.Publish(ctx, batch); err != nil {
		return nil, fmt.Errorf("command: %w", err)
	}
	answers := make([]domain.Outcome, 0, len(list))
	for i, o := range list {
		answer, err := d.await(ctx, o, expected[i])
		if err != nil {
			return answers, err
		}
		answers = append(answers, answer)
		if fn != nil {
			fn(answer)
		}
	}
	return answers, nil
}

// subjectOf is the subject as the worker answers for it: ids come in either case.
func subjectOf(o Order) string {
	kind, _ := domain.CommandKind(o.Type)
	return domain.CanonicalSubject(kind, o.Subject)
}

// await waits for one answer, and looks for it in the store when none is heard.
func (d *Dispatcher) await(ctx context.Context, o Order, e *bus.Expected) (domain.Outcome, error) {
	for {
		m, err := d.hear(ctx, e)
		switch {
		case err == nil:
			var answer domain.Outcome
			if err := json.Unmarshal(m.Value, &answer); err != nil {
				return answer, fmt.Errorf("command: outcome of %s: %w", o.ID, err)
			}
			return answer, nil
		case errors.Is(err, bus.ErrOutcomesMissed):
			return d.lookUp(ctx, o)
		case ctx.Err() != nil:
			return domain.Outcome{}, fmt.Errorf("command: %w", err)
		case d.store == nil:
			continue
		}
		if answer, ok, err := d.look(ctx, o); ok && err == nil {
			return answer, nil // else it may still be heard
		}
	}
}

// hear waits for an outcome, but not for ever.
func (d *Dispatcher) hear(ctx context.Context, e *bus.Expected) (bus.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, d.silence)
	defer cancel()
	return e.Wait(ctx)
}

// lookUpEvery is how often the store is asked for an outcome that may have been missed.
const lookUpEvery = 100 * time.Millisecond

func (d *Dispatcher) lookUp(ctx context.Context, o Order) (domain.Outcome, error) {
	if d.store == nil {
		return domain.Outcome{}, fmt.Errorf("command: %w", bus.ErrOutcomesMissed)
	}
	ticker := time.NewTicker(lookUpEvery)
	defer ticker.Stop()
	for {
		if answer, ok, err := d.look(ctx, o); ok || err != nil {
			return answer, err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return domain.Outcome{}, fmt.Errorf("command: outcome of %s: %w", o.ID, ctx.Err())
		}
	}
}

// look asks the store once: for the final answer, or else whether the command is parked, which counts as one.
func (d *Dispatcher) look(ctx context.Context, o Order) (answer domain.Outcome, ok bool, err error) {
	kind, _ := domain.CommandKind(o.Type)
	stream := domain.Stream(kind, subjectOf(o))
	known, ok, err := d.store.Outcome(ctx, stream, o.ID)
	if err != nil {
		return answer, false, fmt.Errorf("command: %w", err)
	}
	if ok {
		return answer, true, json.Unmarshal(known.Answer, &answer)
	}
	parked, err := d.store.ParkedList(ctx, store.ParkedFilter{Stream: stream})
	if err != nil {
		return answer, false, fmt.Errorf("command: %w", err)
	}
	for _, p := range parked {
		if p.CommandID == o.ID {
			return domain.Outcome{
				Command: o.ID, Subject: subjectOf(o), Type: o.Type, Status: domain.StatusParked, Reason: p.Reason,
			}, true, nil
		}
	}
	return answer, false, nil
}

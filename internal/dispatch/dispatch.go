package dispatch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tenure/domain"
	"tenure/internal/bus"
	"tenure/internal/orders"
	"tenure/internal/store"
	"tenure/internal/worker"
)

// batchMax is how many commands are on their way at once: enough to fill the workers' batches, and few enough that an
// interrupted caller knows what it has not sent.
const batchMax = 2_000

// Dispatcher sends commands. It is safe for concurrent use.
type Dispatcher struct {
	publisher *bus.Publisher
	outcomes  *bus.Outcomes
	store     *store.Store // may be nil: then a missed outcome stays unknown
}

// New begins to listen to outcomes. The store may be nil; it is asked where an outcome may have been missed.
func New(kafka bus.Config, publisher *bus.Publisher, s *store.Store) (*Dispatcher, error) {
	outcomes, err := bus.NewOutcomes(kafka, bus.EmployeeOutcomes)
	if err != nil {
		return nil, fmt.Errorf("dispatch: %w", err)
	}
	return &Dispatcher{publisher: publisher, outcomes: outcomes, store: s}, nil
}

// Close stops listening.
func (d *Dispatcher) Close() { d.outcomes.Close() }

// Send publishes orders and waits for the answer to each, in their order. Commands of one topic go together; before those
// of another topic are sent, the answers so far have come, so that an employee may follow her product in one list. A
// command that is parked counts as answered. fn may be nil; it sees each answer as it comes.
func (d *Dispatcher) Send(ctx context.Context, list []orders.Order, fn func(worker.Answer)) ([]worker.Answer, error) {
	answers := make([]worker.Answer, 0, len(list))
	for len(list) > 0 {
		batch, err := d.batch(list)
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
func (d *Dispatcher) batch(list []orders.Order) ([]bus.Message, error) {
	var batch []bus.Message
	for _, o := range list[:min(batchMax, len(list))] {
		if o.At.IsZero() {
			o.At = time.Now()
		}
		m, err := orders.Message(o)
		if err != nil {
			return nil, fmt.Errorf("dispatch: %w", err)
		}
		if len(batch) > 0 && m.Topic != batch[0].Topic {
			break
		}
		batch = append(batch, m)
	}
	return batch, nil
}

func (d *Dispatcher) sendBatch(ctx context.Context, list []orders.Order, batch []bus.Message, fn func(worker.Answer)) ([]worker.Answer, error) {
	expected := make([]*bus.Expected, len(list))
	for i, o := range list {
		expected[i] = d.outcomes.Expect(o.Subject, o.ID)
		defer expected[i].Forget()
	}
	if err := d.publisher.Publish(ctx, batch); err != nil {
		return nil, fmt.Errorf("dispatch: %w", err)
	}
	answers := make([]worker.Answer, 0, len(list))
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

// await waits for one answer.
func (d *Dispatcher) await(ctx context.Context, o orders.Order, e *bus.Expected) (worker.Answer, error) {
	var answer worker.Answer
	m, err := e.Wait(ctx)
	if errors.Is(err, bus.ErrOutcomesMissed) {
		return d.lookUp(ctx, o)
	}
	if err != nil {
		return answer, fmt.Errorf("dispatch: %w", err)
	}
	if err := json.Unmarshal(m.Value, &answer); err != nil {
		return answer, fmt.Errorf("dispatch: outcome of %s: %w", o.ID, err)
	}
	return answer, nil
}

// lookUpEvery is how often the store is asked for an outcome that may have been missed.
const lookUpEvery = 100 * time.Millisecond

func (d *Dispatcher) lookUp(ctx context.Context, o orders.Order) (worker.Answer, error) {
	var answer worker.Answer
	if d.store == nil {
		return answer, fmt.Errorf("dispatch: %w", bus.ErrOutcomesMissed)
	}
	kind, _ := domain.CommandKind(o.Type)
	ticker := time.NewTicker(lookUpEvery)
	defer ticker.Stop()
	for {
		known, ok, err := d.store.Outcome(ctx, domain.Stream(kind, o.Subject), o.ID)
		if err != nil {
			return answer, fmt.Errorf("dispatch: %w", err)
		}
		if ok {
			return answer, json.Unmarshal(known.Answer, &answer)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return answer, fmt.Errorf("dispatch: outcome of %s: %w", o.ID, ctx.Err())
		}
	}
}

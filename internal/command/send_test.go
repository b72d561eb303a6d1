package command

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/clock"
	"tenure/internal/feed"
	"tenure/internal/relay"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/worker"
)

func TestMain(m *testing.M) { environment.Main(m) }

// patience bounds each wait of a test; nothing waits for it to pass.
const patience = 5 * time.Minute

// system is a worker and a relay of outcomes.
type system struct {
	store     *store.Store
	kafka     bus.Config
	publisher *bus.Publisher
}

func newSystem(t *testing.T) *system {
	t.Helper()
	s := &system{store: environment.Store(t, environment.Simulated(t)), kafka: environment.Bus(t)}
	var err error
	s.publisher, err = bus.NewPublisher(s.kafka)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.publisher.Close()) })
	policy, err := billing.DefaultPolicy().Ready()
	require.NoError(t, err)
	w := &worker.Worker{
		Store: s.store, Publisher: s.publisher, Clock: clock.System{}, Policy: policy, Log: slog.New(slog.DiscardHandler),
		Observer: worker.Quiet{},
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- bus.Consume(ctx, s.kafka, "workers", contract.CommandTopics(), w) }()
	go func() {
		reader := feed.NewReader(s.store)
		ended <- feed.Run(ctx, feed.Config{Store: s.store, Log: slog.New(slog.DiscardHandler),
			Subscribers: relay.Subscribers(reader, catalog.New(s.store, nil), s.publisher, nil)})
	}()
	t.Cleanup(func() {
		cancel()
		for range 2 {
			require.NoError(t, <-ended)
		}
	})
	return s
}

func (s *system) dispatcher(t *testing.T, db *store.Store) *Sender {
	t.Helper()
	d, err := New(s.kafka, s.publisher, db)
	require.NoError(t, err)
	t.Cleanup(d.Close)
	return d
}

// patiently bounds a send.
func patiently(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

const (
	reseller = "5a0000000000000000000001"
	customer = "5c0000000000000000000001"
)

// company is a list in which each may refer to what stands before it, over topics.
func company(people int) []Command {
	by := events.Actor{AccessLevel: "ADMIN"}
	list := []Command{
		{Type: "catalog.put_reseller.v1", Subject: reseller, ID: "r", Actor: by,
			Data: map[string]any{"name": "Sample reseller", "currency": "DKK"}},
		{Type: "catalog.put_customer.v1", Subject: customer, ID: "c", Actor: by,
			Data: map[string]any{"reseller": reseller, "name": "Sample customer", "currency": "DKK",
				"features": []string{"PBX"}}},
	}
	for n := range people {
		list = append(list, Command{Type: "employee.create.v1", Subject: fmt.Sprintf("5e%022d", n), ID: fmt.Sprintf("e%d", n),
			Actor: by,
			Data:  map[string]any{"name": fmt.Sprintf("Sample employee %02d", n), "customer": customer}})
	}
	return list
}

func TestSend_EachCommandHasItsAnswerInTheirOrder(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	list := company(20)
	rejected := list[2]
	rejected.Subject, rejected.ID, rejected.Data = "5e0000000000000000000099", "e99", map[string]any{"name": "Sample",
		"customer": "5c0000000000000000000009"}
	list = append(list, rejected)
	var heard []domain.Outcome
	answers, err := s.dispatcher(t, nil).Send(patiently(t), list, func(a domain.Outcome) { heard = append(heard, a) })
	require.NoError(t, err)
	require.Len(t, answers, len(list))
	assert.Equal(t, answers, heard, "each is told as it comes")
	for i, a := range answers {
		assert.Equal(t, list[i].ID, a.Command)
		assert.Equal(t, list[i].Subject, a.Subject)
		if i < len(list)-1 {
			assert.Equal(t, domain.StatusApplied, a.Status, "what stands before it in the list was there: %v", a.Error)
		}
	}
	last := answers[len(answers)-1]
	assert.Equal(t, domain.StatusRejected, last.Status, "a rejection is an answer and no error")
	require.NotNil(t, last.Error)

	again, err := s.dispatcher(t, nil).Send(patiently(t), list[:3], nil)
	require.NoError(t, err)
	for i, a := range again {
		assert.True(t, a.Duplicate)
		a.Duplicate = false
		assert.Equal(t, answers[i], a, "sent again the first answer comes back")
	}
}

func TestSend_SeveralMaySendAtOnce(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	d := s.dispatcher(t, s.store)
	list := company(12)
	_, err := d.Send(patiently(t), list[:2], nil)
	require.NoError(t, err)
	const senders = 4
	failed := make(chan error, senders)
	for n := range senders {
		go func() {
			mine := list[2+3*n : 5+3*n]
			answers, err := d.Send(patiently(t), mine, nil)
			for i, a := range answers {
				if a.Command != mine[i].ID || a.Status != domain.StatusApplied {
					err = fmt.Errorf("%s has the answer of %s: %s", mine[i].ID, a.Command, a.Status)
				}
			}
			failed <- err
		}()
	}
	for range senders {
		require.NoError(t, <-failed)
	}
}

func TestSend_AnOutcomeThatWasMissedIsLookedUp(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	deaf := s.dispatcher(t, s.store)
	deaf.listener.Close()
	answers, err := deaf.Send(patiently(t), company(1), nil)
	require.NoError(t, err)
	require.Len(t, answers, 3)
	assert.Equal(t, domain.StatusApplied, answers[2].Status)

	blind := s.dispatcher(t, nil)
	blind.listener.Close()
	answers, err = blind.Send(patiently(t), company(1), nil)
	require.ErrorIs(t, err, bus.ErrOutcomesMissed, "without a database it stays unknown, and says so")
	assert.Empty(t, answers)
}

func TestSend_WaitingEndsWithItsContextAndKeepsWhatCame(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	d := s.dispatcher(t, s.store)
	list := company(1)
	ctx, cancel := context.WithCancel(patiently(t))
	answers, err := d.Send(ctx, list, func(domain.Outcome) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
	assert.NotEmpty(t, answers)
	assert.Less(t, len(answers), len(list), "what it did not wait for is not among them")
	_, err = d.Send(ctx, list, nil)
	require.ErrorIs(t, err, context.Canceled)
}

func TestSend_ABrokerThatIsNotThereIsAnError(t *testing.T) {
	t.Parallel()
	_, err := New(bus.Config{Brokers: []string{"127.0.0.1:1"}, ClientID: "test", Logger: slog.New(slog.DiscardHandler)},
		nil, nil)
	require.ErrorContains(t, err, "command: ")
}

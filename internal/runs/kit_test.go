package runs

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/worker"
	"tenure/scheduler"
)

func TestMain(m *testing.M) { environment.Main(m) }

// patience bounds each wait of a test; nothing waits for it to pass.
const patience = 5 * time.Minute

// look is how often something that is waited for is looked at.
const look = 10 * time.Millisecond

// movable is a clock that a test moves.
type movable struct{ at atomic.Pointer[time.Time] }

func (c *movable) Now() time.Time { return *c.at.Load() }

func (c *movable) set(at string) {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		panic(err)
	}
	c.at.Store(&t)
}

// system is a database and a broker, with workers when a test starts them.
type system struct {
	t         *testing.T
	store     *store.Store
	kafka     bus.Config
	publisher *bus.Publisher
	lookup    *bus.TopicReader
	clock     *movable
	policy    billing.Policy
	shards    []int32
}

func newSystem(t *testing.T, now string) *system {
	t.Helper()
	policy, err := billing.DefaultPolicy().With("ledgers", "CUSTOMER,RESELLER,COST")
	require.NoError(t, err)
	policy, err = policy.Ready()
	require.NoError(t, err)
	s := &system{t: t, store: environment.Store(t, environment.Simulated(t)), kafka: environment.Bus(t), clock: &movable{},
		policy: policy}
	s.clock.set(now)
	s.publisher, err = bus.NewPublisher(s.kafka)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.publisher.Close()) })
	s.lookup, err = bus.NewTopicReader(s.kafka)
	require.NoError(t, err)
	t.Cleanup(s.lookup.Close)
	for p := range int32(environment.Partitions) {
		s.shards = append(s.shards, int32(store.ShardOf(store.FamilyEmployee, p)))
	}
	return s
}

// work starts a worker that owns all shards until the test ends.
func (s *system) work() { s.t.Cleanup(s.workUnder(s.policy)) }

// workUnder starts a worker that owns all shards and bills under a policy, until it is stopped.
func (s *system) workUnder(policy billing.Policy) (stop func()) {
	w := &worker.Worker{
		Store: s.store, Publisher: s.publisher, Clock: s.clock, Policy: policy, Log: slog.New(slog.DiscardHandler),
		Observer: worker.Quiet{},
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- bus.Consume(ctx, s.kafka, "workers", contract.CommandTopics(), w) }()
	return func() {
		cancel()
		require.NoError(s.t, <-ended)
	}
}

// driver is a process that drives runs; it remembers what it sent, as others do not.
func (s *system) driver() *Driver {
	log := slog.New(slog.DiscardHandler)
	planner := &worker.Planner{Store: s.store, Clock: s.clock, Policy: s.policy, Shards: worker.FixedShards(s.shards),
		Publisher: s.publisher, Log: log}
	return &Driver{Store: s.store, Publisher: s.publisher, Clock: s.clock, Policy: s.policy, Log: log,
		Planner: planner.Plan, Opens: planner.Opens}
}

// ensure drives until every night up to now is done, and gives what the driver told on the way.
func (s *system) ensure(d *Driver) (told []Status) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		status, err := d.Ensure(s.t.Context())
		require.NoError(s.t, err)
		told = append(told, status)
		return status.Complete()
	}, patience, look)
	return told
}

// send publishes commands of an ADMIN and waits until each has its outcome.
func (s *system) send(list ...command.Command) {
	s.t.Helper()
	for _, o := range list {
		o.ID, o.Actor, o.At = o.Type+"/"+o.Subject, events.Actor{AccessLevel: "ADMIN"}, time.Now()
		answer := s.deliver(o)
		require.Equal(s.t, domain.StatusApplied, answer.Status, "%s: %v", o.Type, answer.Error)
	}
}

// deliver publishes a command and waits for its outcome.
func (s *system) deliver(o command.Command) (answer domain.Outcome) {
	s.t.Helper()
	m, err := command.Compose(o)
	require.NoError(s.t, err)
	require.NoError(s.t, s.publisher.Publish(s.t.Context(), []bus.Message{m}))
	kind, _ := domain.CommandKind(o.Type)
	require.Eventually(s.t, func() bool {
		known, ok, err := s.store.Outcome(s.t.Context(), domain.Stream(kind, o.Subject), o.ID)
		return err == nil && ok && json.Unmarshal(known.Answer, &answer) == nil
	}, patience, look)
	return answer
}

// The ids of a small company.
const (
	reseller = "5a0000000000000000000001"
	customer = "5c0000000000000000000001"
	product  = "5b0000000000000000000001"
)

func employeeID(n int) string { return fmt.Sprintf("5e%022d", n) }

// hire makes a company with employees whose product began on a day.
func (s *system) hire(people int, from string) {
	s.t.Helper()
	list := []command.Command{
		{Type: "catalog.put_reseller.v1", Subject: reseller, Data: map[string]any{"name": "Sample reseller",
			"currency": "DKK"}},
		{Type: "catalog.put_product.v1", Subject: product, Data: map[string]any{
			"name": "PBX user", "type": "PBX_USER", "recurrence": "MONTHLY", "price": "79.00", "wholesale": "49.00",
			"cost": "21.50"}},
		{Type: "catalog.put_customer.v1", Subject: customer, Data: map[string]any{
			"reseller": reseller, "name": "Sample customer", "currency": "DKK", "features": []string{"PBX"}}},
	}
	for n := range people {
		list = append(list, command.Command{Type: "employee.create.v1", Subject: employeeID(n), Data: map[string]any{
			"customer": customer, "name": fmt.Sprintf("Sample employee %02d", n), "product": product, "effective": from}})
	}
	s.send(list...)
}

// history reads the events of a stream.
func (s *system) history(stream string) (all []events.Event) {
	s.t.Helper()
	page, err := s.store.StreamEvents(s.t.Context(), stream, 1)
	require.NoError(s.t, err)
	for _, e := range page {
		event, err := events.Decode(e.Type, e.Payload)
		require.NoError(s.t, err)
		all = append(all, event)
	}
	return all
}

// completed reads how a night ended.
func (s *system) completed(night string) events.RunCompleted {
	s.t.Helper()
	history := s.history(domain.Stream(domain.KindRun, "nightly/"+night))
	history = slices.DeleteFunc(history, func(e events.Event) bool {
		switch e.(type) {
		case events.RunPlanned, events.RunApproved:
			return true
		}
		return false
	})
	require.Len(s.t, history, 2, "%s started once and was completed once", night)
	require.IsType(s.t, events.RunStarted{}, history[0])
	require.IsType(s.t, events.RunCompleted{}, history[1])
	return history[1].(events.RunCompleted)
}

// messages counts what stands on a topic of commands.
func (s *system) messages(topic string) (n int64) {
	s.t.Helper()
	states, err := s.lookup.TopicStates(s.t.Context(), []string{topic})
	require.NoError(s.t, err)
	for _, p := range states[0].Partitions {
		n += p.Newest - p.Oldest
	}
	return n
}

// inOneGo are the step of a plan and what follows it in one go.
func (s *system) inOneGo(d *Driver, judged domain.PlanRun) (plan scheduler.Step, with []scheduler.Step) {
	s.t.Helper()
	plan, err := scheduler.Plan(judged, nil)
	require.NoError(s.t, err)
	with, err = d.sentWith(s.t.Context(), judged, plan)
	require.NoError(s.t, err)
	return plan, with
}

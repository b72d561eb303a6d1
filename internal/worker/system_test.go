package worker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/access"
	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/audit"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/runs"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/test/running"
	"tenure/internal/worker"
)

// waitMax bounds every wait of these tests: twenty deaths of a worker beside a load of 20 take minutes. Only a failure
// reaches it.
const waitMax = 5 * time.Minute

// fixed is a clock that a test moves.
type fixed struct {
	now   atomic.Pointer[time.Time]
	looks atomic.Int64 // how often the time was asked for
}

func at(instant string) *fixed {
	c := &fixed{}
	c.set(instant)
	return c
}

func (c *fixed) Now() time.Time {
	c.looks.Add(1)
	return *c.now.Load()
}

func (c *fixed) set(instant string) {
	t, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		panic(err)
	}
	c.now.Store(&t)
}

// system is a database, a broker, and the workers of a test.
type system struct {
	t     testing.TB
	dsn   string
	store *store.Store
	bus   bus.Config
	pub   *bus.Publisher
	clock *fixed
}

func policy() billing.Policy {
	p := billing.DefaultPolicy()
	p.Ledgers = []billing.Ledger{billing.Customer, billing.Reseller}
	p, err := p.Ready()
	if err != nil {
		panic(err)
	}
	return p
}

func newSystem(t testing.TB, instant string) *system {
	t.Helper()
	dsn := environment.Simulated(t)
	s := &system{t: t, dsn: dsn, store: environment.Store(t, dsn), bus: environment.Bus(t), clock: at(instant)}
	pub, err := bus.NewPublisher(s.bus)
	require.NoError(t, err)
	t.Cleanup(func() { _ = pub.Close() })
	s.pub = pub
	return s
}

// founded is a system whose worker has taken the company and what before sends, and is stopped. The database has the
// clock too, for other processes.
func founded(t testing.TB, instant string, before func(*system)) *system {
	t.Helper()
	s := newSystem(t, instant)
	require.NoError(t, s.store.SetClock(t.Context(), s.clock.Now()))
	stop := s.startWorker()
	s.company()
	if before != nil {
		before(s)
	}
	stop()
	return s
}

// hireFirst sends the first employee and waits until it is there.
func hireFirst(s *system) {
	s.t.Helper()
	s.send(hire(1))
	s.outcome(hire(1))
}

// afterOctober is a system with a worker and one employee, the morning after October's last night.
func afterOctober(t testing.TB) *system {
	t.Helper()
	return afterOctoberWith(t, &worker.Worker{})
}

// afterOctoberWith is afterOctober with a worker that is set up otherwise.
func afterOctoberWith(t testing.TB, w *worker.Worker) *system {
	t.Helper()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	s.startWith(w)
	s.company()
	hireFirst(s)
	s.night()
	s.clock.set("2026-11-01T06:00:00Z")
	return s
}

// startWorker runs one worker; the returned function stops it and waits until it is gone.
func (s *system) startWorker() (stop func()) {
	s.t.Helper()
	return s.startWith(&worker.Worker{})
}

// startWith is startWorker for a worker that is set up otherwise.
func (s *system) startWith(w *worker.Worker) (stop func()) {
	s.t.Helper()
	w.Store, w.Publisher, w.Policy = environment.Store(s.t, s.dsn), s.pub, policy()
	if w.Clock == nil {
		w.Clock = s.clock
	}
	w.Log = running.Log()
	if w.Observer == nil {
		w.Observer = worker.Quiet{}
	}
	cfg := s.bus
	cfg.Logger = running.Log()
	return running.Start(s.t, func(ctx context.Context) error {
		return bus.Consume(ctx, cfg, "tenure", contract.CommandTopics(), w)
	})
}

// employeeShards are those of every partition of the employees' commands, which may have grown.
func (s *system) employeeShards(context.Context) ([]int32, error) {
	partitions, err := s.pub.CountPartitions(contract.EmployeeCommands)
	shards := make([]int32, partitions)
	for i := range shards {
		shards[i] = int32(store.ShardOf(store.FamilyEmployee, int32(i)))
	}
	return shards, err
}

// driver drives runs by hand.
func (s *system) driver() *runs.Driver {
	planner := &worker.Planner{Store: s.store, Clock: s.clock, Policy: policy(),
		Shards: s.employeeShards, Publisher: s.pub, Log: running.Log()}
	return &runs.Driver{Store: s.store, Publisher: s.pub, Clock: s.clock, Policy: policy(), Log: running.Log(),
		Planner: planner.Plan, Opens: planner.Opens}
}

// night drives runs until every night up to now is complete.
func (s *system) night() {
	s.t.Helper()
	d := s.driver()
	s.eventually("runs are complete", func() bool {
		status, err := d.Ensure(context.Background())
		require.NoError(s.t, err)
		return status.Complete()
	})
}

func (s *system) eventually(what string, holds func() bool) {
	s.t.Helper()
	require.Eventually(s.t, holds, waitMax, 20*time.Millisecond, what)
}

// order is a command of the test.
func order(kind, subject, id string, data any) command.Command {
	by := events.Actor{AccessLevel: "ADMIN"}
	if c, err := domain.DecodeCommand(kind, nil); err == nil && c.Operation() == access.Internal {
		by = events.Actor{System: access.Scheduler}
	}
	return command.Command{Type: kind, Subject: subject, ID: id, Data: data, At: time.Now(), Actor: by}
}

func (s *system) send(all ...command.Command) { s.sendTaken(time.Time{}, all...) }

// sendTaken sends commands that the broker takes at a time; zero: at that of each command.
func (s *system) sendTaken(at time.Time, all ...command.Command) {
	s.t.Helper()
	messages := make([]bus.Message, len(all))
	for i, o := range all {
		m, err := command.Compose(o)
		require.NoError(s.t, err)
		if !at.IsZero() {
			m.Time = at
		}
		messages[i] = m
	}
	require.NoError(s.t, s.pub.Publish(context.Background(), messages))
}

// outcome waits for the final answer to a command.
func (s *system) outcome(o command.Command) domain.Outcome {
	s.t.Helper()
	kind, _ := domain.CommandKind(o.Type)
	var a domain.Outcome
	s.eventually("outcome of "+o.ID, func() bool {
		known, ok, err := s.store.Outcome(context.Background(), domain.Stream(kind, o.Subject), o.ID)
		require.NoError(s.t, err)
		if ok {
			require.NoError(s.t, json.Unmarshal(known.Answer, &a))
		}
		return ok
	})
	return a
}

// The ids of the sample catalogue.
const (
	reseller = "52f4fd7734697b2800000001"
	customer = "52f4fd7734697b2800000002"
	pbxUser  = "52f4fd7734697b2800000003"
	pbxPlus  = "52f4fd7734697b2800000004"
	light    = "52f4fd7734697b2800000005"
)

type object = map[string]any

// company sends the catalogue and waits until it is in.
func (s *system) company() {
	s.t.Helper()
	all := []command.Command{
		order("catalog.put_reseller.v1", reseller, "r", object{"name": "Sample reseller"}),
		order("catalog.put_customer.v1", customer, "c", object{"reseller": reseller, "features": []string{"PBX"}}),
		order("catalog.put_product.v1", pbxUser, "p1", object{
			"type": "PBX_USER", "recurrence": "MONTHLY", "price": "49.00", "wholesale": "30"}),
		order("catalog.put_product.v1", pbxPlus, "p2", object{
			"type": "PBX_USER", "recurrence": "MONTHLY", "price": "79.00", "wholesale": "50"}),
		order("catalog.put_product.v1", light, "p3", object{
			"type": "AD_HOC", "recurrence": "MONTHLY", "price": "95.00", "wholesale": "60"}),
	}
	s.send(all...)
	for _, o := range all {
		require.Equal(s.t, domain.StatusApplied, s.outcome(o).Status, o.Type)
	}
}

func employeeID(n int) string { return fmt.Sprintf("52f4fd7734697b29%08x", n) }

// hire is the creation of an employee with a product and an addon from 1 October on.
func hire(n int) command.Command {
	return order("employee.create.v1", employeeID(n), fmt.Sprintf("hire-%d", n), object{
		"customer": customer, "name": fmt.Sprintf("Sample employee %02d", n), "product": pbxUser, "effective": "2026-10-01",
		"addonProducts": []object{{"_id": fmt.Sprintf("5d%022d", n), "product": light, "units": 2, "start": "2026-10-10"}},
	})
}

// lines reads the lines of all runs from the log.
func (s *system) lines() []billing.Line {
	s.t.Helper()
	var all []billing.Line
	shards, err := s.employeeShards(context.Background())
	require.NoError(s.t, err)
	for _, shard := range shards {
		page, err := s.store.Events(context.Background(), store.ShardID(shard), 0, 10_000)
		require.NoError(s.t, err)
		for _, e := range page {
			payload, err := events.Decode(e.Type, e.Payload)
			require.NoError(s.t, err)
			if invoiced, ok := payload.(events.EmployeeInvoiced); ok {
				all = append(all, invoiced.Lines...)
			}
		}
	}
	return all
}

// audited fails on any broken invariant.
func (s *system) audited() {
	s.t.Helper()
	broken, err := audit.Violations(context.Background(), s.store)
	require.NoError(s.t, err)
	require.Empty(s.t, broken)
}

// inWords says an outcome shortly.
func inWords(t testing.TB, o store.Outcome) string {
	var a domain.Outcome
	require.NoError(t, json.Unmarshal(o.Answer, &a))
	switch {
	case a.Duplicate:
		return a.Status + " again"
	case a.Error != nil:
		return fmt.Sprintf("%s %d", a.Status, a.Error.Status)
	}
	return a.Status
}

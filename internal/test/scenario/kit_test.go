package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/audit"
	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/command"
	"tenure/internal/feed"
	"tenure/internal/provider"
	"tenure/internal/relay"
	"tenure/internal/runs"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/test/running"
	"tenure/internal/worker"
	"tenure/projections"
)

// waitMax bounds every wait of these tests; it is only ever reached by a failure.
const waitMax = 5 * time.Minute

// The ids of the sample catalogue.
const (
	reseller = "52f4fd7734697b2800000001"
	customer = "52f4fd7734697b2800000002"
	basic    = "52f4fd7734697b2800000003"
	large    = "52f4fd7734697b2800000004"
	lamp     = "52f4fd7734697b2800000005"
	mobile   = "52f4fd7734697b2800000006"
	plain    = "52f4fd7734697b2800000007" // a customer without the PBX feature
)

type object = map[string]any

// system is a company on real parts, on a clock that the test moves.
type system struct {
	t     *testing.T
	dsn   string
	store *store.Store
	bus   bus.Config
	pub   *bus.Publisher
	now   atomic.Pointer[time.Time]
	sent  int
}

// Now is business time.
func (s *system) Now() time.Time { return *s.now.Load() }

// newSystem has a database, a broker and a feed; no worker yet.
func newSystem(t *testing.T, at string) *system {
	t.Helper()
	s := &system{t: t, dsn: environment.Simulated(t), bus: environment.Bus(t)}
	s.store = environment.Store(t, s.dsn)
	s.setClock(instant(at))
	pub, err := bus.NewPublisher(s.bus)
	require.NoError(t, err)
	t.Cleanup(func() { _ = pub.Close() })
	s.pub = pub
	own := environment.Store(t, s.dsn)
	reader := feed.NewReader(own)
	router := relay.NewRouter(relay.NewItems(own, catalog.New(own, nil)))
	s.background(func(ctx context.Context) error {
		return feed.Run(ctx, feed.Config{Store: own, Log: running.Log(), Subscribers: []feed.Subscriber{
			feed.Project(reader, projections.Directory{}), relay.Events(reader, router, pub, nil),
		}})
	})
	return s
}

func instant(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// background runs a part until the test ends, or the returned function is called.
func (s *system) background(part func(context.Context) error) (stop func()) {
	s.t.Helper()
	return running.Start(s.t, part)
}

func (s *system) startWorker() (stop func()) {
	w := &worker.Worker{
		Store: environment.Store(s.t, s.dsn), Publisher: s.pub, Clock: s, Policy: policy(), Log: running.Log(),
		Observer: worker.Quiet{},
	}
	cfg := s.bus
	cfg.Logger = running.Log()
	return s.background(func(ctx context.Context) error {
		return bus.Consume(ctx, cfg, "tenure", contract.CommandTopics(), w)
	})
}

// answering starts a provider; the returned function takes it away.
func (s *system) answering(b provider.Behaviour, delay time.Duration) (stop func()) {
	p := &provider.Simulated{Kafka: s.bus, Publisher: s.pub, Behaviour: b, Delay: delay, Clock: s, Log: running.Log()}
	return s.background(p.Run)
}

func policy() billing.Policy {
	p, err := billing.DefaultPolicy().Ready()
	if err != nil {
		panic(err)
	}
	return p
}

func (s *system) setClock(t time.Time) {
	s.t.Helper()
	require.NoError(s.t, s.store.SetClock(context.Background(), t))
	s.now.Store(&t)
}

// goTo moves the clock and waits until time has done what was due by then.
func (s *system) goTo(at string) {
	s.t.Helper()
	s.setClock(instant(at))
	s.eventually("nobody is due", s.nobodyDue)
}

func (s *system) nobodyDue() bool {
	for p := range int32(environment.Partitions) {
		due, err := s.store.DueNow(context.Background(), store.ShardOf(store.FamilyEmployee, p), s.Now(), 1)
		require.NoError(s.t, err)
		if len(due) > 0 {
			return false
		}
	}
	return true
}

// nights drives runs until every night up to now is complete.
func (s *system) nights() {
	s.t.Helper()
	shards := make([]int32, environment.Partitions)
	for i := range shards {
		shards[i] = int32(store.ShardOf(store.FamilyEmployee, int32(i)))
	}
	d := s.driver(shards)
	s.eventually("the nights are complete", func() bool {
		status, err := d.Ensure(context.Background())
		require.NoError(s.t, err)
		return status.Complete()
	})
}

func (s *system) eventually(what string, holds func() bool) {
	s.t.Helper()
	require.Eventually(s.t, holds, waitMax, 10*time.Millisecond, what)
}

// send sends a command and waits for its answer.
func (s *system) send(kind, subject string, data any) domain.Outcome {
	s.t.Helper()
	s.sent++
	if body, err := json.Marshal(data); err == nil && data != nil {
		data = json.RawMessage(inFull(body, subject))
	}
	o := command.Command{Type: kind, Subject: subject, ID: fmt.Sprintf("c-%d", s.sent), Data: data, At: time.Now(),
		Actor: events.Actor{AccessLevel: "ADMIN"}}
	m, err := command.Compose(o)
	require.NoError(s.t, err)
	require.NoError(s.t, s.pub.Publish(context.Background(), []bus.Message{m}))
	about, _ := domain.CommandKind(kind)
	var a domain.Outcome
	s.eventually("an answer to "+kind, func() bool {
		known, ok, err := s.store.Outcome(context.Background(), domain.Stream(about, subject), o.ID)
		require.NoError(s.t, err)
		if ok {
			require.NoError(s.t, json.Unmarshal(known.Answer, &a))
		}
		return ok
	})
	return a
}

// order insists that a command takes effect.
func (s *system) order(kind, subject string, data any) {
	s.t.Helper()
	a := s.send(kind, subject, data)
	require.Equal(s.t, domain.StatusApplied, a.Status, "%s: %+v", kind, a.Error)
}

// company sends the catalogue.
func (s *system) company() {
	s.t.Helper()
	s.order("catalog.put_reseller.v1", reseller, object{"name": "Sample reseller"})
	s.order("catalog.put_customer.v1", customer, object{"reseller": reseller, "features": []string{"PBX"}})
	s.order("catalog.put_customer.v1", plain, object{"reseller": reseller})
	s.order("catalog.put_product.v1", basic, object{"type": "PBX_USER", "recurrence": "MONTHLY", "price": "49.00"})
	s.order("catalog.put_product.v1", large, object{"type": "PBX_USER", "recurrence": "MONTHLY", "price": "79.00"})
	s.order("catalog.put_product.v1", lamp, object{"type": "AD_HOC", "recurrence": "MONTHLY", "price": "95.00"})
	s.order("catalog.put_product.v1", mobile, object{"type": "MVNO_RATEPLAN", "recurrence": "MONTHLY", "price": "99.00"})
}

func employeeID(n int) string { return fmt.Sprintf("52f4fd7734697b29%08x", n) }

// hire creates an employee with a product, an extension and an account that is being ported.
func (s *system) hire(n int) {
	s.t.Helper()
	s.order("employee.create.v1", employeeID(n), object{"customer": customer, "name": fmt.Sprintf("Sample employee %02d",
		n), "product": basic})
	s.order("employee.assign_extension.v1", employeeID(n), object{"_id": "x1", "number": "201"})
	s.order("employee.attach_mvno_account.v1", employeeID(n), object{"_id": "m1", "number": "+4500000001",
		"numberState": "PORTING_IN", "ratePlan": basic})
}

// document reads what every screen shows of it, as of now.
func (s *system) document(n int) projections.Employee {
	s.t.Helper()
	require.NoError(s.t, feed.Caught(s.t.Context(), s.store, nil, projections.Directory{}.Name()))
	e, ok, err := projections.EmployeeByID(s.t.Context(), s.store, employeeID(n))
	require.NoError(s.t, err)
	require.True(s.t, ok)
	e.Extensions, e.Accounts, e.Addons = slices.Clone(e.Extensions), slices.Clone(e.Accounts), slices.Clone(e.Addons)
	for i := range e.Extensions {
		e.Extensions[i].ID = aliasOf(e.Extensions[i].ID)
	}
	for i := range e.Accounts {
		e.Accounts[i].ID = aliasOf(e.Accounts[i].ID)
	}
	for i := range e.Addons {
		e.Addons[i].ID = aliasOf(e.Addons[i].ID)
	}
	if e.Deletion != nil {
		refused := map[string]string{}
		for id, why := range e.Deletion.Refused {
			refused[aliasOf(id)] = why
		}
		e.Deletion.Refused = refused
	}
	return e
}

// aliases are how the sentences call what an employee has, with the beginning of its id: each employee has its own.
var aliases = map[string]string{"x1": "e1", "x2": "e2", "m1": "c1", "a1": "a1"}

// inFull writes the ids of an employee for its aliases.
func inFull(data []byte, subject string) []byte {
	for alias, prefix := range aliases {
		data = bytes.ReplaceAll(data, []byte(`"`+alias+`"`), []byte(`"`+prefix+subject[2:]+`"`))
	}
	return data
}

// aliasOf is the inverse of inFull for one id.
func aliasOf(id string) string {
	for alias, prefix := range aliases {
		if len(id) == len(employeeID(0)) && strings.HasPrefix(id, prefix) && strings.HasPrefix(id[2:], employeeID(0)[2:16]) {
			return alias
		}
	}
	return id
}

// history is what happened to it, decoded.
func (s *system) history(n int) (all []events.Event) {
	s.t.Helper()
	found, err := s.store.StreamEvents(context.Background(), domain.Stream(domain.KindEmployee, employeeID(n)), 1)
	require.NoError(s.t, err)
	for _, e := range found {
		for alias, prefix := range aliases {
			e.Payload = bytes.ReplaceAll(e.Payload, []byte(`"`+prefix+employeeID(n)[2:]+`"`), []byte(`"`+alias+`"`))
		}
		payload, err := events.Decode(e.Type, e.Payload)
		require.NoError(s.t, err)
		all = append(all, payload)
	}
	return all
}

// happened lists the events of some types.
func happened[T events.Event](s *system, n int) (all []T) {
	for _, e := range s.history(n) {
		if e, ok := e.(T); ok {
			all = append(all, e)
		}
	}
	return all
}

// lines are what it was billed.
func (s *system) lines(n int) (all []billing.Line) {
	for _, e := range happened[events.EmployeeInvoiced](s, n) {
		all = append(all, e.Lines...)
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

// driver drives runs over shards.
func (s *system) driver(shards []int32) *runs.Driver {
	planner := &worker.Planner{Store: s.store, Clock: s, Policy: policy(),
		Shards: worker.FixedShards(shards), Publisher: s.pub, Log: running.Log()}
	return &runs.Driver{Store: s.store, Publisher: s.pub, Clock: s, Policy: policy(), Log: running.Log(),
		Planner: planner.Plan, Opens: planner.Opens}
}

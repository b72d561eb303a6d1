package faults

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/internal/audit"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/feed"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/internal/test/digest"
	"tenure/internal/test/environment"
	"tenure/projections"
)

const (
	// waitMax bounds every wait of these tests; it is only ever reached by a failure. After a fault much has to run out by
	// itself: sessions, leases, pauses between tries.
	waitMax = 6 * time.Minute
	// lookEvery is how often a wait looks.
	lookEvery = 20 * time.Millisecond
	// idleInTransaction is how long a writer that is blocked inside its transaction keeps the next owner waiting.
	idleInTransaction = 2 * time.Second
	// clockSeen is how long a process may take to see that the clock was moved: it looks every 50 ms.
	clockSeen = 200 * time.Millisecond
)

// system is a company on real parts, whose processes come and go.
type system struct {
	t      *testing.T
	dsn    string
	store  *store.Store
	bus    bus.Config
	broker *broker
	pub    *bus.Publisher
	policy billing.Policy

	mu    sync.Mutex
	nodes []*exec.Cmd
}

// newSystem has a database and topics, and a clock that stands at the beginning of a script; no process yet.
func newSystem(t *testing.T, s script) *system {
	t.Helper()
	return newSystemOn(t, s, environment.Simulated(t))
}

func newSystemOn(t *testing.T, life script, dsn string) *system {
	t.Helper()
	s := &system{t: t, dsn: dsn, broker: newBroker(t), store: environment.Store(t, dsn)}
	policy, err := billing.DefaultPolicy().With("ledgers", ledgers)
	require.NoError(t, err)
	s.policy, err = policy.Ready()
	require.NoError(t, err)
	s.bus = s.broker.config()
	require.NoError(t, bus.EnsureTopics(t.Context(), s.bus, bus.Topics(environment.Partitions)))
	s.pub, err = bus.NewPublisher(s.bus)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.pub.Close() })
	require.NoError(t, s.store.SetClock(t.Context(), life.first))
	return s
}

// ledgers are those that every system bills.
const ledgers = "CUSTOMER,RESELLER,COST"

// start starts a process with all roles but the API's; env changes its settings.
func (s *system) start(env ...string) *exec.Cmd {
	s.t.Helper()
	return s.startWithin(s.dsn, s.bus, env...)
}

func (s *system) startWithin(dsn string, kafka bus.Config, env ...string) *exec.Cmd {
	s.t.Helper()
	cmd := child(s.t, partNode, append([]string{
		"TENURE_KAFKA_BROKERS=" + strings.Join(kafka.Brokers, ","), "TENURE_KAFKA_TOPIC_PREFIX=" + kafka.TopicPrefix,
		"TENURE_POSTGRES_DSN=" + dsn, "TENURE_ROLES=worker,feed,scheduler", "TENURE_POLICY_LEDGERS=" + ledgers,
	}, env...)...)
	s.mu.Lock()
	s.nodes = append(s.nodes, cmd)
	s.mu.Unlock()
	return cmd
}

// child starts this binary as one of the parts. It ends with the test.
func child(t *testing.T, part string, env ...string) *exec.Cmd {
	t.Helper()
	return environment.Child(t, append([]string{envPart + "=" + part}, env...)...)
}

// killAll ends every process.
func (s *system) killAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.nodes {
		environment.Kill(n)
	}
	s.nodes = nil
}

// live plays a script to its end; each day is given to before, with its number, in the course of the day.
func (s *system) live(life script, before func(day int)) {
	s.t.Helper()
	for day := range life.days {
		s.startDay(life, day)
		if before != nil {
			before(day)
		}
		s.order(life.days[day]...)
	}
	s.startDay(life, len(life.days))
}

// startDay moves the clock to noon of a day and waits until everything is done that is due, runs included.
func (s *system) startDay(life script, day int) {
	s.t.Helper()
	noon := life.first.AddDate(0, 0, day)
	s.eventually("the clock is moved", func() bool { return s.store.SetClock(context.Background(), noon) == nil })
	<-time.After(clockSeen)
	s.eventually("nobody is due at "+noon.Format(time.DateOnly), func() bool { return s.nobodyDue(noon) })
	s.eventually("the night of "+noon.Format(time.DateOnly)+" is complete", func() bool {
		missing, err := runstate.Missing(context.Background(), s.store, noon, s.policy.Zone())
		return err == nil && len(missing) == 0
	})
}

func (s *system) nobodyDue(now time.Time) bool {
	for p := range int32(environment.Partitions) {
		due, err := s.store.DueNow(context.Background(), store.ShardOf(store.FamilyEmployee, p), now, 1)
		if err != nil || len(due) > 0 {
			return false
		}
	}
	return true
}

// order sends commands and waits until each has its final outcome. The catalogue's come first: what an employee is
// asked for must not depend on which shard is quicker.
func (s *system) order(list ...command.Command) {
	s.t.Helper()
	catalogue, people := split(list)
	s.publish(catalogue...)
	s.answered(catalogue...)
	s.publish(people...)
	s.answered(people...)
}

// underWay sends a day's commands and does not wait for the employees' ones, so that a fault meets them on their way;
// live sends them again.
func (s *system) underWay(day []command.Command) {
	s.t.Helper()
	catalogue, people := split(day)
	s.order(catalogue...)
	s.publish(people...)
}

// split takes the catalogue's commands and those of employees apart.
func split(list []command.Command) (catalogue, people []command.Command) {
	for _, o := range list {
		if strings.HasPrefix(o.Type, "catalog.") {
			catalogue = append(catalogue, o)
			continue
		}
		people = append(people, o)
	}
	return catalogue, people
}

// publish sends commands without waiting for what becomes of them.
func (s *system) publish(list ...command.Command) {
	s.t.Helper()
	var messages []bus.Message
	for _, o := range list {
		o.At = time.Now()
		m, err := command.Compose(o)
		require.NoError(s.t, err)
		messages = append(messages, m)
	}
	if len(messages) == 0 {
		return
	}
	s.send(messages...)
}

// send publishes messages, however long the broker is away.
func (s *system) send(messages ...bus.Message) {
	s.t.Helper()
	s.eventually("the broker takes the messages", func() bool {
		return s.pub.Publish(context.Background(), messages) == nil
	})
}

func (s *system) answered(list ...command.Command) {
	s.t.Helper()
	for _, o := range list {
		about, _ := domain.CommandKind(o.Type)
		s.eventually("an answer to "+o.Type+" "+o.ID, func() bool {
			_, ok, err := s.store.Outcome(context.Background(), domain.Stream(about, o.Subject), o.ID)
			return err == nil && ok
		})
	}
}

func (s *system) eventually(what string, holds func() bool) {
	s.t.Helper()
	require.Eventually(s.t, holds, waitMax, lookEvery, what)
}

// quiet waits until every reader has read everything.
func (s *system) quiet() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), waitMax)
	defer cancel()
	names := []string{feed.RelayName}
	for _, p := range projections.All() {
		names = append(names, p.Name())
	}
	s.eventually("the readers have caught up", func() bool { return feed.Caught(ctx, s.store, nil, names...) == nil })
}

// whole fails unless a system is as one to which nothing happened: the audit is green, the topics hold what the log
// holds, and the digest is the wanted one.
func (s *system) whole(want *digest.Digest) {
	s.t.Helper()
	s.quiet()
	s.audited()
	digest.TopicsHoldTheLog(s.t, s.store, s.bus)
	want.Equal(s.t, digest.Of(s.t, s.store))
}

func (s *system) audited() {
	s.t.Helper()
	broken, err := audit.Violations(context.Background(), s.store)
	require.NoError(s.t, err)
	require.Empty(s.t, broken)
}

// oneSeed is that of this run of the tests: TENURE_SEED, or another each time.
var oneSeed = sync.OnceValues(func() (int64, error) {
	if given := os.Getenv("TENURE_SEED"); given != "" {
		return strconv.ParseInt(given, 10, 64)
	}
	return time.Now().UnixNano() % 1_000_000, nil
})

// seed gives and prints it.
func seed(t *testing.T) int64 {
	t.Helper()
	n, err := oneSeed()
	require.NoError(t, err)
	t.Logf("TENURE_SEED=%d", n)
	return n
}

// all reports whether every fault is asked for, and for longer lives.
func all() bool { return os.Getenv("TENURE_FAULTS") == "all" }

// onlyWithAll leaves a test to make test-faults.
func onlyWithAll(t *testing.T) {
	t.Helper()
	if !all() {
		t.Skip("TENURE_FAULTS=all, or make test-faults, asks for it")
	}
}

// calm keeps the digests of lives to which nothing happened, since many tests ask for the same one.
var calm = struct {
	sync.Mutex
	digests map[string]*digest.Digest
}{digests: map[string]*digest.Digest{}}

// undisturbed is the digest of a system with this life to which nothing happens.
func undisturbed(t *testing.T, life script) *digest.Digest {
	t.Helper()
	calm.Lock()
	defer calm.Unlock()
	if d, known := calm.digests[life.name]; known {
		return d
	}
	s := newSystem(t, life)
	s.start()
	s.live(life, nil)
	s.quiet()
	s.audited()
	digest.TopicsHoldTheLog(s.t, s.store, s.bus)
	d := digest.Of(t, s.store)
	s.killAll()
	require.NotEmpty(t, d.Lines, "a scenario of %d days bills an employee", len(life.days))
	calm.digests[life.name] = d
	return d
}

// short is a short life, the digest of one to which nothing happens, and a system that is going to live it.
func short(t *testing.T) (life script, want *digest.Digest, s *system) {
	t.Helper()
	life = newScript(seed(t), lifeBegins, shortLife, ordersADay)
	return life, undisturbed(t, life), newSystem(t, life)
}

// inTheMiddle does something on the middle day of a short life.
func inTheMiddle(then func(day int)) func(day int) {
	return func(day int) {
		if day == shortLife/2 {
			then(day)
		}
	}
}

package threenodes

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/audit"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/config"
	"tenure/internal/feed"
	"tenure/internal/node"
	"tenure/internal/replay"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/test/running"
)

const partitions = environment.Partitions

// begin is when the simulated clock of a test starts.
var begin = time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)

// journal is what a process logs.
type journal struct{ running.Journal }

// count is how often something was logged.
func (j *journal) count(what string) int { return strings.Count(j.String(), what) }

// onFailure prints the end of the journal of a test that failed.
func (j *journal) onFailure(t *testing.T) {
	const lines = 60
	if t.Failed() {
		all := strings.Split(j.String(), "\n")
		t.Log(strings.Join(all[max(0, len(all)-lines):], "\n"))
	}
}

// system is a process on three nodes, and an operator and an integrator beside it.
type system struct {
	*cluster
	*node.Node
	config    node.Config
	log       *journal
	publisher *bus.Publisher
	reader    *bus.TopicReader
}

// newSystem starts a process with a small company, in topics of the test. They stay until the nodes are removed: once a
// topic is deleted of which a partition had no leader for a while, the controllers of Apache Kafka 4.1.2 fail at every
// broker that registers ("existed in isrMembers, but not in the topics map"), and no node comes up again.
func newSystem(t *testing.T) *system {
	t.Helper()
	c := newCluster(t)
	policy, err := billing.DefaultPolicy().Ready()
	require.NoError(t, err)
	log := &journal{}
	cfg := node.Config{
		Config: config.Config{
			Roles: []config.Role{config.RoleWorker, config.RoleFeed}, Policy: policy, Group: "tenure", Partitions: partitions,
			Admin: "127.0.0.1:0", Replication: 3, MinInsync: 2,
			Kafka: bus.Config{Brokers: c.brokers, ClientID: "tenure-test", TopicPrefix: "t" + uuid.NewString()[:8] + "."},
		},
		Prepare: true, Clock: begin, Refill: refill, Log: slog.New(slog.NewTextHandler(log, nil)),
	}
	cfg.Postgres.DSN = environment.Database(t)
	t.Cleanup(func() { log.onFailure(t) })
	s := &system{cluster: c, config: cfg, log: log, Node: process(t, cfg)}
	s.reader, err = bus.NewTopicReader(s.Kafka)
	require.NoError(t, err)
	t.Cleanup(s.reader.Close)
	s.publisher, err = bus.NewPublisher(s.Kafka)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.publisher.Close() })
	s.apply(company()...)
	for p := range int32(partitions) {
		s.apply(hire(employee(p)))
	}
	s.published()
	return s
}

// refill is that of the program.
func refill(o node.Refilling) node.Refill {
	f := replay.NewRefill(&replay.Runner{Store: o.Store, Kafka: o.Kafka, Lookup: o.Topics, Publisher: o.Publisher,
		Clock: replay.RealClock()}, o.Log)
	f.RealTime, f.Filled = o.RealTime, o.Filled
	return node.Refill{TailLost: f.TailLost, Run: f.Run}
}

// process starts a process that ends with the test.
func process(t *testing.T, cfg node.Config) *node.Node {
	t.Helper()
	n, err := node.Start(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = n.Stop(context.Background()) })
	return n
}

// topic is a topic's name on the brokers.
func (s *system) topic(name string) string { return s.config.Kafka.TopicPrefix + name }

// employee is the id of an employee whose key leads to a partition.
func employee(partition int32) string {
	for n := 0; ; n++ {
		if id := fmt.Sprintf("5e%022d", n); contract.PartitionOf([]byte(id), partitions) == partition {
			return id
		}
	}
}

// The ids of a small company.
const (
	reseller = "5a0000000000000000000001"
	customer = "5c0000000000000000000001"
	product  = "5b0000000000000000000001"
)

// byAdmin is a command of an ADMIN.
func byAdmin(kind, subject, id string, body map[string]any) command.Command {
	return command.Command{Type: kind, Subject: subject, ID: id, Data: body, Actor: events.Actor{AccessLevel: "ADMIN"}}
}

func company() []command.Command {
	return []command.Command{
		byAdmin("catalog.put_reseller.v1", reseller, "r", map[string]any{"name": "Sample reseller", "currency": "DKK"}),
		byAdmin("catalog.put_product.v1", product, "p", map[string]any{
			"name": "PBX user", "type": "PBX_USER", "recurrence": "MONTHLY", "price": "79.00", "wholesale": "49.00",
			"cost": "21.50"}),
		byAdmin("catalog.put_customer.v1", customer, "c", map[string]any{
			"reseller": reseller, "name": "Sample customer", "currency": "DKK", "features": []string{"PBX"}}),
	}
}

func hire(id string) command.Command {
	return byAdmin("employee.create.v1", id, "create-"+id, map[string]any{
		"customer": customer, "name": "Sample employee", "product": product, "effective": "2026-10-01"})
}

// titles are n commands to the employee of a partition, whose ids begin with a name.
func titles(partition int32, name string, n int) (all []command.Command) {
	for i := range n {
		id := fmt.Sprintf("%s-%d", name, i)
		all = append(all, byAdmin("employee.update.v1", employee(partition), id, map[string]any{"title": id}))
	}
	return all
}

// publish sends commands and returns when they are acknowledged.
func (s *system) publish(list ...command.Command) error {
	messages := make([]bus.Message, len(list))
	for i, c := range list {
		c.At = time.Now()
		var err error
		if messages[i], err = command.Compose(c); err != nil {
			return err
		}
	}
	return s.publisher.Publish(context.Background(), messages)
}

// publishAside sends commands as a producer does that has sent nothing to the topic before: in one batch.
func (s *system) publishAside(list ...command.Command) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(s.brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(time.Second))
	if err != nil {
		return err
	}
	defer client.Close()
	records := make([]*kgo.Record, len(list))
	for i, c := range list {
		c.At = time.Now()
		m, err := command.Compose(c)
		if err != nil {
			return err
		}
		records[i] = &kgo.Record{Topic: s.topic(m.Topic), Partition: contract.PartitionOf(m.Key, partitions), Key: m.Key,
			Value: m.Value}
		for _, h := range m.Headers {
			records[i].Headers = append(records[i].Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
		}
	}
	return client.ProduceSync(context.Background(), records...).FirstErr()
}

// outcomes are how many of some commands have an outcome, all of which must be applied.
func (s *system) outcomes(list ...command.Command) (n int) {
	s.t.Helper()
	for _, c := range list {
		kind, _ := domain.CommandKind(c.Type)
		outcome, ok, err := s.Store.Outcome(context.Background(), domain.Stream(kind, c.Subject), c.ID)
		require.NoError(s.t, err)
		if ok {
			require.Contains(s.t, string(outcome.Answer), domain.StatusApplied, "%s %s", c.Type, c.ID)
			n++
		}
	}
	return n
}

// apply sends commands and waits until all are applied.
func (s *system) apply(list ...command.Command) {
	s.t.Helper()
	require.NoError(s.t, s.publish(list...))
	s.applied(list...)
}

// applied waits until commands are applied.
func (s *system) applied(list ...command.Command) {
	s.t.Helper()
	s.until(fmt.Sprintf("%s and %d more are applied", list[0].ID, len(list)-1), func() bool {
		return s.outcomes(list...) == len(list)
	})
}

// published waits until the relays have published everything.
func (s *system) published() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), waitMax)
	defer cancel()
	require.NoError(s.t, feed.Caught(ctx, s.Store, nil, feed.RelayName, feed.OutcomesName))
}

// next is the offset at which a shard of employees continues.
func (s *system) next(partition int32) int64 {
	s.t.Helper()
	heads, err := s.Store.Heads(s.t.Context())
	require.NoError(s.t, err)
	return heads[store.ShardOf(store.FamilyEmployee, partition)].NextOffset
}

// ends are the bounds of a partition.
func (s *system) ends(topic string, partition int32) (id string, all bus.PartitionState) {
	s.t.Helper()
	s.until("the ends of "+topic, func() bool {
		states, err := s.reader.TopicStates(s.t.Context(), []string{topic})
		if err != nil {
			return false
		}
		id, all = states[0].ID, states[0].Partitions[partition]
		return true
	})
	return id, all
}

// ready is what a probe of readiness answers.
func (s *system) ready() (code int, body string) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, "http://"+s.Admin+"/readyz", nil)
	require.NoError(s.t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(s.t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return response.StatusCode, string(text)
}

// says waits until a probe of readiness names something.
func (s *system) says(what string) {
	s.t.Helper()
	s.until("/readyz says "+what, func() bool {
		_, body := s.ready()
		return strings.Contains(body, what)
	})
}

// sound compares log and employee.events, and audits.
func (s *system) sound() {
	s.t.Helper()
	s.published()
	seen := s.events()
	for p := range int32(partitions) {
		logged, err := s.Store.Events(s.t.Context(), store.ShardOf(store.FamilyEmployee, p), 0, 10_000)
		require.NoError(s.t, err)
		require.Len(s.t, seen[p], len(logged), "shard %d", p)
	}
	found, err := audit.Violations(s.t.Context(), s.Store)
	require.NoError(s.t, err)
	require.Empty(s.t, found)
}

// events are the ids of what employee.events has, by partition. While leaders move it cannot be read.
func (s *system) events() (seen map[int32]map[string]bool) {
	s.t.Helper()
	s.until("employee.events is read", func() bool {
		seen = map[int32]map[string]bool{}
		err := s.reader.ReadAll(s.t.Context(), []string{contract.EmployeeEvents}, nil, func(m bus.Message) error {
			if seen[m.Partition] == nil {
				seen[m.Partition] = map[string]bool{}
			}
			seen[m.Partition][string(m.Header("ce_id"))] = true
			return nil
		})
		return err == nil
	})
	return seen
}

// behind is how many shards of events and outcomes have something to publish.
func (s *system) behind() (n int) {
	s.t.Helper()
	all, err := feed.ProgressOf(s.t.Context(), s.Store)
	require.NoError(s.t, err)
	for _, p := range all {
		if (p.Subscriber == feed.RelayName || p.Subscriber == feed.OutcomesName) && p.Lag > 0 {
			n++
		}
	}
	return n
}

package node

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/config"
	"tenure/internal/runstate"
	"tenure/internal/test/database"
	"tenure/internal/test/environment"
	"tenure/internal/test/running"
)

func TestMain(m *testing.M) { os.Exit(environment.Processes(m.Run)) }

// waitMax bounds each wait of a test. Everything waited for takes a second on an idle machine.
const waitMax = 5 * time.Minute

// begin is when the simulated clock of a test starts: before a month end and not before midnight.
var begin = time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)

// realBroker lets one test at a time have the topics of a shared broker, whose names are fixed.
var realBroker sync.Mutex

// start brings a whole process up: with embedded parts, or on the brokers that TENURE_KAFKA_BROKERS names, whose
// topics of ours it makes again.
func start(t *testing.T, change func(*Config)) *Node {
	t.Helper()
	policy, err := billing.DefaultPolicy().With("ledgers", "CUSTOMER,RESELLER,COST")
	require.NoError(t, err)
	policy, err = policy.Ready()
	require.NoError(t, err)
	c := Config{
		Config: config.Config{
			Roles: config.Roles(), Policy: policy, Group: "test-" + uuid.NewString(), Partitions: 4,
			HTTP: "127.0.0.1:0", Admin: "127.0.0.1:0", Kafka: bus.Config{ClientID: "tenure-test"},
		},
		Ephemeral: true, Prepare: true, Clock: begin, Log: running.Log(),
	}
	c.Postgres.DSN = database.ForProcess(t)
	if brokers := os.Getenv("TENURE_KAFKA_BROKERS"); brokers != "" {
		c.Kafka.Brokers = strings.Split(brokers, ",")
	}
	if change != nil {
		change(&c)
	}
	if len(c.Kafka.Brokers) > 0 {
		realBroker.Lock()
		t.Cleanup(realBroker.Unlock)
		deleteTopics(t, c.Kafka.Brokers)
	}
	n, err := Start(t.Context(), c)
	require.NoError(t, err)
	t.Cleanup(func() { running.End(t, n.Stop) })
	return n
}

// deleteTopics removes our topics and waits until the cluster has forgotten them.
func deleteTopics(t *testing.T, brokers []string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	require.NoError(t, err)
	defer client.Close()
	remove, ask := kmsg.NewPtrDeleteTopicsRequest(), kmsg.NewPtrMetadataRequest()
	remove.TimeoutMillis = 30_000
	for _, spec := range bus.Topics(1) {
		name := kmsg.NewDeleteTopicsRequestTopic()
		name.Topic = kmsg.StringPtr(spec.Name)
		remove.Topics = append(remove.Topics, name)
		remove.TopicNames = append(remove.TopicNames, spec.Name)
		wanted := kmsg.NewMetadataRequestTopic()
		wanted.Topic = kmsg.StringPtr(spec.Name)
		ask.Topics = append(ask.Topics, wanted)
	}
	_, err = remove.RequestWith(t.Context(), client)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		known, err := ask.RequestWith(t.Context(), client)
		if err != nil {
			return false
		}
		for _, topic := range known.Topics {
			if kerr.ErrorForCode(topic.ErrorCode) != kerr.UnknownTopicOrPartition {
				return false
			}
		}
		return true
	}, waitMax, 50*time.Millisecond)
}

// system is a running process with an operator who sends commands to it.
type system struct {
	*Node
	t          *testing.T
	dispatcher *command.Sender
}

func startSystem(t *testing.T, change func(*Config)) *system {
	t.Helper()
	n := start(t, change)
	publisher, err := bus.NewPublisher(n.Kafka)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, publisher.Close()) })
	d, err := command.New(n.Kafka, publisher, n.Store)
	require.NoError(t, err)
	t.Cleanup(d.Close)
	s := &system{Node: n, t: t, dispatcher: d}
	s.nightsDone() // the first night of a system runs at once; after it nothing is billed before the clock moves
	return s
}

// send sends commands and gives their answers.
func (s *system) send(list ...command.Command) []domain.Outcome {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), waitMax)
	defer cancel()
	answers, err := s.dispatcher.Send(ctx, list, nil)
	require.NoError(s.t, err)
	return answers
}

// apply sends commands that all must be applied.
func (s *system) apply(list ...command.Command) {
	s.t.Helper()
	for _, a := range s.send(list...) {
		require.Equal(s.t, domain.StatusApplied, a.Status, "%s %s: %v", a.Type, a.Subject, a.Error)
	}
}

// goTo moves the clock and waits for the nights on the way.
func (s *system) goTo(at time.Time) {
	s.t.Helper()
	require.NoError(s.t, s.Store.SetClock(s.t.Context(), at))
	s.nightsDone()
}

func (s *system) nightsDone() {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		now, _, err := s.Store.Clock(s.t.Context())
		require.NoError(s.t, err)
		missing, err := runstate.Missing(s.t.Context(), s.Store, now, s.config.Policy.Zone())
		return err == nil && len(missing) == 0
	}, waitMax, 20*time.Millisecond, "the nights' runs")
}

// command makes an order by an ADMIN.
func newCommand(kind, subject, id string, body map[string]any) command.Command {
	return command.Command{Type: kind, Subject: subject, ID: id, Data: body, Actor: events.Actor{AccessLevel: "ADMIN"}}
}

// The ids of a small company.
const (
	reseller = "5a0000000000000000000001"
	customer = "5c0000000000000000000001"
	product  = "5b0000000000000000000001"
	addon    = "5b0000000000000000000002"
)

// company is what every employee needs.
func company() []command.Command {
	return []command.Command{
		newCommand("catalog.put_reseller.v1", reseller, "r", map[string]any{"name": "Sample reseller", "currency": "DKK"}),
		newCommand("catalog.put_product.v1", product, "p", map[string]any{
			"name": "PBX user", "type": "PBX_USER", "recurrence": "MONTHLY", "price": "79.00", "wholesale": "49.00",
			"cost": "21.50"}),
		newCommand("catalog.put_product.v1", addon, "a", map[string]any{
			"name": "Recording", "type": "OTHER", "recurrence": "MONTHLY", "price": "29.00", "wholesale": "15.00",
			"cost": "6.10"}),
		newCommand("catalog.put_customer.v1", customer, "c", map[string]any{
			"reseller": reseller, "name": "Sample customer", "currency": "DKK", "features": []string{"PBX"}}),
	}
}

// hire creates an employee with a product and an addon from the first of October.
func hire(id string) command.Command {
	return newCommand("employee.create.v1", id, "create-"+id, map[string]any{
		"customer": customer, "name": "Sample employee " + id[20:], "product": product, "effective": "2026-10-01",
		"addonProducts": []map[string]any{{"_id": "5d" + id[2:], "product": addon, "start": "2026-10-01", "units": "2"}},
	})
}

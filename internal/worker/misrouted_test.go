package worker_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tenure/contract"
	"tenure/domain"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/store"
	"tenure/internal/test/database"
	"tenure/internal/test/environment"
	"tenure/internal/test/running"
	"tenure/internal/worker"
)

// sendTo sends a command to a topic that is not its own, as a producer by mistake does.
func (s *system) sendTo(topic string, o command.Command, headers ...bus.Header) {
	s.t.Helper()
	m, err := command.Compose(o)
	require.NoError(s.t, err)
	m.Topic = topic
	m.Headers = append(m.Headers, headers...)
	require.NoError(s.t, s.pub.Publish(context.Background(), []bus.Message{m}))
}

func TestRoute_SendsATypeOnToItsOwnTopic(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	s.send(hire(1))
	require.Equal(t, domain.StatusApplied, s.outcome(hire(1)).Status)
	price := func(id string) command.Command {
		return order("catalog.set_price.v1", light, id, object{"amount": "96.00", "effective": "2026-10-01"})
	}
	put := order("catalog.put_customer.v1", "52f4fd7734697b28000000aa", "new-customer", object{
		"reseller": reseller, "features": []string{"PBX"}})
	for _, c := range []struct {
		topic string
		order command.Command
	}{
		{contract.BillingCommands, title(1, "on-billing")},
		{contract.CatalogCommands, title(1, "on-catalog")},
		{contract.EmployeeCommands, price("on-employees")},
		{contract.BillingCommands, price("price-on-billing")},
		{contract.CatalogCommands, hire(2)},
		{contract.EmployeeCommands, put},
		{contract.EmployeeCommands, order("run.halt.v1", domain.HaltID, "halt",
			object{"scope": "deletions", "reason": "look"})},
	} {
		s.sendTo(c.topic, c.order)
		require.Equal(t, domain.StatusApplied, s.outcome(c.order).Status, "%s on %s", c.order.Type, c.topic)
	}
	s.send(put, title(2, "afterwards")) // on their own topics, where their streams are
	require.Equal(t, domain.StatusApplied, s.outcome(title(2, "afterwards")).Status)
	parked, err := s.store.ParkedList(t.Context(), store.ParkedFilter{})
	require.NoError(t, err)
	require.Empty(t, parked)
	s.night()
	require.NotEmpty(t, s.lines())
	s.audited()
}

func TestRoute_ParksWhatWasSentOnOnceWithAnOutcome(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	s.sendTo(contract.CatalogCommands, hire(1), bus.Header{Key: "tenure_forwarded",
		Value: []byte("employee.commands/1/1")})
	s.eventually("it is parked", func() bool {
		parked, err := s.store.ParkedList(context.Background(), store.ParkedFilter{})
		require.NoError(t, err)
		return len(parked) == 1 && parked[0].Reason == "misrouted"
	})
	outcomes, err := s.store.OutcomesAfter(t.Context(), store.CatalogShard, 0, 100)
	require.NoError(t, err)
	require.Equal(t, domain.StatusParked, inWords(t, outcomes[len(outcomes)-1]))
	late := order("catalog.put_reseller.v1", "52f4fd7734697b28000000bb", "late", object{"name": "Sample reseller"})
	s.send(late)
	require.Equal(t, domain.StatusApplied, s.outcome(late).Status, "the catalogue goes on")
}

// Stronger than: an employee behind one whose stream another shard owns is hired. The stray command is parked, with its
// reason.
func TestParkStrangers_KeepsTheShardWorking(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	stop := s.startWorker()
	s.company()
	s.send(hire(1))
	s.outcome(hire(1))
	stop()
	s.sql("CREATE TABLE moved AS SELECT * FROM subjects WHERE stream = '" + stream(1) + "'")
	s.sql("UPDATE moved SET shard = (shard + 1) % 4")
	s.sql("DELETE FROM subjects WHERE stream = $1::text", stream(1))
	s.sql("INSERT INTO subjects SELECT * FROM moved")
	s.startWorker()
	s.send(title(1, "title-1"))
	n := 2
	for contract.PartitionOf([]byte(employeeID(n)), environment.Partitions) != contract.PartitionOf([]byte(employeeID(1)),
		environment.Partitions) {
		n++
	}
	s.send(hire(n))
	require.Equal(t, domain.StatusApplied, s.outcome(hire(n)).Status, "whose key leads to the same shard")
	parked, err := s.store.ParkedList(t.Context(), store.ParkedFilter{})
	require.NoError(t, err)
	require.Len(t, parked, 1)
	require.Equal(t, "misrouted", parked[0].Reason)
}

// TestProcess_ParksAConflictThatParkingMeetsToo makes every write of one subject's row fail, that of its parking
// included.
func TestProcess_ParksAConflictThatParkingMeetsToo(t *testing.T) {
	t.Parallel()
	database.OneServer(t, "a table of several nodes has no triggers")
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	s.send(hire(1))
	s.outcome(hire(1))
	s.sql("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE unique_violation USING " +
		"CONSTRAINT = 'sample'; END $$")
	s.sql("CREATE TRIGGER refuse BEFORE UPDATE ON subjects FOR EACH ROW WHEN (OLD.stream = '" + stream(1) +
		"') EXECUTE FUNCTION refuse()")
	s.send(title(1, "title-1"))
	n := 2
	for contract.PartitionOf([]byte(employeeID(n)), environment.Partitions) != contract.PartitionOf([]byte(employeeID(1)),
		environment.Partitions) {
		n++
	}
	s.send(hire(n))
	require.Equal(t, domain.StatusApplied, s.outcome(hire(n)).Status)
	parked, err := s.store.ParkedList(t.Context(), store.ParkedFilter{})
	require.NoError(t, err)
	require.Len(t, parked, 1)
	require.Equal(t, "conflict", parked[0].Reason)
}

// A topic of commands is given more partitions. Stronger than commands that must be answered after a rebase onto them:
// there is no such rebase, no shard takes anything of the topic, those of the new partitions included, and each error
// ends with what to do instead.
func TestClaim_RefusesATopicWithMorePartitions(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	stop := s.startWorker()
	s.company()
	s.send(hire(1))
	s.outcome(hire(1))
	stop()
	client, err := kgo.NewClient(kgo.SeedBrokers(s.bus.Brokers...))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	more := kmsg.NewPtrCreatePartitionsRequest()
	topic := kmsg.NewCreatePartitionsRequestTopic()
	topic.Topic, topic.Count = s.bus.TopicPrefix+contract.EmployeeCommands, environment.Partitions+2
	more.Topics, more.TimeoutMillis = append(more.Topics, topic), 30_000
	made, err := more.RequestWith(t.Context(), client)
	require.NoError(t, err)
	require.Zero(t, made.Topics[0].ErrorCode)

	lookup, err := bus.NewTopicReader(s.bus)
	require.NoError(t, err)
	t.Cleanup(lookup.Close)
	var states []bus.TopicState
	s.eventually("every broker has heard of the partitions", func() bool {
		states, err = lookup.TopicStates(t.Context(), []string{contract.EmployeeCommands})
		return err == nil && states[0].Count() == environment.Partitions+2
	})
	heads, err := s.store.Heads(t.Context())
	require.NoError(t, err)
	w := &worker.Worker{Store: s.store, Lookup: lookup, Log: running.Log(), Observer: worker.Quiet{}}
	const instead = "create the topic again with 4 partitions"
	for p := range states[0].Count() {
		_, err := w.Claim(t.Context(), contract.EmployeeCommands, p, states[0])
		require.ErrorContains(t, err, instead)
		shard := store.ShardOf(store.FamilyEmployee, p)
		if p >= environment.Partitions {
			continue
		}
		at := states[0].Partitions[p]
		err = s.store.Rebase(t.Context(), shard, store.Topic{Name: contract.EmployeeCommands, Partition: p, ID: states[0].ID,
			Partitions: states[0].Count(), Oldest: at.Oldest, Newest: at.Newest}, heads[shard].NextOffset, "more partitions")
		require.ErrorContains(t, err, instead)
	}
	after, err := s.store.Heads(t.Context())
	require.NoError(t, err)
	require.Equal(t, heads, after)

	again := store.Topic{Name: contract.EmployeeCommands, ID: "any", Partitions: environment.Partitions}
	require.NoError(t, s.store.Rebase(t.Context(), store.ShardOf(store.FamilyEmployee, 0), again, 0, "made again"))
}

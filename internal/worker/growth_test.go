package worker_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/domain"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/test/kafkatest"
)

// grownTo is how many partitions the topic has afterwards.
const grownTo = 3 * environment.Partitions

// quickToSee has clients ask every moment what partitions there are.
func (s *system) quickToSee() {
	s.bus.Tune = kafkatest.Attentive
	pub, err := bus.NewPublisher(s.bus)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = pub.Close() })
	s.pub = pub
}

// grow gives the topic of the employees' commands more partitions.
func (s *system) grow(to int32) {
	s.t.Helper()
	require.NoError(s.t, s.store.DeclareGrowth(s.t.Context(), store.FamilyEmployee, to))
	require.NoError(s.t, bus.Grow(s.t.Context(), s.bus, contract.EmployeeCommands, to, false))
}

// grown waits until every partition is a shard that has taken what was sent before.
func (s *system) grown() {
	s.t.Helper()
	has, err := s.pub.CountPartitions(contract.EmployeeCommands)
	require.NoError(s.t, err)
	s.eventually("each partition is a shard", func() bool {
		g, err := s.store.GrowthOf(s.t.Context(), store.FamilyEmployee)
		require.NoError(s.t, err)
		return g.Complete() && g.Partitions == has
	})
}

// taken waits until all commands are taken.
func (s *system) taken() {
	s.t.Helper()
	lookup, err := bus.NewTopicReader(s.bus)
	require.NoError(s.t, err)
	defer lookup.Close()
	s.eventually("all commands are taken", func() bool {
		waiting, err := command.Waiting(s.t.Context(), s.store, lookup)
		require.NoError(s.t, err)
		for _, n := range waiting {
			if n > 0 {
				return false
			}
		}
		return true
	})
}

// homesOf are the shards in which the events of employees are: one each.
func (s *system) homesOf(from, to int) map[int]store.ShardID {
	s.t.Helper()
	in := map[int]store.ShardID{}
	for n := from; n <= to; n++ {
		found, err := s.store.EventsOfStreams(s.t.Context(), []string{stream(n)})
		require.NoError(s.t, err)
		require.NotEmpty(s.t, found, "employee %d", n)
		for _, event := range found {
			require.Equal(s.t, found[0].Shard, event.Shard, "employee %d is in one shard", n)
		}
		in[n] = found[0].Shard
	}
	return in
}

// Employees stay where they are when the topic grows under traffic, whatever partition their commands arrive in by
// then; new ones begin in the new shards; commands are known again wherever they were taken; a night bills all, once.
func TestGrowth_KeepsEmployeesAndSpreadsNewOnes(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.quickToSee()
	s.startWorker()
	s.company()
	const old, during, all = 24, 48, 96
	var orders []command.Command
	send := func(these ...command.Command) {
		s.send(these...)
		orders = append(orders, these...)
	}
	applied := func() {
		for _, o := range orders {
			require.Equal(t, domain.StatusApplied, s.outcome(o).Status, "%s %s", o.Type, o.ID)
		}
	}
	for n := 1; n <= old; n++ {
		send(hire(n))
	}
	elsewhere := during + 1 // an employee who will begin in a new shard
	for contract.PartitionOf([]byte(employeeID(elsewhere)), grownTo) < environment.Partitions {
		elsewhere++
	}
	refused := title(elsewhere, "early")
	s.send(refused)
	require.Equal(t, domain.StatusRejected, s.outcome(refused).Status)
	applied()
	before := s.homesOf(1, old)

	s.grow(grownTo)
	for n := old + 1; n <= during; n++ { // while the shards learn of it
		send(hire(n), title(n, fmt.Sprintf("new-%d", n)), title(n-old, fmt.Sprintf("old-%d", n-old)))
	}
	s.grown()
	applied()
	for n := during + 1; n <= all; n++ {
		send(hire(n), title(n-during, fmt.Sprintf("later-%d", n)))
	}
	applied()
	s.send(append(orders, refused)...)
	s.taken()
	require.Subset(t, s.told(employeeID(elsewhere)), []string{"rejected 404", "applied"})
	require.Len(t, s.history(employeeID(elsewhere)), 3, "what was refused before it began stays refused when it comes "+
		"again")

	spread := 0
	for n, shard := range s.homesOf(1, all) {
		if n <= old {
			require.Equal(t, before[n], shard, "employee %d stays", n)
		} else if shard.Partition() >= environment.Partitions {
			spread++
		}
	}
	require.Greater(t, spread, (all-during)/3, "new employees are spread over all shards")
	parked, err := s.store.ParkedList(t.Context(), store.ParkedFilter{})
	require.NoError(t, err)
	require.Empty(t, parked)

	s.night()
	billed := map[string]bool{}
	for _, line := range s.lines() {
		billed[line.Employee] = true
	}
	require.Len(t, billed, all)
	s.audited()
}

// A topic that was given partitions by other tools stops its shards as before; what was declared is a multiple.
func TestGrowth_IsDeclaredFirst(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	stop := s.startWorker()
	s.company()
	hireFirst(s)
	stop()
	for _, n := range []int32{environment.Partitions, environment.Partitions + 1, 1, 2048} {
		require.ErrorContains(t, s.store.DeclareGrowth(t.Context(), store.FamilyEmployee, n), "give a multiple")
	}
	require.NoError(t, s.store.DeclareGrowth(t.Context(), store.FamilyEmployee, 2*environment.Partitions), "in error")
	require.NoError(t, bus.Grow(t.Context(), s.bus, contract.EmployeeCommands, grownTo, false))
	topic := store.Topic{Name: contract.EmployeeCommands, Partitions: grownTo, Newest: 1000}
	for _, shard := range []store.ShardID{0, grownTo - 1} {
		topic.Partition = shard.Partition()
		_, err := s.store.Claim(t.Context(), shard, topic)
		require.ErrorAs(t, err, new(store.ErrTopicChanged))
	}
	require.NoError(t, s.store.DeclareGrowth(t.Context(), store.FamilyEmployee, grownTo))
	_, err := s.store.Claim(t.Context(), grownTo-1, topic)
	require.ErrorIs(t, err, store.ErrGrowing, "an old shard may still begin employees")
	s.startWorker()
	s.send(title(1, "after"))
	require.Equal(t, domain.StatusApplied, s.outcome(title(1, "after")).Status)
	s.grown()
	conn, err := pgx.Connect(t.Context(), s.dsn)
	require.NoError(t, err)
	var most, all int
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT max(partitions), count(*) FROM shards WHERE shard < 1024").
		Scan(&most, &all))
	require.NoError(t, conn.Close(t.Context()))
	require.Equal(t, []int{environment.Partitions, grownTo}, []int{most, all}, "a former build refuses the topic")
}

// asOf is a message to an employee of a producer that has not heard of more partitions.
func (s *system) asOf(o command.Command, partitions int32) bus.Message {
	s.t.Helper()
	m, err := command.Compose(o)
	require.NoError(s.t, err)
	m.Placed, m.Partition = true, contract.PartitionOf(m.Key, partitions)
	return m
}

// begun is a system with one employee whose shards have all begun.
func begun(t *testing.T) (s *system, stop func()) {
	t.Helper()
	s = newSystem(t, "2026-10-30T12:00:00Z")
	s.quickToSee()
	stop = s.startWorker()
	s.company()
	hireFirst(s)
	s.grown()
	return s, stop
}

// An owner dies right after it has claimed by the new count: the next one finds what was sent before, and what a
// producer has sent since by the former count, in one batch.
func TestGrowth_EndsBehindABacklogOfBothCounts(t *testing.T) {
	t.Parallel()
	s, stop := begun(t)
	stop()
	for n := 2; n <= 20; n++ {
		s.send(hire(n))
	}
	s.grow(grownTo)
	lookup, err := bus.NewTopicReader(s.bus)
	require.NoError(t, err)
	defer lookup.Close()
	states, err := lookup.TopicStates(t.Context(), []string{contract.EmployeeCommands})
	require.NoError(t, err)
	for p := range int32(environment.Partitions) {
		at := states[0].Partitions[p]
		_, err := s.store.Claim(t.Context(), store.ShardOf(store.FamilyEmployee, p), store.Topic{
			Name: contract.EmployeeCommands, Partition: p, ID: states[0].ID, Partitions: grownTo, Oldest: at.Oldest,
			Newest: at.Newest})
		require.NoError(t, err)
	}
	var late []bus.Message
	for n := 21; n <= 120; n++ {
		late = append(late, s.asOf(hire(n), environment.Partitions), s.asOf(title(n, fmt.Sprint("first-", n)),
			environment.Partitions))
	}
	require.NoError(t, s.pub.Publish(t.Context(), late))
	s.startWorker()
	s.grown()
	for n := 2; n <= 120; n++ {
		require.Equal(t, domain.StatusApplied, s.outcome(hire(n)).Status)
		if n > 20 {
			require.Equal(t, domain.StatusApplied, s.outcome(title(n, fmt.Sprint("first-", n))).Status)
		}
	}
	s.homesOf(1, 120)
	s.audited()
}

// A node of a cluster that comes back without the claim by which its shard learned of the new count: what other nodes
// have begun since is not begun again.
func TestGrowth_AnOldShardThatForgetsItsClaimBeginsNothingTwice(t *testing.T) {
	t.Parallel()
	s, stop := begun(t)
	s.grow(grownTo)
	s.grown()
	n := 2
	for contract.PartitionOf([]byte(employeeID(n)), grownTo) < environment.Partitions {
		n++
	}
	late := s.asOf(hire(n), environment.Partitions)
	old := store.ShardOf(store.FamilyEmployee, late.Partition)
	was, err := s.store.Heads(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.pub.Publish(t.Context(), []bus.Message{late}))
	require.Equal(t, domain.StatusApplied, s.outcome(hire(n)).Status)
	s.taken()
	stop()
	s.sql("UPDATE shards SET grown_to = 0, grown_end = 0, next_offset = $2::bigint, last_record = '' "+
		"WHERE shard = $1::integer", int32(old), was[old].NextOffset)
	s.startWorker()
	s.taken()
	s.grown()
	require.GreaterOrEqual(t, s.homesOf(n, n)[n].Partition(), int32(environment.Partitions))
	require.Equal(t, []string{"applied"}, s.told(employeeID(n))[:1])
	s.night()
	s.audited()
}

package threenodes

import (
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/command"
	"tenure/internal/replay"
	"tenure/internal/store"
)

// An election costs a topic of commands its tail under a session that goes on, and producers fill the topic past the
// place of the shard before it reads from the new leader. A topic of events loses its tail by the same election.
func TestElection_ATailThatWasFilledAgainStopsItsShardAtOnce(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	const lostCommands, lostEvents = 0, 1 // partitions
	const tail, filled = 5, 60
	commands, facts := s.topic(contract.EmployeeCommands), s.topic(contract.EmployeeEvents)
	old := others(s.coordinator(s.topic("tenure." + contract.EmployeeCommands))) // the session goes on
	leader, stale := old[0], old[1]
	for topic, partition := range map[string]int32{commands: lostCommands, facts: lostEvents} {
		s.settings(topic, "unclean.leader.election.enable", "true", "min.insync.replicas", "1")
		s.place(topic, partition, int32(leader), int32(stale))
	}
	s.kill(stale)
	s.until("one replica is left", func() bool {
		return len(s.partition(commands, lostCommands).ISR) == 1 && len(s.partition(facts, lostEvents).ISR) == 1
	})
	s.apply(append(titles(lostCommands, "tail", tail), titles(lostEvents, "lost", tail)...)...)
	s.published()
	before := s.next(lostCommands)

	s.kill(leader)
	more := titles(lostCommands, "more", filled)
	acknowledged := make(chan error, 1)
	go func() { acknowledged <- s.publishAside(more...) }() // they wait for the same leader
	s.start(stale)
	require.NoError(t, <-acknowledged)
	s.says("employee.commands/0 is stopped: lost-tail")
	require.Equal(t, before, s.next(lostCommands), "nothing is taken at offsets that are other messages now")
	require.Zero(t, s.outcomes(more...))

	s.apply(titles(lostEvents, "next", 1)...) // the others go on
	s.says("employee.events lost published messages")
	s.refilled(tail)

	id, at := s.ends(contract.EmployeeCommands, lostCommands)
	require.Equal(t, before-tail+filled, at.Newest)
	require.NoError(t, s.Store.Rebase(t.Context(), store.ShardOf(store.FamilyEmployee, lostCommands), store.Topic{
		Name: contract.EmployeeCommands, Partition: lostCommands, ID: id, Partitions: partitions,
		Oldest: at.Oldest, Newest: at.Newest}, before-tail, "an election cost it its tail"))
	s.applied(more...)
	s.start(leader)
	s.sound()
}

// refilled waits until employee.events has everything again, and the process does not report a loss any more.
func (s *system) refilled(messages int64) {
	s.t.Helper()
	s.until("what was lost is published again", func() bool {
		replays, err := s.Store.Replays(s.t.Context())
		require.NoError(s.t, err)
		for _, r := range replays {
			if r.Target == contract.EmployeeEvents && r.State == store.ReplayDone {
				published := int64(0)
				for _, shard := range r.Shards {
					published += shard.Messages
				}
				require.Equal(s.t, messages, published)
				return true
			}
		}
		return false
	})
	s.until("the loss is not reported any more", func() bool {
		_, text := s.ready()
		return !strings.Contains(text, "lost published messages")
	})
	runner := &replay.Runner{Store: s.Store, Kafka: s.Kafka, Lookup: s.reader, Publisher: s.publisher,
		Clock: replay.RealClock()}
	s.until("what is missing is counted", func() bool { // while leaders move it cannot be
		plan, err := runner.Plan(s.t.Context(), replay.Request{Name: "plan", Topic: contract.EmployeeEvents, Missing: true})
		require.Zero(s.t, plan.Messages)
		return err == nil
	})
}

// A partition of events and one of outcomes are led by a node that is down and by nobody else. A process that starts
// meanwhile comes up.
func TestPartition_WithoutALeaderHoldsUpItselfOnly(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	const down, withoutEvents, withoutOutcomes = 2, 0, 1
	s.place(s.topic(contract.EmployeeEvents), withoutEvents, down)
	s.place(s.topic(contract.EmployeeOutcomes), withoutOutcomes, down)
	s.settings(s.topic(contract.EmployeeEvents), "min.insync.replicas", "1")
	s.settings(s.topic(contract.EmployeeOutcomes), "min.insync.replicas", "1")
	s.kill(down)
	process(t, s.config) // at once: the others do not know yet that it is down
	var all []command.Command
	for p := range int32(partitions) {
		all = append(all, titles(p, "during", 20)...)
	}
	s.apply(all...)
	s.until("the other shards are published", func() bool { return s.behind() == 2 })
	s.start(down)
	s.sound()
}

// A node hangs, as a virtual machine that is paused: its connections stay.
func TestNode_ThatHangsIsLeft(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	const hung = 3
	s.signal(hung, syscall.SIGSTOP)
	var all []command.Command
	for p := range int32(partitions) {
		all = append(all, titles(p, "during", 5)...)
	}
	s.apply(all...)
	s.published()
	s.signal(hung, syscall.SIGCONT)
	s.sound()
}

// The node dies that coordinates the group and leads a third of all partitions; then two of three are away.
func TestCoordinator_ThatDiesAndAMajorityThatIsAway(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	dead := s.coordinator(s.topic("tenure." + contract.EmployeeCommands))
	s.kill(dead)
	var all []command.Command
	for p := range int32(partitions) {
		all = append(all, titles(p, "without-coordinator", 5)...)
	}
	s.apply(all...)
	second := others(dead)[0]
	logged := s.log.count("\n")
	s.kill(second)
	s.until("the process says that it cannot work", func() bool {
		code, _ := s.ready()
		return code != 200 && s.log.count("\n") > logged
	})
	waiting := titles(0, "waiting", 5)
	acknowledged := make(chan error, 1)
	go func() { acknowledged <- s.publish(waiting...) }()
	s.heal()
	require.NoError(t, <-acknowledged)
	s.applied(waiting...)
	s.sound()
}

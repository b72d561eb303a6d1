package worker_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/store"
	"tenure/internal/test/childworker"
)

// one gives the only parked message, once it is there.
func (s *system) one(f store.ParkedFilter) store.Parked {
	s.t.Helper()
	var list []store.Parked
	s.eventually("one message is parked", func() bool {
		var err error
		list, err = s.store.ParkedList(s.t.Context(), f)
		require.NoError(s.t, err)
		return len(list) == 1
	})
	return list[0]
}

// about asks for something to be done with a message.
func about(p store.Parked, action string) store.Repair {
	r := store.Repair{Shard: p.Shard, Action: action, Topic: p.Topic, Partition: p.Partition, Offset: p.Offset}
	if p.Holds {
		r.Stream = p.Stream
	}
	return r
}

// sent publishes an order after changing its message.
func (s *system) sent(o command.Command, change func(*bus.Message)) {
	s.t.Helper()
	m, err := command.Compose(o)
	require.NoError(s.t, err)
	change(&m)
	require.NoError(s.t, s.pub.Publish(s.t.Context(), []bus.Message{m}))
}

func TestRepair_AMalformedMessageIsEditedIntoAGoodOneAndTheOriginalIsKept(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	var good []byte
	s.sent(hire(1), func(m *bus.Message) { good, m.Value = m.Value, m.Value[:len(m.Value)-1] })
	p := s.one(store.ParkedFilter{Reason: string(bus.ReasonNotJSON)})
	require.Equal(t, store.RepairFailed, s.repaired(about(p, store.RepairRetry)).State,
		"the same bytes are as malformed as before")

	edit := about(p, store.RepairEdit)
	edit.Value = good
	require.Equal(t, store.RepairDone, s.repaired(edit).State)
	require.Equal(t, domain.StatusApplied, s.outcome(hire(1)).Status)
	kept, ok, err := s.store.ParkedMessage(t.Context(), p.Topic, p.Partition, p.Offset)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, []string{store.StateRetried, string(p.Value), string(good)},
		[]string{kept.State, string(kept.Value), string(kept.EditedValue)})
	facts := s.noted("employee.commands/" + string(rune('0'+p.Partition)))
	require.IsType(t, events.ParkedEdited{}, facts[1])
	s.audited()

	s.sent(hire(1), func(m *bus.Message) { m.Value = m.Value[:len(m.Value)-1] })
	s.one(store.ParkedFilter{}) // the sender's repetition of the broken bytes is as broken
	second := s.one(store.ParkedFilter{})
	require.Equal(t, store.RepairDone, s.repaired(about(second, store.RepairDiscard)).State)
	require.Equal(t, map[string]int{"hire-1": 1}, s.finals(1), "the command was answered: nothing is taken back")
	s.audited()
}

func TestRepair_AMessageWithoutHeadersGetsThemAndAWrongKeyIsSentOn(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	for n := range 8 { // some of them belong elsewhere than where they came
		var headers []bus.Header
		s.sent(hire(n), func(m *bus.Message) { headers, m.Headers, m.Key = m.Headers, nil, []byte("nobody") })
		p := s.one(store.ParkedFilter{})
		edit := about(p, store.RepairEdit)
		edit.Key = []byte(employeeID(n))
		var err error
		edit.Headers, err = json.Marshal(headers)
		require.NoError(t, err)
		require.Equal(t, store.RepairDone, s.repaired(edit).State)
		require.Equal(t, domain.StatusApplied, s.outcome(hire(n)).Status)
		require.Len(t, s.history(employeeID(n)), 3, "once")
	}
	moved, err := s.store.ParkedList(t.Context(), store.ParkedFilter{State: store.StateMoved})
	require.NoError(t, err)
	require.NotEmpty(t, moved)
	s.audited()
}

func TestRepair_AnEditKeepsTheCommandsIdAndSubject(t *testing.T) {
	t.Parallel()
	s, p := newPoisoned(t)
	p.put("a", "error")
	s.send(title(1, "a"))
	s.awaitQueue(1, 1)
	row := s.one(store.ParkedFilter{})
	for why, o := range map[string]command.Command{
		"the command's id must stay a":                        title(1, "b"),
		"the command's subject must stay: it is " + stream(1): title(2, "a"),
	} {
		edit := about(row, store.RepairEdit)
		m, err := command.Compose(o)
		require.NoError(t, err)
		edit.Headers, err = json.Marshal(m.Headers)
		require.NoError(t, err)
		refused := s.repaired(edit)
		require.Equal(t, store.RepairFailed, refused.State)
		require.Contains(t, refused.Detail, why)
	}
	edit := about(row, store.RepairEdit)
	edit.Value = []byte(`{"actor":{"accessLevel":"ADMIN"},"data":{"title":"edited"}}`)
	p.cure("a")
	require.Equal(t, store.RepairDone, s.repaired(edit).State)
	require.Equal(t, domain.StatusApplied, s.outcome(title(1, "a")).Status)
	s.send(title(1, "a"))
	s.eventually("the sender's repetition is one", func() bool {
		told := s.told(employeeID(1))
		return told[len(told)-1] == "applied again"
	})
	s.audited()
}

func TestRepair_ADiscardedCommandIsAnsweredAndWhatWaitedBehindItContinues(t *testing.T) {
	t.Parallel()
	s, p := newPoisoned(t)
	p.put("a", "error")
	s.send(title(1, "a"), title(1, "b"), title(1, "c"))
	s.awaitQueue(1, 3)
	list, err := s.store.ParkedQueue(t.Context(), stream(1), 10)
	require.NoError(t, err)
	require.Equal(t, store.RepairDone, s.repaired(about(list[1], store.RepairDiscard)).State)
	require.Equal(t, []string{"a broken", "c queued"}, s.waits(1), "another one holds the queue")
	discard := about(list[0], store.RepairDiscard)
	discard.Reason = "sent by mistake"
	require.Equal(t, store.RepairDone, s.repaired(discard).State)
	require.Equal(t, []string{"hire-1", "c"}, s.ordered(1))
	a := s.outcome(title(1, "a"))
	require.Equal(t, []string{domain.StatusRejected, "discarded", "The command was discarded: sent by mistake"},
		[]string{a.Status, a.Error.Code, a.Error.Message})
	require.Equal(t, map[string]int{"hire-1": 1, "a": 1, "b": 1, "c": 1}, s.finals(1))
	require.Equal(t, store.RepairFailed, s.repaired(discard).State, "not twice")

	p.put("d", "error")
	s.send(title(1, "d"))
	s.awaitQueue(1, 1)
	s.repaired(about(s.one(store.ParkedFilter{}), store.RepairDiscard))
	s.send(title(1, "e"))
	require.Equal(t, domain.StatusApplied, s.outcome(title(1, "e")).Status, "without a queue it is free")
	s.audited()
}

func TestRepair_ARepairedMessageOfAParkedEmployeeQueuesBehindIt(t *testing.T) {
	t.Parallel()
	s, p := newPoisoned(t)
	var good []byte
	s.sent(title(1, "x"), func(m *bus.Message) { good, m.Value = m.Value, []byte("{") })
	row := s.one(store.ParkedFilter{})
	p.put("a", "error")
	s.send(title(1, "a"))
	s.awaitQueue(1, 1)
	edit := about(row, store.RepairEdit)
	edit.Value = good
	require.Equal(t, store.RepairFailed, s.repaired(edit).State)
	require.Len(t, s.waits(1), 2)
	p.cure("a")
	s.retried(store.ParkedFilter{})
	require.ElementsMatch(t, []string{"hire-1", "a", "x"}, s.ordered(1))
	s.audited()
}

func TestRepair_ACommandThatTheDatabaseCannotHoldParksAlone(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	s.sql("ALTER TABLE events ADD CONSTRAINT small CHECK (position('poison' in convert_from(payload, 'UTF8')) = 0)")
	s.send(hire(1), title(1, "poison"), title(1, "b"), hire(2))
	s.outcome(hire(2))
	s.awaitQueue(1, 2)
	require.Equal(t, []string{"poison conflict", "b queued"}, s.waits(1))
	require.Equal(t, store.RepairFailed, s.retried(store.ParkedFilter{})[0].State)
	require.Equal(t, []string{"poison conflict", "b queued"}, s.waits(1))
	s.sql("ALTER TABLE events DROP CONSTRAINT small")
	require.Equal(t, store.RepairDone, s.retried(store.ParkedFilter{})[0].State)
	require.Equal(t, []string{"hire-1", "poison", "b"}, s.ordered(1))
	s.audited()
}

func TestRepair_AKillInTheMiddleOfARetryLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"write.events", "write.parked", "write.repair", "write.committed"} {
		t.Run("at "+step, func(t *testing.T) {
			t.Parallel()
			s := newSystem(t, "2026-10-30T12:00:00Z")
			require.NoError(t, s.store.SetClock(t.Context(), s.clock.Now()))
			stop := s.startWorker()
			s.company()
			s.send(hire(1))
			s.outcome(hire(1))
			row, _, err := s.store.Subject(t.Context(), stream(1))
			require.NoError(t, err)
			s.spoil(employeeID(1))
			want := []string{"hire-1"}
			for i := range 120 {
				want = append(want, title(1, "t").ID+string(rune('a'+i/26))+string(rune('a'+i%26)))
				s.send(title(1, want[len(want)-1]))
			}
			s.awaitQueue(1, 120)
			s.sql("UPDATE subjects SET state = $2::bytea WHERE stream = $1::text", stream(1), row.State)
			stop()
			ids, err := s.store.AskRetries(t.Context(), store.ParkedFilter{}, "operator", "after the kill")
			require.NoError(t, err)
			killed := s.process(childworker.StopAt(step, 1))
			s.eventually("the worker stops inside the retry", func() bool { return stopped(killed.Process.Pid) })
			require.NoError(t, killed.Process.Kill())
			_ = killed.Wait()
			s.startWorker()
			require.Equal(t, store.RepairDone, s.closed(ids...)[0].State)
			require.Equal(t, want, s.ordered(1))
			for id, finals := range s.finals(1) {
				require.Equal(t, 1, finals, id)
			}
			s.audited()
		})
	}
}

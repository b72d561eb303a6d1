package worker_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/domain"
	"tenure/internal/command"
	"tenure/internal/test/childworker"
	"tenure/internal/test/environment"
	"tenure/internal/worker"
)

// join is the creation of an employee who logs in.
func join(n int, address string) command.Command {
	return order("employee.create.v1", employeeID(n), fmt.Sprintf("join-%d-%s", n, address), object{
		"customer": customer, "name": fmt.Sprintf("Sample employee %02d", n), "accessLevel": "MANAGER",
		"emailAddress": address,
	})
}

// edit is a change of it.
func edit(n int, id string, properties object) command.Command {
	return order("employee.update.v1", employeeID(n), id, properties)
}

// inTurn sends commands one after another and says how each was answered.
func (s *system) inTurn(all ...command.Command) []string {
	s.t.Helper()
	var words []string
	for _, o := range all {
		s.send(o)
		words = append(words, s.word(o))
	}
	return words
}

// word waits for an outcome and says it shortly.
func (s *system) word(o command.Command) string {
	s.t.Helper()
	a := s.outcome(o)
	if a.Error == nil {
		return a.Status
	}
	if len(a.Error.Inner) > 0 {
		return fmt.Sprintf("%d of %d errors", len(a.Error.Inner), a.Error.Status)
	}
	return fmt.Sprintf("%d %s", a.Error.Status, a.Error.Message)
}

// holder tells which employee has a login name, by number; -1: nobody.
func (s *system) holder(name string) int {
	s.t.Helper()
	stream, ok, err := s.store.LoginHolder(context.Background(), name)
	require.NoError(s.t, err)
	if !ok {
		return -1
	}
	for n := range 1000 {
		if stream == domain.Stream(domain.KindEmployee, employeeID(n)) {
			return n
		}
	}
	s.t.Fatalf("%s is held by %s", name, stream)
	return -1
}

const taken = "409 The e-mail address is used by another account"

func TestLogin_NameBelongsToOneEmployeeOverAllShards(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	require.Equal(t, []string{"applied"}, s.inTurn(join(0, "s00@example.com")))
	var all []command.Command
	for n := 1; n < 40; n++ { // in every shard, and many to a batch
		address := fmt.Sprintf("s%02d@example.com", n)
		if n%10 == 0 {
			address = "S00@Example.COM"
		}
		all = append(all, join(n, address))
	}
	s.send(all...)
	for i, o := range all {
		want := domain.StatusApplied
		if (i+1)%10 == 0 {
			want = taken
		}
		require.Equal(t, want, s.word(o), "employee %d: only the offender is refused", i+1)
	}
	require.Equal(t, 0, s.holder("s00@example.com"))
	s.audited()
}

func TestLogin_NameIsFreeAgain(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	wrong := join(1, "a@example.com")
	wrong.Data.(object)["language"] = "fr"
	require.Equal(t, []string{"422 must be one of da, en"}, s.inTurn(wrong))
	require.Equal(t, -1, s.holder("a@example.com"), "a refused command has nothing")
	again := join(1, "a@example.com")
	again.ID += "-again"
	require.Equal(t, []string{"applied", taken}, s.inTurn(join(2, "a@example.com"), again))

	require.Equal(t, []string{"applied", "applied"}, s.inTurn(edit(2, "to-b", object{"emailAddress": "B@example.com"}),
		join(3, "a@example.com")))
	require.Equal(t, []int{3, 2}, []int{s.holder("a@example.com"), s.holder("b@example.com")},
		"a name that it gave up is another's")
	require.Equal(t, []string{taken}, s.inTurn(edit(2, "back", object{"emailAddress": "a@example.com"})))
	require.Equal(t, []int{3, 2}, []int{s.holder("a@example.com"), s.holder("b@example.com")},
		"refused, it keeps the one it has")
	require.Equal(t, []string{"applied"},
		s.inTurn(edit(2, "none", object{"emailAddress": nil, "accessLevel": "NO_LOGIN"})))
	require.Equal(t, -1, s.holder("b@example.com"))

	gone := order("employee.schedule_deletion.v1", employeeID(3), "gone", object{"deleteDate": "2026-10-30"})
	require.Equal(t, []string{"applied"}, s.inTurn(gone))
	require.Equal(t, 3, s.holder("a@example.com"))
	s.clock.set("2026-10-30T20:01:00Z")
	s.eventually("the deletion frees the name", func() bool { return s.holder("a@example.com") == -1 })
	require.Equal(t, []string{"applied"}, s.inTurn(join(4, "a@example.com")))
	s.audited()
}

// TestLogins_CommandsOfOneBatchTakeNamesInTheirOrder sends all at once, to one employee and to others of its shard.
func TestLogins_CommandsOfOneBatchTakeNamesInTheirOrder(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	stop := s.startWorker()
	s.company()
	stop()
	wrong := join(1, "a@example.com")
	wrong.Data.(object)["language"] = "fr"
	all := []command.Command{
		wrong, s.neighbour(join(2, "a@example.com"), 1, 2), // the first is refused, so the second may
		edit(1, "x", object{}),
	}
	second := all[1].Subject
	update := func(id string, address any) command.Command {
		return order("employee.update.v1", second, id, object{"emailAddress": address})
	}
	third := s.neighbour(join(3, "a@example.com"), 1, 3)
	all = append(all, update("1", "b@example.com"), update("2", "a@example.com"), update("3", "b@example.com"), third)
	s.send(all...)
	s.startWorker()
	want := []string{"422 must be one of da, en", "applied", "404 Employee not found", "applied", "applied",
		"applied", "applied"}
	for i, o := range all {
		require.Equal(t, want[i], s.word(o), "command %d", i)
	}
	stream, ok, err := s.store.LoginHolder(t.Context(), "a@example.com")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, domain.Stream(domain.KindEmployee, third.Subject), stream)
	s.audited()
}

// neighbour gives an order to an employee of the same shard as another one, by numbers that are nobody's.
func (s *system) neighbour(o command.Command, of, skip int) command.Command {
	s.t.Helper()
	partition := func(id string) int32 {
		m, err := command.Compose(command.Command{Type: o.Type, Subject: id, ID: "x"})
		require.NoError(s.t, err)
		return partitionOf(m.Key)
	}
	for n := 100 * skip; ; n++ {
		if partition(employeeID(n)) == partition(employeeID(of)) {
			o.Subject = employeeID(n)
			return o
		}
	}
}

func TestLogins_AReservationOutlivesACrashBeforeItsDecision(t *testing.T) {
	t.Parallel()
	s := founded(t, "2026-10-30T12:00:00Z", nil)
	crashed := s.process(childworker.StopAt("logins.reserved", 1))
	first := join(1, "a@example.com")
	s.send(first)
	s.eventually("the worker stops between reservation and decision", func() bool { return stopped(crashed.Process.Pid) })
	require.Equal(t, 1, s.holder("a@example.com"))
	require.Empty(t, s.history(employeeID(1)), "nothing is decided")
	require.NoError(t, crashed.Process.Kill())
	_ = crashed.Wait()

	s.startWorker()
	require.Equal(t, domain.StatusApplied, s.word(first), "the command that comes again finds its own")
	require.Equal(t, []string{taken, "applied"},
		s.inTurn(join(2, "a@example.com"), edit(1, "b", object{"emailAddress": "b@example.com"})))
	s.send(first)
	require.Equal(t, domain.StatusApplied, s.word(first))
	require.Equal(t, -1, s.holder("a@example.com"), "sent once more after it was answered, it reserves nothing")
	s.audited()
}

// TestLogins_ACommandWaitsForANameThatIsOnlyReserved has one shard decide late on a command that is refused.
func TestLogins_ACommandWaitsForANameThatIsOnlyReserved(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	wrong, right := join(1, "a@example.com"), join(2, "a@example.com")
	wrong.Data.(object)["language"] = "fr"
	for n := 2; partitionOf([]byte(right.Subject)) == partitionOf([]byte(wrong.Subject)); n++ {
		right = join(n, "a@example.com")
	}
	decide, looks := make(chan struct{}), atomic.Int64{}
	release := sync.OnceFunc(func() { close(decide) })
	defer release()
	w := &worker.Worker{}
	w.SetTrap(func(_, id string) error {
		switch id {
		case wrong.ID:
			<-decide
		case right.ID:
			looks.Add(1)
		}
		return nil
	})
	s.startWith(w)
	s.company()
	s.send(wrong)
	s.eventually("the name is reserved", func() bool { return s.holder("a@example.com") == 1 })
	s.send(right)
	s.eventually("the other command is looked at again", func() bool {
		_, answered, err := s.store.Outcome(context.Background(), domain.Stream(domain.KindEmployee, right.Subject), right.ID)
		require.NoError(t, err)
		return answered || looks.Load() > 1
	})
	release()
	require.Equal(t, "422 must be one of da, en", s.word(wrong))
	require.Equal(t, domain.StatusApplied, s.word(right))
	s.audited()
}

func partitionOf(key []byte) int32 { return contract.PartitionOf(key, environment.Partitions) }

package worker_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/command"
	"tenure/internal/store"
)

// goingHome is an employee whose presence changes by itself at 16:00 on week days.
func goingHome(n int) command.Command {
	return order("employee.create.v1", employeeID(n), fmt.Sprintf("home-%d", n), object{
		"customer": customer, "name": fmt.Sprintf("Sample employee %02d", n),
		"autoPresence": []object{
			{"weekDays": []int{1, 2, 3, 4, 5}, "timeOfDay": "08:00", "state": "AVAILABLE"},
			{"weekDays": []int{1, 2, 3, 4, 5}, "timeOfDay": "16:00", "state": "OFF_WORK"},
		},
	})
}

// sendMany publishes n orders in pages, as a producer with much to say does.
func (s *system) sendMany(n int, make func(n int) command.Command) {
	s.t.Helper()
	const page = 5_000
	for from := 0; from < n; from += page {
		var all []command.Command
		for i := from; i < min(from+page, n); i++ {
			all = append(all, make(i))
		}
		s.send(all...)
	}
}

// answered counts the answers in all shards of employees.
func (s *system) answered() (n int64) {
	heads, err := s.store.Heads(context.Background())
	require.NoError(s.t, err)
	for shard, head := range heads {
		if shard.Family() == store.FamilyEmployee {
			n += head.OutcomesHead
		}
	}
	return n
}

// written counts the events in all shards of employees.
func (s *system) written() (n int64) {
	heads, err := s.store.Heads(context.Background())
	require.NoError(s.t, err)
	for shard, head := range heads {
		if shard.Family() == store.FamilyEmployee {
			n += head.Head
		}
	}
	return n
}

// benchWaitMax bounds a benchmark's wait.
const benchWaitMax = 5 * time.Minute

func (s *system) reaches(b *testing.B, what string, count func() int64, want int64) {
	b.Helper()
	require.Eventually(b, func() bool { return count() >= want }, benchWaitMax, 5*time.Millisecond, what)
}

// BenchmarkEverybodyGoesHomeAt16 lets 100 000 employees change presence in one tick, beside as many plain commands that
// change it, in the same system.
func BenchmarkEverybodyGoesHomeAt16(b *testing.B) {
	const staff = 100_000
	for range b.N {
		b.StopTimer()
		s := newSystem(b, "2026-05-12T13:59:00Z")
		s.startWorker()
		s.company()
		s.sendMany(staff, goingHome)
		s.reaches(b, "all are hired", s.answered, staff)
		before := s.written()

		b.StartTimer()
		began := time.Now()
		s.clock.set("2026-05-12T14:00:00Z")
		s.reaches(b, "all have gone home", s.written, before+staff)
		tick := time.Since(began)
		b.StopTimer()

		began = time.Now()
		s.sendMany(staff, func(n int) command.Command {
			return order("employee.set_presence.v1", employeeID(n), fmt.Sprintf("back-%d", n), object{"state": "AVAILABLE"})
		})
		s.reaches(b, "all are back", s.written, before+2*staff)
		commands := time.Since(began)
		b.ReportMetric(staff/tick.Seconds(), "tick-rows/s")
		b.ReportMetric(staff/commands.Seconds(), "commands/s")
		b.ReportMetric(tick.Seconds(), "tick-s")
		s.audited()
	}
}

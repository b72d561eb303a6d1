package scenario

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/provider"
	"tenure/internal/test/childworker"
)

func joined(parts ...any) string { return strings.TrimSpace(fmt.Sprintln(parts...)) }

// process starts a worker as a separate process.
func (s *system) process(options ...string) *exec.Cmd {
	s.t.Helper()
	return childworker.Start(s.t, s.bus, s.dsn, options...)
}

// The steps of a transaction between which the process is killed, and which transaction of the deletion it is: the one
// that asks, and the one or two that take the confirmations.
var (
	killSteps = []string{"write.begin", "write.fenced", "write.events", "write.subjects", "write.commit",
		"write.committed"}
	killHits = []int{1, 2}
)

func TestKill_BetweenAnyTwoStepsOfADeletionEndsTheSame(t *testing.T) {
	t.Parallel()
	steps := killSteps
	if testing.Short() {
		steps = []string{"write.events", "write.committed"}
	}
	s := newSystem(t, "2026-10-01T08:00:00Z")
	hiring := s.startWorker()
	s.company()
	cases := len(steps) * len(killHits)
	first := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	dayOf := func(n int) time.Time { return first.AddDate(0, 0, n) }
	for n := range cases + 1 {
		s.hire(n)
	}
	s.goTo("2026-11-01T08:00:00Z")
	s.nights()
	for n := range cases + 1 {
		s.order("employee.schedule_deletion.v1", employeeID(n),
			object{"deleteDate": dayOf(n).Format(time.DateOnly), "deleteExtensions": true, "deleteMvnoAccounts": true})
	}
	hiring()
	s.answering(provider.Answer, 0)

	for n := range cases + 1 { // the first dies undisturbed
		s.setClock(dayOf(n).Add(20*time.Hour + time.Second))
		gone := func() bool { return len(happened[events.EmployeeDeleted](s, n)) == 1 }
		var env []string
		if n > 0 {
			env = []string{childworker.KillAt(steps[(n-1)/len(killHits)], killHits[(n-1)%len(killHits)])}
		}
		victim := s.process(env...)
		if n > 0 {
			_ = victim.Wait() // it kills itself
			victim = s.process()
		}
		s.eventually(fmt.Sprintf("employee %d is deleted: %v", n, env), gone)
		require.NoError(t, victim.Process.Kill())
		_ = victim.Wait()
	}
	s.startWorker()
	s.goTo("2026-12-02T08:00:00Z")
	s.nights()
	for n := 1; n <= cases; n++ {
		require.Equal(t, s.end(0), s.end(n), "employee %d", n)
		product := slices.DeleteFunc(s.lines(n), func(l billing.Line) bool { return l.Source != billing.ProductSource })
		require.Len(t, product, 3, "two months and one credit")
		credit := product[2]
		require.Equal(t, dayOf(n).Format(time.DateOnly), credit.Period.From.String())
	}
	s.audited()
}

// end is what happened to it, each kind of event as often as it did: confirmations come in either order.
func (s *system) end(n int) []string {
	var all []string
	for _, e := range s.history(n) {
		if _, billed := e.(events.EmployeeInvoiced); !billed {
			all = append(all, e.EventType())
		}
	}
	slices.Sort(all)
	return all
}

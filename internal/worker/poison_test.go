package worker_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/command"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/worker"
)

// poison makes decisions on some commands go wrong until it is cured: "error", "panic" or "loop".
type poison struct {
	mu      sync.Mutex
	how     map[string]string // by command id
	release chan struct{}     // ends the loops
}

func newPoison(t testing.TB) *poison {
	p := &poison{how: map[string]string{}, release: make(chan struct{})}
	t.Cleanup(func() { close(p.release) })
	return p
}

// newPoisoned is a system whose worker fails on what p names, with one employee.
func newPoisoned(t *testing.T) (*system, *poison) {
	t.Helper()
	s, p := newSystem(t, "2026-10-30T12:00:00Z"), newPoison(t)
	s.startPoisoned(p)
	s.company()
	s.send(hire(1))
	s.outcome(hire(1))
	return s, p
}

func (p *poison) put(id, how string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.how[id] = how
}

func (p *poison) cure(ids ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range ids {
		delete(p.how, id)
	}
}

func (p *poison) trap(_, id string) error {
	p.mu.Lock()
	how := p.how[id]
	p.mu.Unlock()
	switch how {
	case "error":
		return errors.New("a fault of ours")
	case "panic":
		panic("a fault of ours")
	case "loop":
		<-p.release // as good as indefinitely
	}
	return nil
}

// startPoisoned runs a worker whose decisions may go wrong.
func (s *system) startPoisoned(p *poison) {
	s.t.Helper()
	w := &worker.Worker{}
	w.SetTrap(p.trap)
	w.SetWatchdogTick(20 * time.Millisecond)
	s.startWith(w)
}

// stream is an employee's.
func stream(n int) string { return domain.Stream(domain.KindEmployee, employeeID(n)) }

// title is a change of an employee that says which one it is.
func title(n int, id string) command.Command {
	return order("employee.update.v1", employeeID(n), id, object{"title": id})
}

// waits tells what is parked of an employee: "id reason" in the order of the queue.
func (s *system) waits(n int) []string {
	s.t.Helper()
	queue, err := s.store.ParkedQueue(context.Background(), stream(n), 1000)
	require.NoError(s.t, err)
	words := []string{}
	for _, p := range queue {
		words = append(words, strings.TrimSpace(p.CommandID+" "+p.Reason))
	}
	return words
}

// awaitQueue waits until so many messages wait in an employee's queue.
func (s *system) awaitQueue(n, messages int) {
	s.t.Helper()
	s.eventually(fmt.Sprintf("%d messages of employee %d wait", messages, n), func() bool {
		return len(s.waits(n)) == messages
	})
}

// retried asks for a retry of what a filter finds and waits until it is closed.
func (s *system) retried(f store.ParkedFilter) []store.Repair {
	s.t.Helper()
	ids, err := s.store.AskRetries(context.Background(), f, "operator", "the fault is mended")
	require.NoError(s.t, err)
	return s.closed(ids...)
}

// repaired asks for something and waits until it is closed.
func (s *system) repaired(r store.Repair) store.Repair {
	s.t.Helper()
	r.ID, r.By = uuid.New(), "operator"
	if r.Reason == "" {
		r.Reason = "a test"
	}
	require.NoError(s.t, s.store.AskRepair(context.Background(), r))
	return s.closed(r.ID)[0]
}

func (s *system) closed(ids ...uuid.UUID) (all []store.Repair) {
	s.t.Helper()
	s.eventually("the repairs are closed", func() bool {
		var err error
		all, err = s.store.RepairsByID(context.Background(), ids)
		require.NoError(s.t, err)
		for _, r := range all {
			if r.State == store.RepairOpen {
				return false
			}
		}
		return true
	})
	return all
}

// ordered lists the commands that changed an employee, in the order of the log.
func (s *system) ordered(n int) (ids []string) {
	s.t.Helper()
	for _, e := range s.history(employeeID(n)) {
		if len(ids) == 0 || ids[len(ids)-1] != e.CommandID {
			ids = append(ids, e.CommandID)
		}
	}
	return ids
}

// finals counts the final answers to each command of an employee.
func (s *system) finals(n int) map[string]int {
	s.t.Helper()
	counts := map[string]int{}
	for p := range int32(environment.Partitions) {
		page, err := s.store.OutcomesAfter(context.Background(), store.ShardOf(store.FamilyEmployee, p), 0, 10_000)
		require.NoError(s.t, err)
		for _, o := range page {
			if o.Stream == stream(n) && o.Final {
				counts[o.CommandID]++
			}
		}
	}
	return counts
}

// noted lists what the log says of the repairs of a stream.
func (s *system) noted(about string) (all []events.Event) {
	s.t.Helper()
	page, err := s.store.StreamEvents(context.Background(), domain.Stream(domain.KindRepair, about), 1)
	require.NoError(s.t, err)
	for _, e := range page {
		fact, err := events.Decode(e.Type, e.Payload)
		require.NoError(s.t, err)
		all = append(all, fact)
	}
	return all
}

// sql runs a statement behind everybody's back.
func (s *system) sql(statement string, args ...any) {
	s.t.Helper()
	b := &pgx.Batch{}
	b.Queue(statement, args...)
	require.NoError(s.t, s.store.InTx(context.Background(), b))
}

package worker_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/internal/command"
	"tenure/internal/worker"
)

// sendAt sends commands that the broker takes at the clock's time.
func (s *system) sendAt(all ...command.Command) {
	s.t.Helper()
	s.sendTaken(s.clock.Now(), all...)
}

// startByRecords runs a worker for which the time of records counts.
func (s *system) startByRecords() (stop func()) {
	w := &worker.Worker{Observer: worker.Quiet{}}
	w.SetRecordTime()
	return s.startWith(w)
}

// Stronger than: a cancellation that Kafka acknowledged before the hour of the deletion is applied after it. The
// deletion has not begun, either.
func TestWork_TakesACancellationInTimeAlsoFromABacklog(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	stop := s.startByRecords()
	s.company()
	leave := order("employee.schedule_deletion.v1", employeeID(1), "leave", object{"deleteDate": "2026-10-30"})
	s.sendAt(hire(1), leave)
	require.Equal(t, domain.StatusApplied, s.outcome(leave).Status)
	stop() // the workers are away from 18:00
	s.clock.set("2026-10-30T18:30:00Z")
	stay := order("employee.cancel_deletion.v1", employeeID(1), "stay", nil)
	s.sendAt(stay) // an hour and a half before the deletion
	s.clock.set("2026-10-30T20:10:00Z")
	s.startByRecords()
	require.Equal(t, domain.StatusApplied, s.outcome(stay).Status)
	require.NotContains(t, s.types(employeeID(1)), "employee.deletion_started.v1")
}

// Stronger than: an order of the evening is applied after midnight. It has the date and the time of the evening.
func TestWork_DatesACommandOfABacklogByItsRecord(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	stop := s.startByRecords()
	s.company()
	s.sendAt(hire(1))
	s.outcome(hire(1))
	stop()
	s.clock.set("2026-10-31T20:00:00Z")
	more := order("employee.add_addon.v1", employeeID(1), "more", object{"_id": "5d00000000000000000000aa",
		"product": light, "units": 1})
	s.sendAt(more) // 21:00 of the 31st, where people are
	s.clock.set("2026-10-31T23:30:00Z")
	s.startByRecords()
	require.Equal(t, domain.StatusApplied, s.outcome(more).Status)
	history, err := s.store.StreamEvents(t.Context(), stream(1), 1)
	require.NoError(t, err)
	last := history[len(history)-1]
	require.Equal(t, "2026-10-31T20:00:00Z", last.At.UTC().Format(time.RFC3339))
	require.Contains(t, string(last.Payload), `"2026-10-31"`)
}

// retries counts attempts that were refused for a while.
type retries struct {
	worker.Quiet
	n atomic.Int64
}

func (r *retries) Retried(string) { r.n.Add(1) }

package worker_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/domain"
)

// state reads an employee's state.
func (s *system) employee(n int) *domain.Employee {
	s.t.Helper()
	row, ok, err := s.store.Subject(context.Background(), domain.Stream(domain.KindEmployee, employeeID(n)))
	require.NoError(s.t, err)
	require.True(s.t, ok)
	e := &domain.Employee{ID: employeeID(n)}
	require.NoError(s.t, json.Unmarshal(row.State, e))
	return e
}

func TestHalt_HaltedDeletionsWaitWhileEverythingElseContinues(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-20T10:00:00Z")
	s.startWorker()
	s.company()
	s.staff(6)
	for n := range 4 {
		leaves := order("employee.schedule_deletion.v1", employeeID(n), "leaves", object{"deleteDate": "2026-10-20"})
		s.applied(leaves)
	}
	s.applied(order("employee.schedule_product_change.v1", employeeID(4), "changes", object{"newProduct": pbxPlus}))
	halt := order("run.halt.v1", "runs", "halt", object{"scope": "deletions", "reason": "too many"})
	s.applied(halt)

	s.clock.set("2026-11-01T06:00:00Z")
	s.eventually("the product that was due after the deletions is changed", func() bool {
		return s.employee(4).NewProduct == nil
	})
	for n := range 4 {
		assert.Equal(t, domain.StateEnabled, s.employee(n).State)
	}
	s.applied(order("employee.update.v1", employeeID(0), "title", object{"title": "Sample title"}))
	assert.Equal(t, domain.StateEnabled, s.employee(0).State, "a command to it does not delete it either")
	s.night()
	assert.Equal(t, domain.StateEnabled, s.employee(1).State, "nor does a run")
	s.applied(order("employee.cancel_deletion.v1", employeeID(0), "stays", object{}))

	resume := order("run.resume.v1", "runs", "resume", object{"scope": "deletions", "reason": "seen"})
	s.applied(resume)
	s.clock.set("2026-11-01T06:01:00Z")
	s.eventually("the others are deleted", func() bool {
		return s.employee(1).State == domain.StateDeleted && s.employee(2).State == domain.StateDeleted &&
			s.employee(3).State == domain.StateDeleted
	})
	assert.Equal(t, domain.StateEnabled, s.employee(0).State)
	s.audited()
}

func TestHalt_WhoeverIsNoAdminHaltsNothing(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-20T10:00:00Z")
	s.startWorker()
	halt := order("run.halt.v1", "runs", "halt", object{"scope": "all", "reason": "no"})
	halt.Actor.AccessLevel = "OWNER"
	s.send(halt)
	require.Equal(t, domain.StatusRejected, s.outcome(halt).Status)
	halts, err := s.store.Halts(t.Context())
	require.NoError(t, err)
	assert.Empty(t, halts)
}

func TestHalt_IsSeenWhereItStandsAndGoneWhenItIsResumed(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-20T10:00:00Z")
	s.startWorker()
	s.applied(order("run.halt.v1", "runs", "h1", object{"scope": "all", "reason": "look"}))
	halts, err := s.store.Halts(t.Context())
	require.NoError(t, err)
	require.Len(t, halts, 2)
	assert.Equal(t, "look", halts[0].Reason)
	assert.Equal(t, "deletions", halts[0].Scope)
	s.applied(order("run.resume.v1", "runs", "r1", object{"scope": "invoicing", "reason": "seen"}))
	halts, err = s.store.Halts(t.Context())
	require.NoError(t, err)
	require.Len(t, halts, 1)
	s.applied(order("run.halt.v1", "runs", "h2", object{"scope": "deletions", "reason": "again"}))
	s.applied(order("run.resume.v1", "runs", "r2", object{"scope": "all", "reason": "seen"}))
	halts, err = s.store.Halts(t.Context())
	require.NoError(t, err)
	assert.Empty(t, halts)
	s.audited()
}

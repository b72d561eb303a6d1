package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/test/database"
)

// These tests share the package's failpoint and so do not run in parallel with anything: the others wait for them,
// since Go runs parallel tests after the sequential ones of the package.

func TestFailpoint_AWriteStopsAtEveryNamedStep(t *testing.T) {
	s := newStore(t)
	c := claimed(t, s, 1)
	var steps []string
	SetFailpoint(func(step string) { steps = append(steps, step) })
	defer SetFailpoint(nil)
	require.NoError(t, s.Write(t.Context(), c, fullWrite(c, "employee/a")))
	require.Equal(t, []string{"write.begin", "write.fenced", "write.allowed", "write.events", "write.subjects",
		"write.outcomes", "write.parked",
		"write.runs", "write.chunk", "write.commit", "write.committed"}, steps)
}

func TestFailpoint_AProcessKilledBetweenTwoStepsLeavesNothingOrEverything(t *testing.T) {
	steps := []string{"write.fenced", "write.events", "write.subjects", "write.outcomes", "write.parked", "write.runs",
		"write.chunk",
		"write.commit", "write.committed"}
	for _, killedAt := range steps {
		t.Run(killedAt, func(t *testing.T) {
			s := newStore(t)
			c := claimed(t, s, 1)
			before := rowsOf(t, s)
			SetFailpoint(func(step string) {
				if step == killedAt { // what a kill does to the server: the session's other end is gone
					damage(t, s, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname "+
						"= current_database()")
				}
			})
			err := s.Write(t.Context(), c, fullWrite(c, "employee/a"))
			SetFailpoint(nil)
			if killedAt == "write.committed" {
				require.NoError(t, err)
				s = openStore(t, Config{DSN: s.pool.Config().ConnString()})
				require.NotEqual(t, before, rowsOf(t, s))
				return
			}
			require.True(t, IsTransient(err) || errors.Is(err, ErrInDoubt), "%v", err)
			s = openStore(t, Config{DSN: s.pool.Config().ConnString()})
			require.Equal(t, before, rowsOf(t, s))
			again := claimed(t, s, 1)
			require.NoError(t, s.Write(t.Context(), again, fullWrite(again, "employee/a")))
		})
	}
}

func TestFailpoint_AWriterStoppedInsideItsTransactionFreesTheShardForTheNextOwner(t *testing.T) {
	dsn := database.Migrated(t)
	s := openStore(t, Config{DSN: dsn, IdleInTransaction: 300 * time.Millisecond})
	zombie := claimed(t, s, 1)
	stopped, resume, done := make(chan struct{}), make(chan struct{}), make(chan error)
	SetFailpoint(func(step string) {
		if step == "write.events" {
			close(stopped)
			<-resume
		}
	})
	defer SetFailpoint(nil)
	go func() { done <- s.Write(context.Background(), zombie, plain(zombie, 1, "employee/a")) }()
	<-stopped
	SetFailpoint(nil)

	next := openStore(t, Config{DSN: dsn, LockTimeout: 2 * time.Minute})
	began := time.Now()
	owner := claimed(t, next, 1)
	require.Less(t, time.Since(began), time.Minute, "it does not wait for the lock")
	require.NoError(t, next.Write(t.Context(), owner, plain(owner, 1, "employee/b")))

	close(resume)
	err := <-done
	require.True(t, IsTransient(err) || errors.Is(err, ErrInDoubt), "%v", err)
	require.ErrorIs(t, s.Write(t.Context(), zombie, plain(zombie, 1, "employee/a")), ErrFenced)
	events, err := s.Events(t.Context(), 1, 0, 10)
	require.NoError(t, err)
	require.Len(t, events, 1)
	require.Equal(t, "employee/b", events[0].Stream)
}

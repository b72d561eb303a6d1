package store

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/test/database"
)

// fat is plain with payloads that are large enough to be copied.
func fat(c *Claim, streams ...string) Write {
	w := plain(c, 1, streams...)
	for i := range w.Events {
		w.Events[i].Payload = bytes.Repeat([]byte{'7'}, copyBytesMin)
	}
	return w
}

// asStored leaves out of events what differs by where they are.
func asStored(events []Event) []Event {
	for i := range events {
		events[i].Shard, events[i].Chain = 0, nil
	}
	return events
}

func TestWriteCopied_IsReadBackAsAStatementWritesIt(t *testing.T) {
	t.Parallel()
	database.OneServer(t, "on a cluster nothing is copied")
	s := newStore(t)
	odd := func(shard ShardID, prefix string) *Claim {
		c := claimed(t, s, shard)
		w := plain(c, 1, prefix+"/a", prefix+"/ü€𝄞", prefix+"/c")
		w.Events[0].Actor, w.Events[0].CommandID, w.Events[0].RunID = nil, "", ""
		w.Events[1].Actor, w.Events[1].CommandID = []byte{0, 1, 0xff}, "an order"
		w.Events[1].At = time.Date(1999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
		w.Events[2].At, w.Events[2].RunID = time.Date(2300, 1, 2, 3, 4, 5, 6_789, time.UTC), "nightly/2026-11-01"
		if shard == 2 {
			w.Events = append(w.Events, event(prefix+"/d", 1))
			w.Subjects = append(w.Subjects, Subject{Stream: prefix + "/d", Version: 1, State: []byte("{}")})
			w.Events[3].Payload = bytes.Repeat([]byte{'7'}, copyBytesMin)
		}
		require.Equal(t, shard == 2, s.copies(&w))
		require.NoError(t, s.Write(t.Context(), c, w))
		return c
	}
	stated, copied := odd(1, "employee"), odd(2, "employee-2")
	one, err := s.Events(t.Context(), 1, 0, 10)
	require.NoError(t, err)
	other, err := s.Events(t.Context(), 2, 0, 10)
	require.NoError(t, err)
	require.Len(t, other, 4)
	require.Equal(t, copied.Chain, other[3].Chain)
	require.Equal(t, stated.Chain, one[2].Chain)
	for i := range one {
		one[i].Stream = "employee-2" + one[i].Stream[len("employee"):]
	}
	require.Equal(t, asStored(one), asStored(other[:3]))
	requireDense(t, s)
}

func TestWriteCopied_AFormerOwnerWritesNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	zombie := claimed(t, s, 1)
	owner := claimed(t, s, 1)
	before := rowsOf(t, s)
	require.ErrorIs(t, s.Write(t.Context(), zombie, fat(zombie, "employee/a")), ErrFenced)
	require.Equal(t, before, rowsOf(t, s))
	require.NoError(t, s.Write(t.Context(), owner, fat(owner, "employee/a")))
}

func TestWriteCopied_ThatIsRefusedChangesNothing(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		spoil      func(w *Write)
		constraint string
	}{
		"an event that is there, by the copy": {
			func(w *Write) { w.Events[0].Stream, w.Subjects[0].Stream = "employee/there", "employee/other" },
			"events_stream_version"},
		"a text that is none, by the copy": {
			func(w *Write) { w.Events[0].Stream, w.Subjects[0].Stream = "employee/\x00", "employee/a" },
			"sqlstate_22021"},
		"a subject that has moved on, behind the copy": {
			func(w *Write) { w.Subjects[0].Version = 5 },
			"subjects_version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			c := claimed(t, s, 1)
			require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "employee/there")))
			before, claim := rowsOf(t, s), *c
			w := fat(c, "employee/a")
			row.spoil(&w)
			var conflict *ConflictError
			err := s.Write(t.Context(), c, w)
			require.True(t, isConflict(err, &conflict), "%v", err)
			require.Equal(t, row.constraint, conflict.Constraint)
			require.Equal(t, before, rowsOf(t, s))
			require.True(t, claim.Same(c))
			require.NoError(t, s.Write(t.Context(), c, fat(c, "employee/a")), "and the connection is used again")
		})
	}
}

func TestFailpoint_AProcessKilledAroundACopyLeavesNothing(t *testing.T) {
	for _, killedAt := range []string{"write.fenced", "write.events", "write.subjects", "write.commit"} {
		s := newStore(t)
		c := claimed(t, s, 1)
		before := rowsOf(t, s)
		SetFailpoint(func(step string) {
			if step == killedAt {
				damage(t, s, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "+
					"AND datname = current_database()")
			}
		})
		err := s.Write(t.Context(), c, fat(c, "employee/a"))
		SetFailpoint(nil)
		require.True(t, IsTransient(err) || errors.Is(err, ErrInDoubt), "%s: %v", killedAt, err)
		s = openStore(t, Config{DSN: s.pool.Config().ConnString()})
		require.Equal(t, before, rowsOf(t, s), killedAt)
		again := claimed(t, s, 1)
		require.NoError(t, s.Write(t.Context(), again, fat(again, "employee/a")))
	}
}

package store

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func isConflict(err error, conflict **ConflictError) bool { return errors.As(err, conflict) }

func TestWrite_ThatBreaksAConstraintChangesNothing(t *testing.T) {
	t.Parallel()
	chunk := Chunk{Run: "run", CursorDue: 739_000, CursorStream: "employee/a", Examined: 1, NotBilled: 1,
		Reasons: []Reason{{Stream: "employee/a", Reason: "held"}}}
	for name, row := range map[string]struct {
		constraint string
		write      func(*Claim) Write
	}{
		"a second final outcome": {"outcomes_one_final", func(c *Claim) Write {
			return Write{CatalogVersion: -1, Outcomes: []Outcome{outcome("employee/a", "c1")}}
		}},
		"an event of a version that exists": {"events_stream_version", func(*Claim) Write {
			return Write{CatalogVersion: -1, Events: []Event{event("employee/a", 1)}}
		}},
		"a subject decided on an older version": {"subjects_version", func(c *Claim) Write {
			w := plain(c, 2, "employee/a")
			w.Subjects[0].Version, w.Events[0].Version = 3, 3
			w.Outcomes = nil
			return w
		}},
		"a subject that is new to the writer only": {"subjects_stream", func(c *Claim) Write {
			return Write{CatalogVersion: -1, Subjects: []Subject{{Stream: "employee/a", Parked: true}}}
		}},
		"a subject that has begun meanwhile": {"subjects_version", func(c *Claim) Write {
			return Write{CatalogVersion: -1, Subjects: []Subject{{Stored: true, Stream: "employee/a", Parked: true}}}
		}},
		"a chunk of a run that is not open": {"run_shards_open", func(*Claim) Write {
			other := chunk
			other.Run = "other"
			return Write{CatalogVersion: -1, Chunk: &other}
		}},
		"a chunk behind the cursor": {"run_shards_open", func(*Claim) Write {
			other := chunk
			other.CursorDue--
			return Write{CatalogVersion: -1, Chunk: &other}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			c := claimed(t, s, 1)
			w := plain(c, 1, "employee/a")
			w.OpenRuns, w.Chunk = []RunShard{{Run: "run", BusinessDate: 739_000}}, &chunk
			require.NoError(t, s.Write(t.Context(), c, w))
			before, claim := rowsOf(t, s), *c

			bad := row.write(c)
			bad.Parked = []Parked{{Topic: "t", Reason: "malformed", At: noon}}
			err := s.Write(t.Context(), c, bad)
			var conflict *ConflictError
			require.ErrorAs(t, err, &conflict)
			require.Equal(t, row.constraint, conflict.Constraint)
			require.False(t, IsTransient(err))
			require.Equal(t, before, rowsOf(t, s))
			require.Equal(t, claim, *c)
			require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "employee/b")), "the claim is still good")
		})
	}
}

func TestWrite_ThatGoesBackIsRefusedBeforeItIsSent(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	w := plain(c, 1, "employee/a", "employee/b")
	w.LastNumber = 5
	require.NoError(t, s.Write(t.Context(), c, w))
	for name, bad := range map[string]Write{
		"next offset goes back":          {NextOffset: c.NextOffset - 1},
		"last number goes back":          {LastNumber: 4},
		"time of the decision goes back": {DecidedAt: noon.Add(-1)},
		"at most 10000":                  {Parked: make([]Parked, writeRowsMax+1)},
		"twice in one write":             {CatalogVersion: -1, Subjects: []Subject{{Stream: "s"}, {Stream: "s"}}},
	} {
		require.ErrorContains(t, s.Write(t.Context(), c, bad), name)
	}
	require.NoError(t, s.Write(t.Context(), c, Write{CatalogVersion: -1}), "zero values keep the claim's")
	require.EqualValues(t, 5, claimed(t, s, 1).LastNumber)
}

func TestWrite_AStreamParkedBeforeItsFirstEventIsCreatedLater(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	park := Write{CatalogVersion: -1, Subjects: []Subject{{Stream: "employee/a", Parked: true}},
		Parked: []Parked{{Topic: "t", Stream: "employee/a", Reason: "broken", At: noon}}}
	require.NoError(t, s.Write(t.Context(), c, park))
	begun := covering(c, "employee/a", 1, []Range{april(1, 2)}, nil)
	var conflict *ConflictError
	require.ErrorAs(t, s.Write(t.Context(), c, begun), &conflict, "its row was not read")
	require.Equal(t, "subjects_stream", conflict.Constraint)
	known, err := s.Read(t.Context(), Read{Shard: 1, Streams: []string{"employee/a"}})
	require.NoError(t, err)
	begun.Subjects[0].Stored = known.Subjects["employee/a"].Stored
	require.NoError(t, s.Write(t.Context(), c, begun))
	subject, found, err := s.Subject(t.Context(), "employee/a")
	require.NoError(t, err)
	require.True(t, found)
	require.EqualValues(t, 1, subject.Version)
	require.False(t, subject.Parked)
}

func TestWrite_WhatMadeAMessageMalformedDoesNotKeepItFromBeingParked(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	raw := []byte{0xff, 0, 0xfe}
	w := Write{NextOffset: 1, CatalogVersion: -1, Parked: []Parked{{
		Topic: "employee.commands", Offset: 0, Shard: 1, Stream: "employee/\xff", CommandID: "a\x00b", Reason: "malformed",
		Detail: string(raw), Key: raw, Value: nil, Headers: []byte("[]"), At: noon,
	}}}
	require.NoError(t, s.Write(t.Context(), c, w))
	list, err := s.ParkedList(t.Context(), ParkedFilter{})
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, raw, list[0].Key)
	require.Nil(t, list[0].Value, "a tombstone stays one")
	require.Equal(t, "a\uFFFDb", list[0].CommandID)

	list[0].State = StateDiscarded
	require.NoError(t, s.Write(t.Context(), c, Write{CatalogVersion: -1, Parked: list}))
	list, err = s.ParkedList(t.Context(), ParkedFilter{})
	require.NoError(t, err)
	require.Empty(t, list)
	list, err = s.ParkedList(t.Context(), ParkedFilter{State: StateDiscarded, Limit: 5})
	require.NoError(t, err)
	require.Len(t, list, 1)
}

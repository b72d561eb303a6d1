package history_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/history"
	"tenure/internal/store"
)

var noon = time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)

// stored is an event as the log keeps it.
func stored(t *testing.T, event events.Event, by events.Actor) store.Event {
	t.Helper()
	payload, err := events.Encode(event)
	require.NoError(t, err)
	actor, err := history.ActorBytes(by)
	require.NoError(t, err)
	return store.Event{
		Shard: 3, Position: 41, Stream: "employee/e1", Version: 2, Type: event.EventType(), At: noon,
		CommandID: "c-1", RunID: "nightly/2026-11-01", Actor: actor, Payload: payload,
	}
}

func TestRecorded_ReadsWhatIsStored(t *testing.T) {
	t.Parallel()
	event := events.ProductAssigned{Product: "product-1", From: billing.MustDate("2026-10-12")}
	by := events.Actor{Employee: "e9", AccessLevel: "OWNER", Customer: "customer-1",
		OrganizationResellers: events.NewIDs("r1", "r2")}
	read, err := history.Recorded(stored(t, event, by))
	require.NoError(t, err)
	assert.Equal(t, events.Recorded{
		Shard: 3, Position: 41, Stream: "employee/e1", Version: 2, At: noon, CommandID: "c-1", RunID: "nightly/2026-11-01",
		Actor: by, Event: event,
	}, read)
}

func TestRecorded_WhatTimeDidHasNoActor(t *testing.T) {
	t.Parallel()
	raw, err := history.ActorBytes(events.Actor{})
	require.NoError(t, err)
	assert.Nil(t, raw, "nobody takes no bytes in the log")
	read, err := history.Recorded(stored(t, events.BillingReleased{}, events.Actor{}))
	require.NoError(t, err)
	assert.Zero(t, read.Actor)
}

func TestRecorded_NamesThePlaceOfWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		spoil func(*store.Event)
		want  string
	}{
		{"a type of a newer version", func(e *store.Event) { e.Type = "employee.promoted.v1" }, "history: employee/e1@2: "},
		{"a payload that is no JSON", func(e *store.Event) { e.Payload = []byte("{") }, "history: employee/e1@2: "},
		{"an actor that is no JSON", func(e *store.Event) { e.Actor = []byte("[") }, "history: actor of employee/e1@2: "},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e := stored(t, events.BillingHeld{Reason: "NO_PRICE"}, events.Actor{AccessLevel: "ADMIN"})
			row.spoil(&e)
			_, err := history.Recorded(e)
			require.Error(t, err)
			assert.ErrorContains(t, err, row.want)
		})
	}
}

func TestRecorded_ATypeOfANewerVersionIsItsOwnError(t *testing.T) {
	t.Parallel()
	e := stored(t, events.BillingReleased{}, events.Actor{})
	e.Type = "employee.promoted.v1"
	_, err := history.Recorded(e)
	var unknown *events.UnknownTypeError
	assert.ErrorAs(t, err, &unknown, "a reader is blocked there until it is newer itself")
}

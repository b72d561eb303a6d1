package relay

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
)

// said is the message that the rows of a test change.
func said() (bus.Envelope, bus.Message) {
	e := bus.Envelope{
		ID: "id", Type: "employee.created.v1", Source: source, Subject: "e1", Time: feedtest.Noon, CommandID: "c1",
		Position: "1:7",
	}
	return e, bus.Message{Topic: contract.EmployeeEvents, Key: []byte("e1"), Value: []byte(`{"a":1}`)}
}

func TestSeen_TwoMessagesSayTheSameWhateverCarriedThem(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		change func(*bus.Envelope, *bus.Message)
		same   bool
	}{
		{"nothing differs", func(*bus.Envelope, *bus.Message) {}, true},
		{"another trace", func(e *bus.Envelope, _ *bus.Message) { e.TraceParent = "00-1-1-00" }, true},
		{"sent again by a replay", func(e *bus.Envelope, _ *bus.Message) { e.Replay = "week-30" }, true},
		{"the schema is named since", func(e *bus.Envelope, _ *bus.Message) { e.DataSchema = "urn:x" }, true},
		{"read at another place", func(_ *bus.Envelope, m *bus.Message) { m.Partition, m.Offset = 3, 99 }, true},
		{"another id", func(e *bus.Envelope, _ *bus.Message) { e.ID = "other" }, false},
		{"another type", func(e *bus.Envelope, _ *bus.Message) { e.Type = "employee.updated.v1" }, false},
		{"another time", func(e *bus.Envelope, _ *bus.Message) { e.Time = e.Time.Add(time.Second) }, false},
		{"another position", func(e *bus.Envelope, _ *bus.Message) { e.Position = "1:8" }, false},
		{"another key", func(_ *bus.Envelope, m *bus.Message) { m.Key = []byte("e2") }, false},
		{"another value", func(_ *bus.Envelope, m *bus.Message) { m.Value = []byte(`{"a":2}`) }, false},
		{"key and value cut elsewhere", func(_ *bus.Envelope, m *bus.Message) {
			m.Key, m.Value = []byte("e1{"), []byte(`"a":1}`)
		}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e, m := said()
			m.Headers = e.Headers()
			before := fingerprint(m)
			row.change(&e, &m)
			m.Headers = e.Headers()
			require.Equal(t, row.same, fingerprint(m) == before)
		})
	}
}

func TestSeen_OnlyWhatStandsBehindTheCheckpointIsRemembered(t *testing.T) {
	t.Parallel()
	accepted := feedtest.Noon
	for _, row := range []struct {
		name, position string
		at             time.Time
		want           bool
	}{
		{"behind the checkpoint", "1:6", accepted.Add(time.Hour), true},
		{"at the checkpoint", "1:5", accepted.Add(time.Hour), false},
		{"of another shard", "2:6", accepted.Add(time.Hour), false},
		{"without a position", "", accepted.Add(time.Hour), false},
		{"with a position that is none", "one:six", accepted.Add(time.Hour), false},
		{"accepted by a person", "1:6", accepted, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			found := &compared{after: store.Place{Position: 5}, accepted: accepted, present: map[string]seenMessage{},
				latest: map[string]int64{}}
			e, m := said()
			e.Position = row.position
			m.Headers, m.Time = e.Headers(), row.at
			addSeen(map[store.ShardID]*compared{1: found}, m)
			require.Equal(t, row.want, len(found.present) == 1)
			require.Equal(t, row.want, found.last == 6)
		})
	}
}

func TestSeen_AnIdThatATopicHasWithTwoContentsIsNoticed(t *testing.T) {
	t.Parallel()
	found := &compared{present: map[string]seenMessage{}, latest: map[string]int64{}}
	e, m := said()
	m.Headers, m.Time = e.Headers(), feedtest.Noon
	fresh := map[store.ShardID]*compared{1: found}
	addSeen(fresh, m)
	addSeen(fresh, m)
	require.False(t, found.present[nameOf(m)].twice, "the same twice is a repetition")
	m.Value = []byte(`{"a":2}`)
	addSeen(fresh, m)
	addSeen(fresh, m)
	require.True(t, found.present[nameOf(m)].twice)
}

func TestSeen_WhatIsPublishedOfAnEventIsReportedToThoseWhoPublishItAgain(t *testing.T) {
	t.Parallel()
	db, kafka := feedtest.NewDatabase(t), newBrokers(t)
	j := feedtest.NewJournal(t, db.Store)
	j.Append(1, feedtest.Of(feedtest.Employee(1), feedtest.Created(1), feedtest.Invoiced(1, "2026-04"))...)
	require.NoError(t, take(t, db, eventsRelay(db, kafka), 1))
	page, err := feed.NewReader(db.Store).After(t.Context(), 1, store.Place{}, 10, nil)
	require.NoError(t, err)
	told := map[string]bool{}
	for _, e := range page {
		messages, err := NewRouter(nil).Messages(e)
		require.NoError(t, err)
		for _, m := range messages {
			sum := fingerprint(m)
			told[m.Topic+string(sum[:])] = true
		}
	}
	require.Len(t, told, 2+3)
	require.NoError(t, kafka.lookup.ReadAll(t.Context(), contract.EventTopics(), nil, func(m bus.Message) error {
		sum := fingerprint(m)
		delete(told, m.Topic+string(sum[:]))
		return nil
	}))
	require.Empty(t, told)

	_, err = NewRouter(nil).Messages(&feed.Entry{Event: store.Event{Stream: "employee/1", Type: "employee.levitated.v9"}})
	var stop *feed.Stop
	require.ErrorAs(t, err, &stop)
	require.Equal(t, feed.StopUnknownType, stop.Reason)
	_, err = NewRouter(nil).Messages(&feed.Entry{Event: store.Event{Stream: "nothing/1", Type: "employee.created.v1",
		Payload: []byte("{}")}})
	require.ErrorAs(t, err, &stop)
	require.Equal(t, stopUnroutable, stop.Reason)
}

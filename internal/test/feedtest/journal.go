package feedtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/internal/store"
)

// Noon is the business time of all events of a journal.
var Noon = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)

// Journal writes events to the log through the store, as the owner of every shard that it touches. It is for one
// goroutine.
type Journal struct {
	t        testing.TB
	store    *store.Store
	claims   map[store.ShardID]*store.Claim
	versions map[string]int32

	// KeepSubjects writes a row for each stream as well, with the days that its lines bill: by default there is none.
	KeepSubjects bool
}

// NewJournal begins a journal on an empty log.
func NewJournal(t testing.TB, s *store.Store) *Journal {
	return &Journal{t: t, store: s, claims: map[store.ShardID]*store.Claim{}, versions: map[string]int32{}}
}

// Entry is an event before it has a place in the log.
type Entry struct {
	Stream  string
	Event   events.Event
	Command string // empty: time made it happen
	Run     string
}

// Of makes entries of one stream.
func Of(stream string, all ...events.Event) []Entry {
	entries := make([]Entry, len(all))
	for i, e := range all {
		entries[i] = Entry{Stream: stream, Event: e, Command: fmt.Sprintf("command-%d", i)}
	}
	return entries
}

// Append writes entries to a shard in one transaction, with an outcome for each that a command made.
func (j *Journal) Append(shard store.ShardID, entries ...Entry) {
	j.t.Helper()
	w := store.Write{CatalogVersion: -1, DecidedAt: Noon}
	c := j.claim(shard)
	w.NextOffset = c.NextOffset + int64(len(entries))
	for _, f := range entries {
		raw, err := events.Encode(f.Event)
		require.NoError(j.t, err)
		w.Events = append(w.Events, j.event(f, f.Event.EventType(), raw))
		if f.Command != "" {
			w.Outcomes = append(w.Outcomes, j.outcome(f))
		}
	}
	if j.KeepSubjects {
		w.Subjects = j.subjects(entries)
	}
	require.NoError(j.t, j.store.Write(j.t.Context(), c, w))
}

// subjects are the rows of the streams of entries, after them.
func (j *Journal) subjects(entries []Entry) (rows []store.Subject) {
	at := map[string]int{}
	for _, f := range entries {
		if _, known := at[f.Stream]; !known {
			at[f.Stream] = len(rows)
			rows = append(rows, store.Subject{Stream: f.Stream, Version: j.versions[f.Stream], State: []byte("{}")})
		}
		if invoiced, ok := f.Event.(events.EmployeeInvoiced); ok {
			require.NoError(j.t, rows[at[f.Stream]].Bill(invoiced.Lines))
		}
	}
	return rows
}

// AppendRaw writes one event of any type and any bytes.
func (j *Journal) AppendRaw(shard store.ShardID, stream, eventType string, payload []byte) {
	j.t.Helper()
	c := j.claim(shard)
	w := store.Write{CatalogVersion: -1, DecidedAt: Noon, NextOffset: c.NextOffset + 1}
	w.Events = []store.Event{j.event(Entry{Stream: stream}, eventType, payload)}
	require.NoError(j.t, j.store.Write(j.t.Context(), c, w))
}

// Head is the position of the last event of a shard.
func (j *Journal) Head(shard store.ShardID) int64 { return j.claim(shard).Head }

func (j *Journal) event(e Entry, eventType string, raw []byte) store.Event {
	j.versions[e.Stream]++
	return store.Event{
		Stream:    e.Stream,
		Version:   j.versions[e.Stream],
		Type:      eventType,
		At:        Noon,
		CommandID: e.Command,
		RunID:     e.Run,
		Payload:   raw,
	}
}

func (j *Journal) outcome(e Entry) store.Outcome {
	id := fmt.Sprintf("%s/%d", e.Command, j.versions[e.Stream])
	return store.Outcome{
		Command: store.CommandKey(e.Stream, id), Stream: e.Stream, CommandID: id, Content: []byte{1}, Final: true, At: Noon,
		Answer: fmt.Appendf(nil, `{"command":%q,"status":"applied"}`, id),
	}
}

func (j *Journal) claim(shard store.ShardID) *store.Claim {
	j.t.Helper()
	if c, ok := j.claims[shard]; ok {
		return c
	}
	c, err := j.store.Claim(j.t.Context(), shard, store.Topic{
		Name: fmt.Sprintf(
			"topic-%d",
			shard.Family(),
		),
		Partition: shard.Partition(),
		ID:        "topic-id",
		Newest:    1 << 40,
	})
	require.NoError(j.t, err)
	j.claims[shard] = &c
	return &c
}

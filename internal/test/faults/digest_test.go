package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/store"
	"tenure/projections"
)

// digest is a system as it stands for those who live off it, without what may differ between two lives that are the
// same: positions, instants, and whether a tick or a run was quicker to do what was due.
type digest struct {
	streams  map[string][]string // the events of each subject, in their order
	answers  map[string]string   // the outcome of each command
	lines    map[string]string   // as accounting reads them, by id
	totals   map[string]string   // what each run announced
	readable map[string]string   // what the read models show
}

// pageMax is how many events one read of a digest asks for.
const pageMax = 5_000

func (s *system) digest() digest {
	s.t.Helper()
	d := digest{
		streams:  map[string][]string{},
		answers:  map[string]string{},
		lines:    map[string]string{},
		totals:   map[string]string{},
		readable: map[string]string{},
	}
	heads, err := s.store.Heads(context.Background())
	require.NoError(s.t, err)
	for _, shard := range slices.Sorted(maps.Keys(heads)) {
		s.eachEvent(shard, func(e store.Event) { d.take(s.t, e) })
		s.eachOutcome(shard, func(o store.Outcome) { d.answer(s.t, o) })
	}
	for stream := range d.streams {
		if kind, id := domain.SplitStream(stream); kind == domain.KindEmployee {
			d.readable[id] = s.shown(id)
		}
	}
	return d
}

func (s *system) eachEvent(shard store.ShardID, take func(store.Event)) {
	s.t.Helper()
	for after := int64(0); ; {
		page, err := s.store.Events(context.Background(), shard, after, pageMax)
		require.NoError(s.t, err)
		for _, e := range page {
			take(e)
			after = e.Position
		}
		if len(page) < pageMax {
			return
		}
	}
}

func (s *system) eachOutcome(shard store.ShardID, take func(store.Outcome)) {
	s.t.Helper()
	for after := int64(0); ; {
		page, err := s.store.OutcomesAfter(context.Background(), shard, after, pageMax)
		require.NoError(s.t, err)
		for _, o := range page {
			take(o)
			after = o.Sequence
		}
		if len(page) < pageMax {
			return
		}
	}
}

// take adds an event. Those of runs say where in the log their lines stand; of them only the announcement counts.
func (d digest) take(t *testing.T, e store.Event) {
	payload, err := events.Decode(e.Type, e.Payload)
	require.NoError(t, err)
	switch e := payload.(type) {
	case events.RunCompleted:
		announced, err := json.Marshal(e.Totals)
		require.NoError(t, err)
		d.totals[e.Run] = fmt.Sprintf("%d %d %d %d %s", e.Examined, e.Billed, e.NotBilled, e.Documents, announced)
	case events.EmployeeInvoiced:
		for _, line := range e.Lines {
			written, err := json.Marshal(line)
			require.NoError(t, err)
			d.lines[line.ID.String()] = string(written)
		}
	}
	if kind, _ := domain.SplitStream(e.Stream); kind == domain.KindRun || kind == domain.KindRunShard {
		return
	}
	d.streams[e.Stream] = append(d.streams[e.Stream], e.Type+" "+string(e.Payload))
}

// answer adds the final outcomes of employees' commands; how often one was asked again is not counted.
func (d digest) answer(t *testing.T, o store.Outcome) {
	if !o.Final || !strings.HasPrefix(o.CommandID, "script-") {
		return
	}
	var a struct {
		Status string          `json:"status"`
		Error  json.RawMessage `json:"error"`
	}
	require.NoError(t, json.Unmarshal(o.Answer, &a))
	d.answers[o.CommandID] = a.Status + " " + string(a.Error)
}

// shown is what the read models show of an employee.
func (s *system) shown(id string) string {
	s.t.Helper()
	e, ok, err := projections.EmployeeByID(context.Background(), s.store, id)
	require.NoError(s.t, err)
	if !ok {
		return "nobody"
	}
	written, err := json.Marshal(e)
	require.NoError(s.t, err)
	var bare map[string]any
	require.NoError(s.t, json.Unmarshal(written, &bare))
	delete(bare, "position")
	written, err = json.Marshal(bare)
	require.NoError(s.t, err)
	return string(written)
}

// equal fails with the first few differences.
func (d digest) equal(t *testing.T, got digest) {
	t.Helper()
	same(t, "answer to", d.answers, got.answers)
	same(t, "line", d.lines, got.lines)
	same(t, "totals of", d.totals, got.totals)
	joined := func(streams map[string][]string) map[string]string {
		all := map[string]string{}
		for stream, facts := range streams {
			all[stream] = strings.Join(facts, "\n")
		}
		return all
	}
	same(t, "events of", joined(d.streams), joined(got.streams))
	same(t, "document of", d.readable, got.readable)
	require.False(t, t.Failed(), "the system is not as one to which nothing happened")
}

// differencesMax is how many differences of a kind are shown.
const differencesMax = 3

func same(t *testing.T, what string, want, got map[string]string) {
	t.Helper()
	shown := 0
	names := maps.Clone(want)
	maps.Copy(names, got)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if want[name] == got[name] {
			continue
		}
		if shown++; shown <= differencesMax {
			t.Errorf("%s %s\nundisturbed: %s\n  disturbed: %s", what, name, want[name], got[name])
		}
	}
	if shown > differencesMax {
		t.Errorf("%s: %d differences in all", what, shown)
	}
}

// ofSubjects are the topics whose messages are events in the order of their subjects' versions.
var ofSubjects = []string{contract.EmployeeEvents}

// topicsHoldTheLog proves I3 and I4: every event of an employee is on its topic, first occurrences in the order of the
// log; every line is on one of the ledgers' topics; and nothing is there that is not in the log.
func (s *system) topicsHoldTheLog() {
	s.t.Helper()
	facts, lines := s.logged()
	lookup, err := bus.NewTopicReader(s.bus)
	require.NoError(s.t, err)
	defer lookup.Close()
	seen, last := map[string]bool{}, map[string]int64{}
	err = lookup.ReadAll(context.Background(), ofSubjects, nil, func(m bus.Message) error {
		id, key := string(m.Header("ce_id")), string(m.Key)
		if seen[id] {
			return nil
		}
		seen[id] = true
		_, position, err := bus.ParsePosition(string(m.Header("ce_position")))
		require.NoError(s.t, err)
		require.Contains(s.t, facts, id, "%s/%d@%d is not in the log", m.Topic, m.Partition, m.Offset)
		require.Greater(s.t, position, last[key], "%s comes after a later one", facts[id])
		last[key] = position
		return nil
	})
	require.NoError(s.t, err)
	for id, what := range facts {
		require.True(s.t, seen[id], "%s is not on its topic", what)
	}
	s.linesHoldTheLog(lookup, lines)
}

// logged lists the events of employees by id, and the lines by id.
func (s *system) logged() (facts map[string]string, lines map[string]bool) {
	s.t.Helper()
	facts, lines = map[string]string{}, map[string]bool{}
	heads, err := s.store.Heads(context.Background())
	require.NoError(s.t, err)
	for shard := range heads {
		if shard.Family() != store.FamilyEmployee {
			continue
		}
		s.eachEvent(shard, func(e store.Event) {
			if kind, _ := domain.SplitStream(e.Stream); kind != domain.KindEmployee {
				return
			}
			facts[e.ID().String()] = fmt.Sprintf("%s@%d", e.Stream, e.Version)
			payload, err := events.Decode(e.Type, e.Payload)
			require.NoError(s.t, err)
			if invoiced, ok := payload.(events.EmployeeInvoiced); ok {
				for _, line := range invoiced.Lines {
					require.False(s.t, lines[line.ID.String()], "line %s was made twice", line.ID)
					lines[line.ID.String()] = true
				}
			}
		})
	}
	return facts, lines
}

func (s *system) linesHoldTheLog(lookup *bus.TopicReader, lines map[string]bool) {
	s.t.Helper()
	content := map[string]string{}
	topics := []string{contract.BillingLines, contract.BillingLinesWholesale, contract.BillingLinesCost}
	err := lookup.ReadAll(context.Background(), topics, nil, func(m bus.Message) error {
		id := string(m.Header("ce_id"))
		require.True(s.t, lines[id], "line %s on %s is not in the log", id, m.Topic)
		if before, again := content[id]; again {
			require.Equal(s.t, before, string(m.Value), "a line that is published again is the same")
		}
		content[id] = string(m.Value)
		return nil
	})
	require.NoError(s.t, err)
	require.Len(s.t, content, len(lines), "every line is on a topic")
}

package digest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/store"
)

// ofSubjects are the topics whose messages are events in the order of their subjects' versions.
var ofSubjects = []string{contract.EmployeeEvents}

// ofLines are the topics that have the lines.
var ofLines = []string{contract.BillingLines, contract.BillingLinesWholesale, contract.BillingLinesCost}

// Partition is one of a topic.
type Partition struct {
	Topic  string
	Number int32
}

// TopicsHoldTheLog proves I3 and I4: every event of an employee is on its topic, first occurrences in the order of the
// log, but for what was lost and is published again; every line is on one of the ledgers' topics; and nothing is there
// that is not in the log. Of the order in partitions that are known to have lost messages it says nothing: who takes a
// shard over publishes them behind what the process before had still on its way, as what they are to it, the next ones.
func TopicsHoldTheLog(t testing.TB, db *store.Store, kafka bus.Config, lossy ...Partition) {
	t.Helper()
	facts, lines := logged(t, db, everything)
	lookup, err := bus.NewTopicReader(kafka)
	require.NoError(t, err)
	defer lookup.Close()
	seen, last := map[string]bool{}, map[string]int64{}
	err = lookup.ReadAll(context.Background(), ofSubjects, nil, func(m bus.Message) error {
		id, key := string(m.Header("ce_id")), string(m.Key)
		if seen[id] {
			return nil
		}
		seen[id] = true
		_, position, err := bus.ParsePosition(string(m.Header("ce_position")))
		require.NoError(t, err)
		require.Contains(t, facts, id, "%s/%d@%d is not in the log", m.Topic, m.Partition, m.Offset)
		if len(m.Header("ce_replay")) > 0 || slices.Contains(lossy, Partition{m.Topic, m.Partition}) {
			return nil
		}
		require.Greater(t, position, last[key], "%s comes after a later one", facts[id])
		last[key] = position
		return nil
	})
	require.NoError(t, err)
	for id, what := range facts {
		require.True(t, seen[id], "%s is not on its topic", what)
	}
	linesHoldTheLog(t, lookup, lines)
}

// ReplayHoldsTheLog fails unless the topics of a replay of everything have each event of an employee, and each line, up
// to where the replay ends, and nothing that is not in the log.
func ReplayHoldsTheLog(t testing.TB, db *store.Store, kafka bus.Config, r store.Replay) {
	t.Helper()
	lookup, err := bus.NewTopicReader(kafka)
	require.NoError(t, err)
	defer lookup.Close()
	seen := map[string]bool{}
	for _, ledger := range contract.Ledgers() {
		topics := []string{contract.Suffixed(r.Target, ledger)}
		err := lookup.ReadAll(context.Background(), topics, nil, func(m bus.Message) error {
			seen[string(m.Header("ce_id"))] = true
			return nil
		})
		require.NoError(t, err)
	}
	last := map[store.ShardID]int64{}
	for _, s := range r.Shards {
		last[s.Shard] = s.Last
	}
	facts, lines := logged(t, db, func(e store.Event) bool { return e.Position <= last[e.Shard] })
	for id, what := range facts {
		require.True(t, seen[id], "%s is not on %s", what, r.Target)
	}
	for id := range lines {
		require.True(t, seen[id], "line %s is not on %s", id, r.Target)
	}
}

// Lacking lists the events of employees, and the lines, that their topics lack.
func Lacking(t testing.TB, db *store.Store, kafka bus.Config) (names []string) {
	t.Helper()
	facts, lines := logged(t, db, everything)
	lookup, err := bus.NewTopicReader(kafka)
	require.NoError(t, err)
	defer lookup.Close()
	for _, topic := range Published() {
		err := lookup.ReadAll(context.Background(), []string{topic}, nil, func(m bus.Message) error {
			delete(facts, string(m.Header("ce_id")))
			delete(lines, string(m.Header("ce_id")))
			return nil
		})
		require.NoError(t, err)
	}
	names = slices.Sorted(maps.Values(facts))
	for id := range lines {
		names = append(names, "line "+id)
	}
	return names
}

// Published are the topics that are compared with the log.
func Published() []string { return append(slices.Clone(ofSubjects), ofLines...) }

func everything(store.Event) bool { return true }

// logged lists those events of employees that are wanted by id, and the lines by id.
func logged(t testing.TB, db *store.Store, wanted func(store.Event) bool) (
	facts map[string]string, lines map[string]bool) {
	t.Helper()
	facts, lines = map[string]string{}, map[string]bool{}
	heads, err := db.Heads(context.Background())
	require.NoError(t, err)
	for shard := range heads {
		if shard.Family() != store.FamilyEmployee {
			continue
		}
		eachEvent(t, db, shard, func(e store.Event) {
			if kind, _ := domain.SplitStream(e.Stream); kind != domain.KindEmployee || !wanted(e) {
				return
			}
			payload, err := events.Decode(e.Type, e.Payload)
			require.NoError(t, err)
			if _, internal := payload.(events.BillingWorkOrdered); internal {
				return // has amounts of any ledger, and is not published
			}
			facts[e.ID().String()] = fmt.Sprintf("%s@%d", e.Stream, e.Version)
			if invoiced, ok := payload.(events.EmployeeInvoiced); ok {
				addLines(t, lines, invoiced)
			}
		})
	}
	return facts, lines
}

func addLines(t testing.TB, lines map[string]bool, invoiced events.EmployeeInvoiced) {
	t.Helper()
	for _, line := range invoiced.Lines {
		require.False(t, lines[line.ID.String()], "line %s was made twice", line.ID)
		lines[line.ID.String()] = true
	}
}

func linesHoldTheLog(t testing.TB, lookup *bus.TopicReader, lines map[string]bool) {
	t.Helper()
	content := map[string]string{}
	err := lookup.ReadAll(context.Background(), ofLines, nil, func(m bus.Message) error {
		id := string(m.Header("ce_id"))
		require.True(t, lines[id], "line %s on %s is not in the log", id, m.Topic)
		if before, again := content[id]; again {
			require.Equal(t, before, string(m.Value), "a line that is published again is the same")
		}
		content[id] = string(m.Value)
		return nil
	})
	require.NoError(t, err)
	require.Len(t, content, len(lines), "every line is on a topic")
}

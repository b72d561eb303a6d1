package digest

import (
	"context"
	"fmt"
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

// TopicsHoldTheLog proves I3 and I4: every event of an employee is on its topic, first occurrences in the order of the
// log; every line is on one of the ledgers' topics; and nothing is there that is not in the log.
func TopicsHoldTheLog(t testing.TB, db *store.Store, kafka bus.Config) {
	t.Helper()
	facts, lines := logged(t, db)
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

// logged lists the events of employees by id, and the lines by id.
func logged(t testing.TB, db *store.Store) (facts map[string]string, lines map[string]bool) {
	t.Helper()
	facts, lines = map[string]string{}, map[string]bool{}
	heads, err := db.Heads(context.Background())
	require.NoError(t, err)
	for shard := range heads {
		if shard.Family() != store.FamilyEmployee {
			continue
		}
		eachEvent(t, db, shard, func(e store.Event) {
			if kind, _ := domain.SplitStream(e.Stream); kind != domain.KindEmployee {
				return
			}
			payload, err := events.Decode(e.Type, e.Payload)
			require.NoError(t, err)
			if _, internal := payload.(events.BillingWorkOrdered); internal {
				return // has amounts of any ledger, and is not published
			}
			facts[e.ID().String()] = fmt.Sprintf("%s@%d", e.Stream, e.Version)
			if invoiced, ok := payload.(events.EmployeeInvoiced); ok {
				for _, line := range invoiced.Lines {
					require.False(t, lines[line.ID.String()], "line %s was made twice", line.ID)
					lines[line.ID.String()] = true
				}
			}
		})
	}
	return facts, lines
}

func linesHoldTheLog(t testing.TB, lookup *bus.TopicReader, lines map[string]bool) {
	t.Helper()
	content := map[string]string{}
	topics := []string{contract.BillingLines, contract.BillingLinesWholesale, contract.BillingLinesCost}
	err := lookup.ReadAll(context.Background(), topics, nil, func(m bus.Message) error {
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

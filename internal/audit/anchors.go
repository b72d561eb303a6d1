package audit

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"tenure/contract"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/store"
)

// AnchorsCheck is the check of the log against what run.completed carried of it to Kafka, where the owner of the
// database cannot write. It is no part of Checks: it needs the topic.
var AnchorsCheck = Check{
	Name: "anchors", Invariant: "I2", What: "the log has the hashes that run.completed carried to Kafka", Slow: true,
}

// Anchors reads the topic of runs from its beginning, and compares the hashes of the shards' logs that each
// run.completed carries with the log. compared is how many there were: none where no run of this version has completed.
func Anchors(ctx context.Context, s *store.Store, topics *bus.TopicReader) (found []Violation, compared int,
	err error) {
	err = topics.ReadAll(ctx, []string{contract.BillingRuns}, nil, func(m bus.Message) error {
		if string(m.Header("ce_type")) != (events.RunCompleted{}).EventType() {
			return nil
		}
		var run events.RunCompleted
		if err := json.Unmarshal(m.Value, &run); err != nil {
			return fmt.Errorf("audit: run.completed at %s/%d/%d: %w", m.Topic, m.Partition, m.Offset, err)
		}
		compared += len(run.Anchors)
		for _, anchor := range run.Anchors {
			if len(found) == violationsMax {
				return nil
			}
			detail, err := anchored(ctx, s, run.Run, anchor)
			if err != nil {
				return err
			}
			if detail != "" {
				found = append(found, Violation{Invariant: AnchorsCheck.Invariant, Check: AnchorsCheck.Name, Detail: detail})
			}
		}
		return nil
	})
	return found, compared, err
}

// anchored returns what differs between an anchor and the log; empty: nothing.
func anchored(ctx context.Context, s *store.Store, run string, a events.ShardAnchor) (string, error) {
	chain, err := hex.DecodeString(a.Chain)
	if err != nil {
		return fmt.Sprintf("the anchor of shard %d in run %s is no hash", a.Shard, run), nil
	}
	has, err := s.HasPlace(ctx, store.ShardID(a.Shard), store.Place{Position: a.Position, Chain: chain})
	if err != nil || has {
		return "", err
	}
	return fmt.Sprintf("run %s anchored shard %d at position %d with another hash than the log has: the log was "+
		"changed, or is of "+
		"another history", run, a.Shard, a.Position), nil
}

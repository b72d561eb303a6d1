package command

import (
	"context"
	"fmt"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/store"
)

// Waiting counts the commands that no worker has taken, by topic/partition: the ends of the topics minus what the
// shards' rows say comes next.
func Waiting(ctx context.Context, s *store.Store, lookup *bus.TopicReader) (map[string]int64, error) {
	heads, err := s.Heads(ctx)
	if err != nil {
		return nil, err
	}
	states, err := lookup.TopicStates(ctx, contract.CommandTopics())
	if err != nil {
		return nil, err
	}
	next := map[string]int64{}
	for _, head := range heads {
		next[fmt.Sprintf("%s/%d", head.Topic, head.Partition)] = head.NextOffset
	}
	left := map[string]int64{}
	for _, state := range states {
		for partition, p := range state.Partitions {
			name := fmt.Sprintf("%s/%d", state.Topic, partition)
			left[name] = max(p.Newest-max(next[name], p.Oldest), 0)
		}
	}
	return left, nil
}

package relay

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/test/environment"
	"tenure/internal/test/feedtest"
)

// shortened are brokers on which partitions have lost messages, and what was reported of them.
type shortened struct {
	*brokers
	newest   map[partition]int64
	lost     func(offset, newest int64) bool
	reported map[partition]bool
}

func (s *shortened) Tail(ctx context.Context, topics []string, bounds bus.TailBounds,
	fn func(bus.Message) error) error {
	return s.brokers.Tail(ctx, topics, bounds, func(m bus.Message) error {
		if s.lost(m.Offset, s.newest[partition{m.Topic, m.Partition}]) {
			return nil
		}
		return fn(m)
	})
}

func (s *shortened) ReportLost(topic string, number int32, _ int64) {
	s.reported[partition{topic, number}] = true
}

// Under a new lease the relays find what topics have lost while nobody published, and only that.
func TestTailCheck_ReportsWhatWasLostWhileNobodyPublished(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct {
		lost     func(offset, newest int64) bool
		accepted bool
		reported bool
	}{
		"nothing":           {lost: func(int64, int64) bool { return false }},
		"the last message":  {lost: func(offset, newest int64) bool { return offset == newest-1 }, reported: true},
		"two of the end":    {lost: func(offset, newest int64) bool { return offset >= newest-2 }, reported: true},
		"all but the first": {lost: func(offset, _ int64) bool { return offset > 0 }, reported: true},
		"accepted":          {lost: func(offset, newest int64) bool { return offset == newest-1 }, accepted: true},
		"by retention":      {lost: func(offset, newest int64) bool { return offset < newest-1 }},
		"all of it":         {lost: func(int64, int64) bool { return true }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const employees = 40 // in each partition some
			db, kafka := feedtest.NewDatabase(t), newBrokers(t)
			hire(feedtest.NewJournal(t, db.Store), 1, 1, employees)
			relayed(t, db, kafka)
			s := &shortened{brokers: kafka, newest: map[partition]int64{}, lost: of.lost, reported: map[partition]bool{}}
			want := map[partition]bool{}
			topics := []string{contract.EmployeeEvents, contract.EmployeeOutcomes}
			states, err := kafka.lookup.TopicStates(t.Context(), topics)
			require.NoError(t, err)
			for i, topic := range topics {
				for number, state := range states[i].Partitions {
					require.Greater(t, state.Newest, int64(2))
					s.newest[partition{topic, int32(number)}] = state.Newest
					if of.reported {
						want[partition{topic, int32(number)}] = true
					}
				}
			}
			if of.accepted {
				for _, reader := range []string{feed.RelayName, feed.OutcomesName} {
					require.NoError(t, db.AcceptTail(t.Context(), reader, 1, "an election", "operator"))
				}
			}
			require.NoError(t, take(t, db, eventsRelay(db, s), 1))
			require.NoError(t, take(t, db, outcomesRelay(db.Store, s, quiet{}), 1))
			require.Equal(t, want, s.reported)
		})
	}
}

// A topic of output may be given more partitions by whoever has the rights, and what it lost then was in one of those
// that it had before.
func TestTailCheck_ReportsWhatATopicLostThatHasMorePartitionsSince(t *testing.T) {
	t.Parallel()
	for _, more := range []int32{environment.Partitions + 2, 2 * environment.Partitions} {
		for _, lost := range []int64{0, 1} {
			t.Run(fmt.Sprintf("%d partitions and %d messages lost", more, lost), func(t *testing.T) {
				t.Parallel()
				cfg := environment.Bus(t)
				db, kafka := feedtest.NewDatabase(t), brokersAt(t, cfg)
				hire(feedtest.NewJournal(t, db.Store), 1, 1, 40)
				relayed(t, db, kafka)
				s := &shortened{newest: map[partition]int64{}, reported: map[partition]bool{},
					lost: func(offset, newest int64) bool { return offset >= newest-lost }}
				want := map[partition]bool{}
				states, err := kafka.lookup.TopicStates(t.Context(), []string{contract.EmployeeEvents})
				require.NoError(t, err)
				for number, state := range states[0].Partitions {
					at := partition{contract.EmployeeEvents, int32(number)}
					if s.newest[at] = state.Newest; lost > 0 {
						want[at] = true
					}
				}
				require.NoError(t, bus.Grow(t.Context(), cfg, contract.EmployeeEvents, more, false))
				s.brokers = brokersAt(t, cfg)
				require.NoError(t, take(t, db, eventsRelay(db, s), 1))
				require.Equal(t, want, s.reported)
			})
		}
	}
}

package store

import (
	"cmp"
	"context"
	"fmt"
)

// States of a parked message.
const (
	StateParked    = "parked"
	StateRetried   = "retried"
	StateDiscarded = "discarded"
)

// parkedPageMax bounds the parked messages read in one round trip: each may be a mebibyte.
const parkedPageMax = 1_000

// ParkedFilter narrows a list of parked messages; the zero value lists all that are still parked.
type ParkedFilter struct {
	Stream    string // only of this stream; empty: all
	State     string // StateParked when empty
	Topic     string // after this message, in the order of (topic, partition, offset); empty: from the beginning
	Partition int32
	Offset    int64
	Limit     int // at most 1 000, which is also what 0 means
}

const sqlParkedList = `
SELECT topic, partition, "offset", shard, stream, command_id, reason, detail, key, value, headers, at, state
FROM parked
WHERE state = $1::text AND ($2::text = '' OR stream = $2::text)
  AND (topic, partition, "offset") > ($3::text, $4::integer, $5::bigint)
ORDER BY topic, partition, "offset" LIMIT $6::bigint`

// ParkedList reads parked messages in the order of topic, partition and offset, so the queue of a stream in its own order.
func (s *Store) ParkedList(ctx context.Context, f ParkedFilter) ([]Parked, error) {
	limit := cmp.Or(min(f.Limit, parkedPageMax), parkedPageMax)
	rows, err := s.pool.Query(ctx, sqlParkedList, cmp.Or(f.State, StateParked), f.Stream, f.Topic, f.Partition, f.Offset, int64(limit))
	if err != nil {
		return nil, fmt.Errorf("store: parked messages: %w", err)
	}
	list, err := collect(rows, 0, func(v [][]byte) Parked {
		return Parked{
			Topic: string(v[0]), Partition: rawInt32(v[1]), Offset: rawInt64(v[2]), Shard: ShardID(rawInt32(v[3])),
			Stream: string(v[4]), CommandID: string(v[5]), Reason: string(v[6]), Detail: string(v[7]),
			Key: rawBytes(v[8]), Value: rawBytes(v[9]), Headers: rawBytes(v[10]), At: rawTime(v[11]), State: string(v[12]),
		}
	})
	if err != nil {
		return nil, fmt.Errorf("store: parked messages: %w", err)
	}
	return list, nil
}

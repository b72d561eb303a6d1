package store

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// States of a parked message.
const (
	StateParked    = "parked"
	StateRetried   = "retried"
	StateDiscarded = "discarded"
	StateMoved     = "moved" // published again, to the partition where it belongs
)

// parkedPageMax bounds the parked messages read in one round trip: each may be a mebibyte.
const parkedPageMax = 1_000

// ParkedFilter narrows a list of parked messages; the zero value lists all that are still parked.
type ParkedFilter struct {
	Stream    string        // only of this stream; empty: all
	Reason    string        // only those parked for it; empty: all
	OlderThan time.Duration // only those parked for longer, in real time
	State     string        // StateParked when empty
	Topic     string        // after this message, in the order of (topic, partition, offset); empty: from the beginning
	Partition int32
	Offset    int64
	Limit     int // at most 1 000, which is also what 0 means
}

// parkedColumns are those of rawParked.
const parkedColumns = `topic, partition, "offset", shard, stream, command_id, reason, detail, key, value, headers, at, state, holds,
       edited_key, edited_value, edited_headers, sequence, parked_at`

func rawParked(v [][]byte) Parked {
	return Parked{
		Topic: string(v[0]), Partition: rawInt32(v[1]), Offset: rawInt64(v[2]), Shard: ShardID(rawInt32(v[3])),
		Stream: string(v[4]), CommandID: string(v[5]), Reason: string(v[6]), Detail: string(v[7]),
		Key: rawBytes(v[8]), Value: rawBytes(v[9]), Headers: rawBytes(v[10]), At: rawTime(v[11]), State: string(v[12]),
		Holds: rawBool(v[13]), EditedKey: rawBytes(v[14]), EditedValue: rawBytes(v[15]), EditedHeaders: rawBytes(v[16]),
		Sequence: rawInt64(v[17]), ParkedAt: rawTime(v[18]),
	}
}

const sqlParkedList = `
SELECT ` + parkedColumns + `
FROM parked
WHERE state = $1::text AND ($2::text = '' OR stream = $2::text) AND ($3::text = '' OR reason = $3::text)
  AND parked_at <= now() - $4::bigint * INTERVAL '1 microsecond'
  AND (topic, partition, "offset") > ($5::text, $6::integer, $7::bigint)
ORDER BY topic, partition, "offset" LIMIT $8::bigint`

// The two pages that are opened most have an index each: the first reads on from a place, the second in a reason.
const (
	sqlParkedPage = `
SELECT ` + parkedColumns + `
FROM parked
WHERE state = '` + StateParked + `' AND (topic, partition, "offset") > ($1::text, $2::integer, $3::bigint)
ORDER BY topic, partition, "offset" LIMIT $4::bigint`

	sqlParkedOfReason = `
SELECT ` + parkedColumns + `
FROM parked
WHERE state = '` + StateParked + `' AND reason = $5::text
  AND (topic, partition, "offset") > ($1::text, $2::integer, $3::bigint)
ORDER BY topic, partition, "offset" LIMIT $4::bigint`
)

// ParkedList reads parked messages in the order of topic, partition and offset.
func (s *Store) ParkedList(ctx context.Context, f ParkedFilter) ([]Parked, error) {
	limit := cmp.Or(min(f.Limit, parkedPageMax), parkedPageMax)
	if cmp.Or(f.State, StateParked) == StateParked && f.Stream == "" && f.OlderThan == 0 {
		if f.Reason == "" {
			return s.parked(ctx, sqlParkedPage, f.Topic, f.Partition, f.Offset, int64(limit))
		}
		return s.parked(ctx, sqlParkedOfReason, f.Topic, f.Partition, f.Offset, int64(limit), f.Reason)
	}
	return s.parked(ctx, sqlParkedList, cmp.Or(f.State, StateParked), f.Stream, f.Reason, f.OlderThan.Microseconds(),
		f.Topic, f.Partition, f.Offset, int64(limit))
}

const sqlParkedQueue = `
SELECT ` + parkedColumns + `
FROM parked WHERE shard = ANY($1::integer[]) AND stream = $2::text AND state = '` + StateParked + `' AND holds
ORDER BY sequence LIMIT $3::bigint`

// ParkedQueue reads the queue of a parked stream in its order, at most limit or 1 000.
func (s *Store) ParkedQueue(ctx context.Context, stream string, limit int) ([]Parked, error) {
	queue, err := ofStream(ctx, s, stream, rawParked, sqlParkedQueue, stream, int64(min(limit, parkedPageMax)))
	if err != nil {
		return nil, fmt.Errorf("store: queue of %s: %w", stream, err)
	}
	return queue, nil
}

const sqlParkedMessage = `
SELECT ` + parkedColumns + `
FROM parked
WHERE shard IN (SELECT s.shard FROM shards AS s)
  AND topic = $1::text AND partition = $2::integer AND "offset" = $3::bigint`

// ParkedMessage reads one, in whatever state it is; false when there is none.
func (s *Store) ParkedMessage(ctx context.Context, topic string, partition int32, offset int64) (Parked, bool, error) {
	found, err := s.parked(ctx, sqlParkedMessage, topic, partition, offset)
	if err != nil || len(found) == 0 {
		return Parked{}, false, err
	}
	return found[0], true, nil
}

func (s *Store) parked(ctx context.Context, sql string, args ...any) ([]Parked, error) {
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("store: parked messages: %w", err)
	}
	list, err := collect(rows, 0, rawParked)
	if err != nil {
		return nil, fmt.Errorf("store: parked messages: %w", err)
	}
	return list, nil
}

// ParkedReason sums up what is parked for one reason.
type ParkedReason struct {
	Reason   string
	Messages int64
	Subjects int64     // streams that wait because of them
	Oldest   time.Time // real time
}

const sqlParkedReasons = `
SELECT reason, count(*), count(DISTINCT stream) FILTER (WHERE holds), min(parked_at)
FROM parked
WHERE state = $1::text AND ($2::text = '' OR stream = $2::text) AND ($3::text = '' OR reason = $3::text)
  AND parked_at <= now() - $4::bigint * INTERVAL '1 microsecond'
GROUP BY reason ORDER BY count(*) DESC, reason`

// ParkedReasons counts all messages of a filter by their reason, the most frequent first. Place and limit do not count.
func (s *Store) ParkedReasons(ctx context.Context, f ParkedFilter) ([]ParkedReason, error) {
	rows, err := s.pool.Query(
		ctx,
		sqlParkedReasons,
		cmp.Or(f.State, StateParked),
		f.Stream,
		f.Reason,
		f.OlderThan.Microseconds(),
	)
	if err == nil {
		var list []ParkedReason
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r ParkedReason, err error) {
			return r, row.Scan(&r.Reason, &r.Messages, &r.Subjects, &r.Oldest)
		})
		if err == nil {
			return list, nil
		}
	}
	return nil, fmt.Errorf("store: reasons of parked messages: %w", err)
}

// parkedCountMax is up to where parked messages are counted for a page.
const parkedCountMax = 10_000

const sqlParkedSome = `
SELECT reason, count(*), count(DISTINCT stream) FILTER (WHERE holds), min(parked_at)
FROM (SELECT reason, stream, holds, parked_at FROM parked WHERE state = '` + StateParked +
	`' LIMIT $1::bigint) AS counted
GROUP BY reason ORDER BY count(*) DESC, reason`

// ParkedCount is what is parked.
type ParkedCount struct {
	Reasons  []ParkedReason
	Messages int64
	Subjects int64
	Oldest   time.Time
	More     bool // it ends at 10 001 messages: there are others, which may be older too
}

// ParkedSome counts what is parked by its reason, as ParkedReasons does, but ends at 10 001 messages. A hundred
// thousand took 60 ms to count, on every page.
func (s *Store) ParkedSome(ctx context.Context) (count ParkedCount, err error) {
	rows, err := s.pool.Query(ctx, sqlParkedSome, int64(parkedCountMax+1))
	if err != nil {
		return ParkedCount{}, fmt.Errorf("store: some parked messages: %w", err)
	}
	count.Reasons, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r ParkedReason, err error) {
		return r, row.Scan(&r.Reason, &r.Messages, &r.Subjects, &r.Oldest)
	})
	if err != nil {
		return ParkedCount{}, fmt.Errorf("store: some parked messages: %w", err)
	}
	for _, reason := range count.Reasons {
		count.Messages, count.Subjects = count.Messages+reason.Messages, count.Subjects+reason.Subjects
		if count.Oldest.IsZero() || reason.Oldest.Before(count.Oldest) {
			count.Oldest = reason.Oldest
		}
	}
	count.More = count.Messages > parkedCountMax
	return count, nil
}

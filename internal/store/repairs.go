package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// What can be asked of a shard's owner.
const (
	RepairRetry   = "retry"   // decide again on a message, or on the queue of a stream in its order
	RepairEdit    = "edit"    // put another message in the place of a parked one, then retry
	RepairDiscard = "discard" // never decide on a message, and say so in its outcome
	RepairState   = "state"   // fold a stream's events again and put the result in the place of its state
)

// States of a repair.
const (
	RepairOpen   = "open"
	RepairDone   = "done"
	RepairFailed = "failed" // Detail says why; what could not be done is as it was, still parked
)

// repairsAskedMax bounds the repairs that one call asks for. Whoever has more parked asks again.
const repairsAskedMax = 10_000

// Repair is an operator's request to a shard's owner about what is parked, or about a state.
type Repair struct {
	ID        uuid.UUID
	Shard     ShardID
	Action    string
	Stream    string // whose queue or state it is about; empty: about a message that waits in no queue
	Topic     string // of the message; empty: the whole queue of the stream
	Partition int32
	Offset    int64
	// What an edit puts in the message's place; nil keeps what is there.
	Key, Value, Headers []byte
	By                  string
	Reason              string
	AskedAt             time.Time // real time
	State               string
	Settled             int64 // messages that are no longer parked because of it
	Detail              string
}

// RepairStep says in a write how far a repair is.
type RepairStep struct {
	ID      uuid.UUID
	Action  string // what remains to be done: an edit continues as a retry
	Topic   string // of the message, empty when the whole queue remains
	State   string
	Settled int64 // by this step
	Detail  string
}

const sqlAskRepair = `
INSERT INTO repairs (id, shard, action, stream, topic, partition, "offset", key, value, headers, asked_by, reason)
VALUES ($1::uuid, $2::integer, $3::text, $4::text, $5::text, $6::integer, $7::bigint, $8::bytea, $9::bytea,
    $10::bytea, $11::text,
        $12::text)`

// AskRepair leaves a request for the shard's owner.
func (s *Store) AskRepair(ctx context.Context, r Repair) error {
	_, err := s.pool.Exec(
		ctx,
		sqlAskRepair,
		[16]byte(r.ID),
		int32(r.Shard),
		r.Action,
		r.Stream,
		r.Topic,
		r.Partition,
		r.Offset,
		r.Key,
		r.Value,
		r.Headers,
		r.By,
		r.Reason,
	)
	if err != nil {
		return fmt.Errorf("store: ask for %s of %s: %w", r.Action, r.Stream, classify(err))
	}
	return nil
}

// sqlAskRetries asks once for each stream that waits, and for each message that belongs to no queue. What is asked for
// already is left alone.
const sqlAskRetries = `
INSERT INTO repairs (id, shard, action, stream, topic, partition, "offset", asked_by, reason)
SELECT gen_random_uuid(), t.shard, '` + RepairRetry + `', t.stream, t.topic, t.partition, t."offset", $5::text, $6::text
FROM (SELECT p.shard, CASE WHEN p.holds THEN p.stream ELSE '' END AS stream, CASE WHEN p.holds THEN ''
    ELSE p.topic END AS topic,
             CASE WHEN p.holds THEN 0 ELSE p.partition END AS partition, CASE WHEN p.holds THEN 0
                 ELSE p."offset" END AS "offset",
             min(p.sequence) AS sequence
      FROM parked AS p
      WHERE p.state = '` + StateParked +
	`' AND ($1::text = '' OR p.stream = $1::text) AND ($2::text = '' OR p.reason = $2::text)
        AND p.parked_at <= now() - $3::bigint * INTERVAL '1 microsecond'
      GROUP BY 1, 2, 3, 4, 5) AS t
WHERE NOT EXISTS (SELECT 1 FROM repairs AS r
                  WHERE r.state = '` + RepairOpen +
	`' AND r.shard = t.shard AND r.stream = t.stream AND r.topic = t.topic
                    AND r.partition = t.partition AND r."offset" = t."offset")
ORDER BY t.sequence LIMIT $4::bigint
RETURNING id`

// AskRetries asks for a retry of all that a filter finds, the longest parked first, at most 10 000 streams and
// messages; it gives the ids of what it asked for.
func (s *Store) AskRetries(ctx context.Context, f ParkedFilter, by, reason string) ([]uuid.UUID, error) {
	rows, err := s.pool.Query(
		ctx,
		sqlAskRetries,
		f.Stream,
		f.Reason,
		f.OlderThan.Microseconds(),
		int64(repairsAskedMax),
		by,
		reason,
	)
	if err == nil {
		var ids []uuid.UUID
		if ids, err = collect(rows, 0, func(v [][]byte) uuid.UUID { return rawUUID(v[0]) }); err == nil {
			return ids, nil
		}
	}
	return nil, fmt.Errorf("store: ask for retries: %w", err)
}

// repairColumns are those of rawRepair.
const repairColumns = `id, shard, action, stream, topic, partition, "offset", key, value, headers, asked_by, reason, asked_at, state,
       settled, detail`

func rawRepair(v [][]byte) Repair {
	return Repair{
		ID:     rawUUID(v[0]),
		Shard:  ShardID(rawInt32(v[1])),
		Action: string(v[2]),
		Stream: string(v[3]),
		Topic:  string(v[4]),
		Partition: rawInt32(
			v[5],
		),
		Offset:  rawInt64(v[6]),
		Key:     rawBytes(v[7]),
		Value:   rawBytes(v[8]),
		Headers: rawBytes(v[9]),
		By:      string(v[10]),
		Reason:  string(v[11]),
		AskedAt: rawTime(v[12]),
		State:   string(v[13]),
		Settled: rawInt64(v[14]),
		Detail:  string(v[15]),
	}
}

const sqlRepairShards = `SELECT DISTINCT shard FROM repairs WHERE state = '` + RepairOpen + `'`

// RepairShards are the shards whose owners have something to repair.
func (s *Store) RepairShards(ctx context.Context) (map[ShardID]bool, error) {
	rows, err := s.pool.Query(ctx, sqlRepairShards)
	if err != nil {
		return nil, fmt.Errorf("store: shards with repairs: %w", err)
	}
	found, err := collect(rows, 0, func(v [][]byte) ShardID { return ShardID(rawInt32(v[0])) })
	if err != nil {
		return nil, fmt.Errorf("store: shards with repairs: %w", err)
	}
	shards := make(map[ShardID]bool, len(found))
	for _, shard := range found {
		shards[shard] = true
	}
	return shards, nil
}

const sqlNextRepair = `
SELECT ` + repairColumns + `
FROM repairs WHERE shard = $1::integer AND state = '` + RepairOpen + `'
ORDER BY sequence LIMIT 1`

// NextRepair is the oldest open repair of a shard; false when there is none.
func (s *Store) NextRepair(ctx context.Context, shard ShardID) (Repair, bool, error) {
	found, err := s.repairs(ctx, sqlNextRepair, int32(shard))
	if err != nil || len(found) == 0 {
		return Repair{}, false, err
	}
	return found[0], true, nil
}

const sqlRepairsByID = `
SELECT ` + repairColumns + `
FROM repairs WHERE shard IN (SELECT s.shard FROM shards AS s) AND id = ANY($1::uuid[])
ORDER BY sequence`

// RepairsByID reads repairs in the order in which they were asked for.
func (s *Store) RepairsByID(ctx context.Context, ids []uuid.UUID) ([]Repair, error) {
	return s.repairs(ctx, sqlRepairsByID, uuidArray(ids))
}

const sqlRepairsOf = `
SELECT ` + repairColumns + `
FROM repairs
WHERE ($1::text <> '' AND stream = $1::text) OR ($2::text <> '' AND topic = $2::text AND partition = $3::integer
    AND "offset" = $4::bigint)
ORDER BY sequence DESC LIMIT 20`

// RepairsOf reads the last twenty repairs of a message and of its stream, the newest first.
func (s *Store) RepairsOf(ctx context.Context, p Parked) ([]Repair, error) {
	return s.repairs(ctx, sqlRepairsOf, p.Stream, p.Topic, p.Partition, p.Offset)
}

const sqlRepairsLast = `
SELECT ` + repairColumns + `
FROM repairs ORDER BY sequence DESC LIMIT $1::bigint`

// RepairsLast reads what operators asked for last, the newest first.
func (s *Store) RepairsLast(ctx context.Context, limit int) ([]Repair, error) {
	return s.repairs(ctx, sqlRepairsLast, int64(limit))
}

func (s *Store) repairs(ctx context.Context, sql string, args ...any) ([]Repair, error) {
	rows, err := s.pool.Query(ctx, sql, args...)
	if err == nil {
		var found []Repair
		if found, err = collect(rows, 0, rawRepair); err == nil {
			return found, nil
		}
	}
	return nil, fmt.Errorf("store: repairs: %w", err)
}

// sqlRepairStep moves a repair on. One that is not open any more refuses the whole write: what it was for may have
// changed.
const sqlRepairStep = `
WITH moved AS (
    UPDATE repairs
    SET action = $3::text, topic = $4::text, state = $5::text, settled = settled + $6::bigint, detail = $7::text
    WHERE id = $1::uuid AND shard = $2::integer AND state = '` + RepairOpen + `'
    RETURNING 1
)
SELECT CASE WHEN EXISTS (SELECT 1 FROM moved) THEN 0
       ELSE tenure_refuse('` + stateRepairClosed + `', 'the repair is not open') END`

func queueRepair(b *pgx.Batch, shard ShardID, r *RepairStep) error {
	b.Queue(sqlRepairStep, [16]byte(r.ID), int32(shard), r.Action, r.Topic, r.State, r.Settled, storable(r.Detail))
	return nil
}

package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Claim takes a shard for a new owner: from here on whoever wrote to it before matches nothing. The first claim ever
// remembers the topic and starts at its oldest message. A topic that is not the remembered one (ErrTopicChanged), or
// that does not hold the shard's next offset (ErrOffsetGone), leaves everything as it was, the former owner included.
//
// When the row stays locked for longer than the lock timeout, its writer was stopped half-way through sending: the
// server has begun a transaction, waits for the rest of it in the middle of the protocol, and none of its timeouts
// covers that. The session is ended then; it could not have committed anything that the new owner may not see.
func (s *Store) Claim(ctx context.Context, shard ShardID, topic Topic) (Claim, error) {
	claim, err := s.claimOnce(ctx, shard, topic)
	if lockTimedOut(err) {
		if evictErr := s.evictWriter(ctx, shard); evictErr != nil {
			return Claim{}, fmt.Errorf("store: claim shard %d: end the session that holds it: %w", shard, evictErr)
		}
		claim, err = s.claimOnce(ctx, shard, topic)
	}
	if err != nil {
		return Claim{}, fmt.Errorf("store: claim shard %d: %w", shard, err)
	}
	return claim, nil
}

// lockTimedOut reports that a lock was not had in time.
func lockTimedOut(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "55P03"
}

const (
	sqlClaimInsert = `
INSERT INTO shards (shard, topic, partition, topic_id, partitions, next_offset)
VALUES ($1::integer, $2::text, $3::integer, $4::text, $5::integer, $6::bigint)
ON CONFLICT (shard) DO NOTHING`

	// A broker without topic ids leaves the stored one; the first id is stored.
	sqlClaimRaise = `
UPDATE shards SET epoch = epoch + 1, topic_id = CASE WHEN topic_id = '' THEN $2::text ELSE topic_id END
WHERE shard = $1::integer
RETURNING topic, partition, topic_id, GREATEST(partitions, grown_to),
          epoch, next_offset, head, outcomes_head, last_number, decided_at, chain,
          outcomes_chain, last_record, grown_end`
)

// sqlClaimSibling finds a shard of the topic that was taken when the topic had another number of partitions.
const sqlClaimSibling = `
SELECT topic_id, GREATEST(partitions, grown_to) FROM shards
WHERE topic = $1::text AND GREATEST(partitions, grown_to) <> $2::integer AND partitions > 0
LIMIT 1`

// begin makes the row of a shard that has none. A topic that was given more partitions makes no new shards unless that
// was declared: the keys of half of the streams would lead to them, and the streams are where their keys led before.
func begin(ctx context.Context, tx pgx.Tx, shard ShardID, topic Topic) error {
	made, err := tx.Exec(ctx, sqlClaimInsert, int32(shard), topic.Name, topic.Partition, topic.ID, topic.Partitions,
		topic.Oldest)
	if err != nil || made.RowsAffected() == 0 {
		return err
	}
	counts, err := countsOf(ctx, tx, shard.Family())
	if err != nil {
		return err
	}
	if slices.Contains(counts, topic.Partitions) {
		return beginGrown(ctx, tx, shard, topic, counts[0])
	}
	was := topic
	switch err := tx.QueryRow(ctx, sqlClaimSibling, topic.Name, topic.Partitions).Scan(&was.ID, &was.Partitions); {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	return ErrTopicChanged{Shard: shard, Remembered: was, Found: topic}
}

// claimOnce is one transaction, rolled back when the topic does not fit.
func (s *Store) claimOnce(ctx context.Context, shard ShardID, topic Topic) (Claim, error) {
	c := Claim{Shard: shard}
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := begin(ctx, tx, shard, topic); err != nil {
			return err
		}
		var was Topic
		if err := tx.QueryRow(ctx, sqlClaimRaise, int32(shard), topic.ID).Scan(
			&was.Name, &was.Partition, &was.ID, &was.Partitions,
			&c.Epoch, &c.NextOffset, &c.Head, &c.OutcomesHead, &c.LastNumber, &c.DecidedAt, &c.Chain,
			&c.OutcomeChain, &c.LastRecord, &c.GrownEnd); err != nil {
			return err
		}
		c.DecidedAt = c.DecidedAt.UTC()
		if err := c.grow(ctx, tx, &was, topic); err != nil {
			return err
		}
		if err := fits(shard, was, topic, c.NextOffset); err != nil || topic.Partition == shard.Partition() {
			return err
		}
		return fmt.Errorf("partition %d is not that of shard %d", topic.Partition, shard)
	})
	if err != nil {
		return Claim{}, classify(err)
	}
	return c, nil
}

// fits compares the topic found with the one remembered, and the shard's next offset with what the broker has.
func fits(shard ShardID, was, found Topic, next int64) error {
	if !was.same(found) {
		return ErrTopicChanged{Shard: shard, Remembered: was, Found: found}
	}
	if next < found.Oldest || next > found.Newest {
		return ErrOffsetGone{Shard: shard, Next: next, Oldest: found.Oldest, Newest: found.Newest}
	}
	return nil
}

// same compares all that a topic keeps while it lives. A broker without ids is believed.
func (t Topic) same(found Topic) bool {
	return (found.ID == "" || t.ID == found.ID) && t.Name == found.Name && t.Partition == found.Partition &&
		t.Partitions == found.Partitions
}

// The last record is forgotten: it is not the one before the new offset. Reasons are kept, the newest first.
const sqlRebase = `
UPDATE shards
SET topic = $2::text, topic_id = $3::text,
    partitions = CASE WHEN grown_to > 0 THEN partitions ELSE $4::integer END, next_offset = $5::bigint,
    epoch = epoch + 1, last_record = '\x', grown_end = 0,
    rebase_reason = left($6::text || CASE WHEN rebase_reason = '' THEN '' ELSE E'\n' || rebase_reason END, 4000)
WHERE shard = $1::integer`

// sqlRebaseParked keeps apart what was parked from the former topic: a topic that was made again gives its offsets a
// second time, and another message would be taken for the one that is parked. The epoch tells topics of the same name
// apart.
const sqlRebaseParked = `
WITH former AS (
    SELECT s.shard, s.topic AS name, s.topic || '` + formerMark + `' || s.epoch AS named FROM shards AS s
    WHERE s.shard = $1::integer AND (s.topic_id <> $2::text OR s.topic_id = '' AND $3::bigint < s.next_offset)
), asked AS (
    UPDATE repairs AS r SET topic = f.named FROM former AS f
    WHERE r.shard = f.shard AND r.topic = f.name AND r.state = '` + RepairOpen + `'
)
UPDATE parked AS p SET topic = f.named FROM former AS f WHERE p.shard = f.shard AND p.topic = f.name`

// formerMark is between the name of a topic that is no more and the epoch in which it ended.
const formerMark = "@"

// TopicName is the topic that a parked message came from, whatever became of the topic.
func (p Parked) TopicName() string {
	name, _, _ := strings.Cut(p.Topic, formerMark)
	return name
}

const sqlPartitions = `
SELECT GREATEST(partitions, grown_to) FROM shards WHERE shard = $1::integer`

// sameCount refuses a topic with another number of partitions: the keys of half of the streams would lead to shards in
// which the streams are not.
func (s *Store) sameCount(ctx context.Context, shard ShardID, topic Topic) error {
	var was int32
	err := s.pool.QueryRow(ctx, sqlPartitions, int32(shard)).Scan(&was)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return errors.New("there is no such shard")
	case err != nil:
		return err
	case was != 0 && was != topic.Partitions:
		return fmt.Errorf("%s has %d partitions, the shard was taken from one with %d, and each stream is where its key "+
			"led then; "+
			"create the topic again with %d partitions (tenure topics create, then grow if it had grown), then rebase", topic.Name, topic.Partitions, was,
			was)
	}
	return nil
}

// Rebase makes a shard continue on another topic, or elsewhere on the same one, because an operator says so: it stores
// the topic as found, continues at the given offset, keeps the reason and fences the present owner. Messages between
// the old offset and the new one are not taken.
func (s *Store) Rebase(ctx context.Context, shard ShardID, topic Topic, offset int64, reason string) error {
	if reason == "" {
		return fmt.Errorf("store: rebase shard %d: a reason is required", shard)
	}
	if err := s.sameCount(ctx, shard, topic); err != nil {
		return fmt.Errorf("store: rebase shard %d: %w", shard, err)
	}
	var found bool
	b := &pgx.Batch{}
	b.Queue(sqlRebaseParked, int32(shard), topic.ID, offset)
	b.Queue(sqlRebase, int32(shard), topic.Name, topic.ID, topic.Partitions, offset, reason).
		Exec(func(tag pgconn.CommandTag) error {
			found = tag.RowsAffected() > 0
			return nil
		})
	if err := s.InTx(ctx, b); err != nil {
		return fmt.Errorf("store: rebase shard %d: %w", shard, err)
	}
	if !found {
		return fmt.Errorf("store: rebase shard %d: there is no such shard", shard)
	}
	return nil
}

// Rebased is a shard whose place an operator has set by hand.
type Rebased struct {
	Shard     ShardID
	Topic     string
	Partition int32
	Reasons   string // the newest first, each in a line
}

const sqlRebased = `
SELECT shard, topic, partition, rebase_reason FROM shards WHERE rebase_reason <> '' ORDER BY shard`

// RebasedShards lists the shards whose place an operator has set by hand.
func (s *Store) RebasedShards(ctx context.Context) ([]Rebased, error) {
	rows, err := s.pool.Query(ctx, sqlRebased)
	if err != nil {
		return nil, fmt.Errorf("store: rebased shards: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Rebased])
	if err != nil {
		return nil, fmt.Errorf("store: rebased shards: %w", err)
	}
	return all, nil
}

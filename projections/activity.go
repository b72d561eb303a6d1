package projections

import (
	"context"
	"encoding/json"
	"fmt"

	"tenure/contract"

	"github.com/jackc/pgx/v5"
)

// ActivityMessage is a message of employee.activity.
type ActivityMessage struct {
	Employee string
	Offset   int64
	Value    []byte // JSON of contract.Activity; nil: nothing is known any more
}

// ActivityClaim is a partition of employee.activity in the hands of one reader. Claiming it again ends it: what its
// former reader still writes is refused. It is for one goroutine.
type ActivityClaim struct {
	// TopicID and Partition are what is read.
	TopicID   string
	Partition int32
	// Next is the offset of the next message, and LastRecord the fingerprint of the one before it; empty: unknown.
	Next       int64
	LastRecord []byte

	epoch int64
}

const (
	sqlActivityForget = `
DELETE FROM employee_activity
WHERE partition = $2::integer
  AND NOT EXISTS (SELECT 1 FROM activity_progress WHERE topic_id = $1::text AND partition = $2::integer)`

	sqlActivityClaim = `
INSERT INTO activity_progress AS p (topic_id, partition, next_offset, epoch)
VALUES ($1::text, $2::integer, 0, 1)
ON CONFLICT (partition) DO UPDATE SET topic_id = excluded.topic_id, epoch = p.epoch + 1,
    next_offset = CASE WHEN p.topic_id = excluded.topic_id THEN p.next_offset ELSE 0 END,
    last_record = CASE WHEN p.topic_id = excluded.topic_id THEN p.last_record ELSE '' END
RETURNING epoch, next_offset, last_record`
)

// ClaimActivity takes a partition over, at the place up to which it was read. Where nothing was taken of this topic yet
// that is its beginning, and what a former topic of the name reported is dropped.
func ClaimActivity(ctx context.Context, db Database, topicID string, partition int32) (ActivityClaim, error) {
	c := ActivityClaim{TopicID: topicID, Partition: partition}
	b := &pgx.Batch{}
	b.Queue(sqlActivityForget, topicID, partition)
	queueRead(b, sqlActivityClaim, func(rows pgx.Rows) error { return rows.Scan(&c.epoch, &c.Next, &c.LastRecord) },
		topicID, partition)
	if err := db.InTx(ctx, b); err != nil {
		return c, fmt.Errorf("projections: claim activity of partition %d: %w", partition, err)
	}
	return c, nil
}

const (
	// sqlActivityMove is the fence of a claim: it raises by itself, so that nothing of the transaction stays.
	sqlActivityMove = `
WITH moved AS (
    UPDATE activity_progress SET next_offset = $4::bigint, last_record = $5::bytea
    WHERE partition = $2::integer AND topic_id = $1::text AND epoch = $3::bigint
    RETURNING 1
)
SELECT CASE WHEN EXISTS (SELECT 1 FROM moved) THEN 0
    ELSE tenure_refuse('TN005', 'the partition has another reader') END`

	// sqlActivityPut takes the newest message of each employee.
	sqlActivityPut = `
INSERT INTO employee_activity (employee, partition, "offset", activity)
SELECT u.employee, $1::integer, u."offset", u.activity
FROM unnest($2::text[], $3::bigint[], $4::bytea[]) AS u(employee, "offset", activity)
ON CONFLICT (employee) DO UPDATE
SET partition = excluded.partition, "offset" = excluded."offset", activity = excluded.activity`

	sqlActivityDrop = `
DELETE FROM employee_activity AS a
USING unnest($1::text[]) AS u(employee)
WHERE a.employee = u.employee`

	sqlActivityDropAll = `
DELETE FROM employee_activity WHERE partition = $1::integer`
)

// move queues the claim's fence. Queue it first: everything behind it is refused with it.
func (c *ActivityClaim) move(b *pgx.Batch, next int64, lastRecord []byte) {
	if lastRecord == nil {
		lastRecord = []byte{}
	}
	b.Queue(sqlActivityMove, c.TopicID, c.Partition, c.epoch, next, lastRecord)
}

// Restart begins the partition at an offset, without anything that was taken of it: the topic is another one below the
// place of the claim, and has all that is true.
func (c *ActivityClaim) Restart(ctx context.Context, db Database, next int64) error {
	b := &pgx.Batch{}
	c.move(b, next, nil)
	b.Queue(sqlActivityDropAll, c.Partition)
	if err := db.InTx(ctx, b); err != nil {
		return fmt.Errorf("projections: begin activity of partition %d again: %w", c.Partition, err)
	}
	c.Next, c.LastRecord = next, nil
	return nil
}

// Take writes a batch, in the order of its offsets, and how far it goes. lastRecord is the fingerprint of its last
// message. Values that are no Activity are left out: their count is returned. Once the partition is claimed again,
// nothing is written and an error is returned.
func (c *ActivityClaim) Take(
	ctx context.Context, db Database, batch []ActivityMessage, lastRecord []byte,
) (bad int, err error) {
	newest := make(map[string]ActivityMessage, len(batch))
	next := c.Next
	for _, m := range batch {
		next = m.Offset + 1
		var a contract.Activity
		if m.Value != nil && json.Unmarshal(m.Value, &a) != nil {
			bad++
			continue
		}
		newest[m.Employee] = m
	}
	var put, gone []string
	var putAt []int64
	var values blobs
	for id, m := range newest {
		if m.Value == nil {
			gone = append(gone, id)
			continue
		}
		put, putAt, values = append(put, id), append(putAt, m.Offset), append(values, m.Value)
	}
	b := &pgx.Batch{}
	c.move(b, next, lastRecord)
	b.Queue(sqlActivityPut, c.Partition, put, putAt, values)
	b.Queue(sqlActivityDrop, gone)
	if err := db.InTx(ctx, b); err != nil {
		return bad, fmt.Errorf("projections: activity of partition %d: %w", c.Partition, err)
	}
	c.Next, c.LastRecord = next, lastRecord
	return bad, nil
}

const sqlGroupsOf = `
SELECT activity
FROM employee_activity WHERE employee = $1::text`

// GroupsOf are the PBX groups that an employee is in.
func GroupsOf(ctx context.Context, db Database, employee string) ([]contract.Group, error) {
	var a contract.Activity
	err := read(
		ctx,
		db,
		sqlGroupsOf,
		func(rows pgx.Rows) error { return json.Unmarshal(rows.RawValues()[0], &a) },
		employee,
	)
	if err != nil {
		return nil, fmt.Errorf("projections: groups of %s: %w", employee, err)
	}
	return a.Groups, nil
}

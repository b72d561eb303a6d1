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

// sqlActivityPut takes the newest message of each employee; one that was taken over by a later owner changes nothing.
const (
	sqlActivityPut = `
INSERT INTO employee_activity (employee, partition, "offset", activity)
SELECT u.employee, $1::integer, u."offset", u.activity
FROM unnest($2::text[], $3::bigint[], $4::bytea[]) AS u(employee, "offset", activity)
ON CONFLICT (employee) DO UPDATE
SET partition = excluded.partition, "offset" = excluded."offset", activity = excluded.activity
WHERE employee_activity.partition <> excluded.partition OR employee_activity."offset" < excluded."offset"`

	sqlActivityDrop = `
DELETE FROM employee_activity AS a
USING unnest($1::text[], $2::bigint[]) AS u(employee, "offset")
WHERE a.employee = u.employee AND a."offset" < u."offset"`

	sqlActivityNext = `
INSERT INTO activity_progress (topic_id, partition, next_offset)
VALUES ($1::text, $2::integer, $3::bigint)
ON CONFLICT (partition) DO UPDATE SET topic_id = excluded.topic_id, next_offset = excluded.next_offset
WHERE activity_progress.topic_id <> excluded.topic_id OR activity_progress.next_offset < excluded.next_offset`

	sqlActivityProgress = `
SELECT next_offset
FROM activity_progress WHERE topic_id = $1::text AND partition = $2::integer`
)

// TakeActivity writes a batch of a partition, in the order of its offsets, and how far it goes. Taking it again, or an
// older one after it, changes nothing. Values that are no Activity are left out: their count is returned.
func TakeActivity(
	ctx context.Context,
	db Database,
	topicID string,
	partition int32,
	batch []ActivityMessage,
) (bad int, err error) {
	newest := make(map[string]ActivityMessage, len(batch))
	next := int64(0)
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
	var putAt, goneAt []int64
	var values blobs
	for id, m := range newest {
		if m.Value == nil {
			gone, goneAt = append(gone, id), append(goneAt, m.Offset)
			continue
		}
		put, putAt, values = append(put, id), append(putAt, m.Offset), append(values, m.Value)
	}
	b := &pgx.Batch{}
	b.Queue(sqlActivityPut, partition, put, putAt, values)
	b.Queue(sqlActivityDrop, gone, goneAt)
	b.Queue(sqlActivityNext, topicID, partition, next)
	if err := db.InTx(ctx, b); err != nil {
		return bad, fmt.Errorf("projections: activity of partition %d: %w", partition, err)
	}
	return bad, nil
}

const sqlActivityForget = `
DELETE FROM employee_activity
WHERE partition = $2::integer
  AND NOT EXISTS (SELECT 1 FROM activity_progress WHERE topic_id = $1::text AND partition = $2::integer)`

// ActivityProgress is the offset of the next message of a partition to take. Where nothing was taken of this topic yet
// it is 0, and what a former topic of the name reported is dropped.
func ActivityProgress(ctx context.Context, db Database, topicID string, partition int32) (next int64, err error) {
	b := &pgx.Batch{}
	b.Queue(sqlActivityForget, topicID, partition)
	queueRead(b, sqlActivityProgress, func(rows pgx.Rows) error { return rows.Scan(&next) }, topicID, partition)
	if err := db.InTx(ctx, b); err != nil {
		return 0, fmt.Errorf("projections: progress of activity: %w", err)
	}
	return next, nil
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

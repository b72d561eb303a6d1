package projections

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Activity is what other systems know of an employee now: the value of a message on employee.activity, whole each time.
// Properties have the published names; what is not among them is not shown.
type Activity struct {
	Extensions []ActivityExtension `json:"extensions,omitempty"`
	Calls      []Call              `json:"calls,omitempty"`
	Calendar   []CalendarEvent     `json:"calendar,omitempty"`
	Groups     []Group             `json:"groups,omitempty"`
}

// ActivityExtension is what the PBX knows of an extension besides its number.
type ActivityExtension struct {
	ID       string          `json:"_id"`
	Direct   string          `json:"direct,omitempty"`
	Mobile   []string        `json:"mobile,omitempty"`
	Redirect string          `json:"redirect,omitempty"`
	Phones   json.RawMessage `json:"phones,omitempty"` // list as published
}

// Group is a PBX group that the employee is in; its permission lets her see whom its other members talk to.
type Group struct {
	ID             string `json:"_id"`
	ViewOtherParty bool   `json:"viewOtherParty"`
}

// Call is a call that an extension has.
type Call struct {
	ID              string   `json:"_id"` // <pbx-hostname>:<channel-id>
	Customer        string   `json:"customer,omitempty"`
	Extension       string   `json:"extension"`
	State           string   `json:"state"` // CALL_START, CALL_RING, CALL_ANSWER, CALL_HOLD
	Started         *Instant `json:"started,omitempty"`
	Ringing         *Instant `json:"ringing,omitempty"`
	Answered        *Instant `json:"answered,omitempty"`
	Caller          *Party   `json:"caller,omitempty"`
	Callee          *Party   `json:"callee,omitempty"`
	SessionID       string   `json:"sessionId,omitempty"`
	Channel         string   `json:"channel,omitempty"`
	CallID          string   `json:"callId,omitempty"`
	Direction       string   `json:"direction,omitempty"` // I, O
	Leg             string   `json:"leg,omitempty"`       // I, O
	Originator      string   `json:"originator,omitempty"`
	Device          string   `json:"device,omitempty"`
	PBX             string   `json:"pbx,omitempty"`
	CallerChannelID string   `json:"callerChannelId,omitempty"`
	// PersonalPhonebook says that the other party is in her own phone book. It decides what is shown and is not shown itself.
	PersonalPhonebook bool `json:"personalPhonebook,omitempty"`
}

// Party is one end of a call.
type Party struct {
	Number    string `json:"number,omitempty"`
	Name      string `json:"name,omitempty"`
	Secret    bool   `json:"secret,omitempty"`
	QueueID   string `json:"queueId,omitempty"`
	QueueName string `json:"queueName,omitempty"`
}

// CalendarEvent is an event in her calendar.
type CalendarEvent struct {
	ID                   string     `json:"_id"`
	Subject              string     `json:"subject,omitempty"`
	Start                *Instant   `json:"start,omitempty"`
	End                  *Instant   `json:"end,omitempty"`
	IsAllDay             bool       `json:"isAllDay"`
	Type                 string     `json:"type,omitempty"`
	ShowAs               string     `json:"showAs,omitempty"`
	Sensitivity          string     `json:"sensitivity,omitempty"` // normal, personal, private, confidential
	IsOrganizer          bool       `json:"isOrganizer"`
	Organizer            *Organizer `json:"organizer,omitempty"`
	IsOnlineMeeting      bool       `json:"isOnlineMeeting"`
	OnlineMeetingJoinURL string     `json:"onlineMeetingJoinUrl,omitempty"`
}

// Organizer made a calendar event.
type Organizer struct {
	EmailAddress string `json:"emailAddress,omitempty"`
	Name         string `json:"name,omitempty"`
}

// ActivityMessage is a message of employee.activity.
type ActivityMessage struct {
	Employee string
	Offset   int64
	Value    []byte // JSON of Activity; nil: nothing is known any more
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

// TakeActivity writes a batch of a partition, in the order of its offsets, and how far it goes. Taking it again, or an older
// one after it, changes nothing. Values that are no Activity are left out: their count is returned.
func TakeActivity(ctx context.Context, db Database, topicID string, partition int32, batch []ActivityMessage) (bad int, err error) {
	newest := make(map[string]ActivityMessage, len(batch))
	next := int64(0)
	for _, m := range batch {
		next = m.Offset + 1
		var a Activity
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

// ActivityProgress is the offset of the next message of a partition to take. Where nothing was taken of this topic yet it is
// 0, and what a former topic of the name told is forgotten.
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
func GroupsOf(ctx context.Context, db Database, employee string) ([]Group, error) {
	var a Activity
	err := read(ctx, db, sqlGroupsOf, func(rows pgx.Rows) error { return json.Unmarshal(rows.RawValues()[0], &a) }, employee)
	if err != nil {
		return nil, fmt.Errorf("projections: groups of %s: %w", employee, err)
	}
	return a.Groups, nil
}

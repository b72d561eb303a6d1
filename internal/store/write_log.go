package store

import (
	"cmp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// sqlInsertEvents adds the events after the head of the claim, in order.
const sqlInsertEvents = `
INSERT INTO events (shard, pos, stream, version, type, at, command_id, run_id, actor, payload, chain)
SELECT $1::integer, $2::bigint + u.n, u.stream, u.version, u.type, u.at, u.command_id, u.run_id, u.actor,
    u.payload, u.chain
FROM unnest($3::text[], $4::integer[], $5::text[], $6::timestamptz[], $7::text[], $8::text[], $9::bytea[], $10::bytea[],
            $11::bytea[]) WITH ORDINALITY
  AS u(stream, version, type, at, command_id, run_id, actor, payload, chain, n)`

func queueEvents(b *pgx.Batch, c *Claim, events []Event) error {
	n := len(events)
	stream, kind := make([]string, n), make([]string, n)
	version := make([]int32, n)
	at := make([]time.Time, n)
	command, run := make([]string, n), make([]string, n)
	actor, payload, chain := make(blobs, n), make(blobs, n), make(blobs, n)
	for i := range events {
		e := &events[i]
		stream[i], version[i], kind[i], at[i] = e.Stream, e.Version, e.Type, e.At
		command[i], run[i] = e.CommandID, e.RunID
		actor[i], payload[i], chain[i] = present(e.Actor), present(e.Payload), e.Chain
	}
	b.Queue(sqlInsertEvents, int32(c.Shard), c.Head, stream, version, kind, at, command, run, actor, payload, chain)
	return nil
}

// blobs is a bytea[] that pgx encodes without reflection.
type blobs = pgtype.FlatArray[[]byte]

// sqlInsertOutcomes adds the outcomes after the claim's last one, in order. A second final one for a command breaks
// outcomes_one_final.
const sqlInsertOutcomes = `
INSERT INTO outcomes (shard, seq, command, stream, command_id, content, final, at, answer, chain)
SELECT $1::integer, $2::bigint + u.n, u.command, u.stream, u.command_id, u.content, u.final, u.at, u.answer, u.chain
FROM unnest($3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::boolean[], $8::timestamptz[],
            $9::bytea[], $10::bytea[]) WITH ORDINALITY
  AS u(command, stream, command_id, content, final, at, answer, chain, n)`

func queueOutcomes(b *pgx.Batch, c *Claim, outcomes []Outcome) error {
	n := len(outcomes)
	key := make(pgtype.FlatArray[[16]byte], n)
	stream, command := make([]string, n), make([]string, n)
	content, answer, chain := make(blobs, n), make(blobs, n), make(blobs, n)
	final := make([]bool, n)
	at := make([]time.Time, n)
	for i := range outcomes {
		o := &outcomes[i]
		key[i], stream[i], command[i], final[i], at[i] = o.Command, o.Stream, o.CommandID, o.Final, o.At
		content[i], answer[i], chain[i] = present(o.Content), present(o.Answer), o.Chain
	}
	b.Queue(sqlInsertOutcomes, int32(c.Shard), c.OutcomesHead, key, stream, command, content, final, at, answer,
		chain)
	return nil
}

// sqlParkMessages keeps messages as they came, in their order. One that is parked already keeps what came and takes
// everything else: that is how a message is marked as retried or discarded, edited, or parked again after a retry.
const sqlParkMessages = `
INSERT INTO parked (topic, partition, "offset", shard, stream, command_id, reason, detail, key, value, headers, at,
    state, holds,
                    edited_key, edited_value, edited_headers)
SELECT u.topic, u.partition, u."offset", $1::integer, u.stream, u.command_id, u.reason, u.detail, u.key, u.value,
    u.headers,
       u.at, u.state, u.holds, u.edited_key, u.edited_value, u.edited_headers
FROM unnest($2::text[], $3::integer[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[],
    $10::bytea[],
            $11::bytea[], $12::timestamptz[], $13::text[], $14::boolean[], $15::bytea[], $16::bytea[],
                $17::bytea[]) WITH ORDINALITY
  AS u(topic, partition, "offset", stream, command_id, reason, detail, key, value, headers, at, state, holds,
       edited_key, edited_value, edited_headers, n)
ORDER BY u.n
ON CONFLICT (shard, topic, partition, "offset") DO UPDATE
SET stream = excluded.stream, command_id = excluded.command_id, reason = excluded.reason, detail = excluded.detail,
    state = excluded.state, holds = excluded.holds, edited_key = excluded.edited_key,
        edited_value = excluded.edited_value,
    edited_headers = excluded.edited_headers`

func queueParked(b *pgx.Batch, shard ShardID, parked []Parked) error {
	n := len(parked)
	topic, stream, command := make([]string, n), make([]string, n), make([]string, n)
	reason, detail, state := make([]string, n), make([]string, n), make([]string, n)
	partition, offset, holds := make([]int32, n), make([]int64, n), make([]bool, n)
	key, value, headers := make(blobs, n), make(blobs, n), make(blobs, n)
	editedKey, editedValue, editedHeaders := make(blobs, n), make(blobs, n), make(blobs, n)
	at := make([]time.Time, n)
	for i := range parked {
		p := &parked[i]
		topic[i], partition[i], offset[i], at[i], holds[i] = p.Topic, p.Partition, p.Offset, p.At, p.Holds
		stream[i], command[i] = storable(p.Stream), storable(p.CommandID)
		reason[i], detail[i], state[i] = p.Reason, storable(p.Detail), cmp.Or(p.State, StateParked)
		key[i], value[i], headers[i] = p.Key, p.Value, present(p.Headers)
		editedKey[i], editedValue[i], editedHeaders[i] = p.EditedKey, p.EditedValue, p.EditedHeaders
	}
	b.Queue(
		sqlParkMessages,
		int32(shard),
		topic,
		partition,
		offset,
		stream,
		command,
		reason,
		detail,
		key,
		value,
		headers,
		at,
		state,
		holds,
		editedKey,
		editedValue,
		editedHeaders,
	)
	return nil
}

// storable is a text that PostgreSQL takes: what made a message malformed must not keep it from being parked.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

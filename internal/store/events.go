package store

import (
	"context"
	"fmt"

	"tenure/events"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// eventsPageMax bounds the events read in one round trip: about 5 MiB, and beyond it nothing gets faster.
const eventsPageMax = 10_000

// eventColumns are those that rawEvents reads of a table e and the row s of its shard. The last one reports whether the
// event's id is made of its content: it is from a position of the shard on.
const eventColumns = `e.shard, e.pos, e.stream, e.version, e.type, e.at, e.command_id, e.run_id, e.actor, e.payload, e.chain,
       e.pos >= COALESCE(s.content_ids_from, 1)`

const sqlEvents = `
SELECT ` + eventColumns + `
FROM events AS e LEFT JOIN shards AS s ON s.shard = e.shard AND s.shard = $1::integer
WHERE e.shard = $1::integer AND e.pos > $2::bigint
ORDER BY e.pos LIMIT $3::bigint`

// sqlEventsWithin reads the same until so many bytes are full. It first looks at positions and sizes alone. How
// many rows are looked at follows from the sizes of the first four: of a run's events a page has room for one in
// eight of its limit, and the others were looked at for nothing. A fifth of what a night cost the server was this
// statement.
//
// Where all that it saw comes, it reads that range as it is, and leaves the numbers n to the reader: 2.2 µs of the
// server a row of a hire, and 3.9 by positions one by one. Else it fetches the rows that are left by their
// position: a window keeps a copy of each row that it sees, and tests types once more for each column that asks.
// What is seen is kept without payloads, and OFFSET 0 keeps the planner from joining in a way that reads the shard
// from its beginning.
//
// Of types that the reader steps over, only the first and the last event come, without their payload: five readers that
// were each sent all of it were a sixth. So does the event before the page, with which the place is compared. n numbers
// what is there, so that a hole is seen between events that come.
const sqlEventsWithin = `
WITH seen AS MATERIALIZED (
    SELECT e.pos, CASE WHEN e.pos <> $6::bigint AND ($5::text[] IS NULL OR e.type <> ALL($5::text[]))
                       THEN octet_length(e.payload) END AS size
    FROM events AS e
    WHERE e.shard = $1::integer AND e.pos > $2::bigint
    ORDER BY e.pos LIMIT (
        SELECT LEAST($3::bigint, 16 + $4::bigint * 5 / 4 / GREATEST(max(f.size), 1))
        FROM (SELECT CASE WHEN $5::text[] IS NULL OR f.type <> ALL($5::text[])
                          THEN octet_length(f.payload) END AS size
              FROM events AS f
              WHERE f.shard = $1::integer AND f.pos > GREATEST($2::bigint, $6::bigint)
              ORDER BY f.pos LIMIT 4) AS f)
), total AS MATERIALIZED (
    SELECT max(t.pos) AS last, COALESCE(sum(t.size), 0) <= $4::bigint
           AND count(*) FILTER (WHERE t.size IS NULL AND t.pos <> $6::bigint) = 0 AS whole
    FROM seen AS t
)
SELECT e.shard, e.pos, e.stream, e.version, e.type, e.at, e.command_id, e.run_id, e.actor,
       CASE WHEN e.pos = $6::bigint THEN '' ELSE e.payload END, e.chain,
       e.pos >= COALESCE(s.content_ids_from, 1), NULL::bigint
FROM events AS e LEFT JOIN shards AS s ON s.shard = $1::integer
WHERE e.shard = $1::integer AND e.pos > $2::bigint AND e.pos <= (SELECT t.last FROM total AS t)
  AND (SELECT t.whole FROM total AS t)
UNION ALL
SELECT e.shard, e.pos, e.stream, e.version, e.type, e.at, e.command_id, e.run_id, e.actor,
       CASE WHEN p.size IS NULL THEN '' ELSE e.payload END, e.chain, e.pos >= COALESCE(s.content_ids_from, 1), p.n
FROM (SELECT p.pos, p.size, p.n, lead(p.pos) OVER (ORDER BY p.pos) IS NULL AS last
      FROM (SELECT p.pos, p.size, count(*) OVER page AS n,
                   sum(COALESCE(p.size, 0)) OVER page - COALESCE(p.size, 0) AS bytes_before
            FROM seen AS p WHERE NOT (SELECT t.whole FROM total AS t)
            WINDOW page AS (ORDER BY p.pos ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) AS p
      WHERE p.bytes_before < $4::bigint) AS p
CROSS JOIN LATERAL (
    SELECT e.shard, e.pos, e.stream, e.version, e.type, e.at, e.command_id, e.run_id, e.actor, e.payload, e.chain
    FROM events AS e WHERE e.shard = $1::integer AND e.pos = p.pos OFFSET 0) AS e
LEFT JOIN shards AS s ON s.shard = $1::integer
WHERE p.size IS NOT NULL OR p.last OR p.n = 1 OR p.pos <> $2::bigint + p.n
ORDER BY pos`

// GapError says that the log has no event at a position although it continues.
type GapError struct{ Position, Next int64 }

// Error names both ends.
func (e *GapError) Error() string {
	return fmt.Sprintf("store: the log has no event %d and continues at %d", e.Position, e.Next)
}

// eventPage asks for events of a shard after a position: at most limit, and no more than fill so many bytes.
type eventPage struct {
	shard   ShardID
	after   int64
	limit   int
	bytes   int64
	skipped []string // types of which only the first and the last event come, without payload
	anchor  int64    // position of the event that comes without payload, and does not count; 0: none
}

// eventsWithin is Events that ends where the payloads have so many bytes; an event that is larger comes alone. gap says
// where the log has a hole.
func (s *Store) eventsWithin(ctx context.Context, p eventPage) (events []Event, gap *GapError, err error) {
	rows, err := s.pool.Query(ctx, sqlEventsWithin, int32(p.shard), p.after, int64(min(p.limit, eventsPageMax)), p.bytes,
		p.skipped, p.anchor)
	if err != nil {
		return nil, nil, fmt.Errorf("store: events of shard %d after %d: %w", p.shard, p.after, err)
	}
	defer rows.Close()
	names := make(words)
	for rows.Next() {
		v := rows.RawValues()
		e := rawEvent(v, names)
		n := int64(len(events) + 1)
		if v[12] != nil {
			n = rawInt64(v[12])
		}
		if want := p.after + n; gap == nil && e.Position != want {
			gap = &GapError{Position: want, Next: e.Position}
		}
		events = append(events, e)
	}
	if err := rows.Err(); err != nil {
		return nil, nil, fmt.Errorf("store: events of shard %d after %d: %w", p.shard, p.after, err)
	}
	return events, gap, nil
}

// Events reads the events of a shard after a position, in order, at most limit or 10 000.
func (s *Store) Events(ctx context.Context, shard ShardID, after int64, limit int) ([]Event, error) {
	rows, err := s.pool.Query(ctx, sqlEvents, int32(shard), after, int64(min(limit, eventsPageMax)))
	if err == nil {
		var events []Event
		if events, err = rawEvents(rows, limit); err == nil {
			return events, nil
		}
	}
	return nil, fmt.Errorf("store: events of shard %d after %d: %w", shard, after, err)
}

const sqlHasEventsBeside = `
SELECT EXISTS (
    SELECT 1 FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS h(shard, after, upto)
    JOIN events AS e ON e.shard = h.shard AND e.pos > h.after AND e.pos <= h.upto
    WHERE NOT starts_with(e.type, $4::text))`

// HasEventsBeside reports whether there are events behind positions, up to heads, whose types do not begin with a word.
func (s *Store) HasEventsBeside(
	ctx context.Context, after map[ShardID]int64, heads map[ShardID]Head, word string,
) (found bool, err error) {
	var shards []int32
	var from, to []int64
	for shard, head := range heads {
		if head.Head > after[shard] {
			shards, from, to = append(shards, int32(shard)), append(from, after[shard]), append(to, head.Head)
		}
	}
	if len(shards) == 0 {
		return false, nil
	}
	if err := s.pool.QueryRow(ctx, sqlHasEventsBeside, shards, from, to, word).Scan(&found); err != nil {
		return false, fmt.Errorf("store: events beside %s: %w", word, err)
	}
	return found, nil
}

const sqlStreamEvents = `
SELECT ` + eventColumns + `
FROM events AS e LEFT JOIN shards AS s ON s.shard = e.shard
WHERE e.shard = ANY($1::integer[]) AND e.stream = $2::text AND e.version >= $3::integer
ORDER BY e.version LIMIT $4::bigint`

// StreamEvents reads the events of one stream from a version on, in order, at most 10 000: when that many come, ask
// again from the last version plus one.
func (s *Store) StreamEvents(ctx context.Context, stream string, fromVersion int32) ([]Event, error) {
	events, err := s.eventsOf(ctx, sqlStreamEvents, []string{stream}, stream, fromVersion, int64(eventsPageMax))
	if err == nil {
		return events, nil
	}
	return nil, fmt.Errorf("store: events of %s from %d: %w", stream, fromVersion, err)
}

// streamsMax bounds the streams of one question: three years of runs.
const streamsMax = 1_200

const sqlEventsOfStreams = `
SELECT ` + eventColumns + `
FROM events AS e LEFT JOIN shards AS s ON s.shard = e.shard
WHERE e.shard = ANY($1::integer[]) AND e.stream = ANY($2::text[])
ORDER BY e.stream, e.version LIMIT $3::bigint`

// EventsOfStreams reads all events of a few short streams, such as runs, in one round trip: at most 1 200 streams and
// 10 000 events.
func (s *Store) EventsOfStreams(ctx context.Context, streams []string) ([]Event, error) {
	if len(streams) > streamsMax {
		return nil, fmt.Errorf("store: events of %d streams: at most %d", len(streams), streamsMax)
	}
	events, err := s.eventsOf(ctx, sqlEventsOfStreams, streams, streams, int64(eventsPageMax))
	if err != nil {
		return nil, fmt.Errorf("store: events of %d streams: %w", len(streams), err)
	}
	return events, nil
}

// eventsOf runs a query on the shards of streams, which are its first argument.
func (s *Store) eventsOf(ctx context.Context, sql string, streams []string, args ...any) ([]Event, error) {
	shards, err := s.shardsOf(ctx, streams...)
	if err != nil {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, sql, append([]any{shards}, args...)...)
	if err != nil {
		return nil, err
	}
	return rawEvents(rows, 0)
}

// rawEvents reads the columns of sqlEvents and closes the rows. expected is how many there may be.
func rawEvents(rows pgx.Rows, expected int) ([]Event, error) {
	defer rows.Close()
	events := make([]Event, 0, min(expected, eventsPageMax))
	names := make(words)
	for rows.Next() {
		events = append(events, rawEvent(rows.RawValues(), names))
	}
	return events, rows.Err()
}

func rawEvent(v [][]byte, names words) Event {
	actor, payload, chain := v[8], v[9], v[10]
	together(&actor, &payload, &chain)
	return Event{
		Shard: ShardID(rawInt32(v[0])), Position: rawInt64(v[1]), Stream: string(v[2]), Version: rawInt32(v[3]),
		Type: names.of(v[4]), At: rawTime(v[5]), CommandID: string(v[6]), RunID: names.of(v[7]),
		Actor: actor, Payload: payload, Chain: chain, ContentID: rawBool(v[11]),
	}
}

// ID is the event's id: the same for the same content in the same place of its stream, whenever it is computed.
func (e *Event) ID() uuid.UUID {
	if !e.ContentID {
		return events.FormerID(e.Stream, e.Version)
	}
	return events.ID(e.Stream, e.Version, events.Content{
		Type: e.Type, At: e.At, CommandID: e.CommandID, RunID: e.RunID, Payload: e.Payload,
	})
}

package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// The states of a replay.
const (
	ReplayRunning = "running" // a process runs it, or was interrupted
	ReplayPaused  = "paused"
	ReplayDone    = "done"
)

// replayReader is before a replay's name in the names of readers.
const replayReader = "replay/"

// ErrReplayExists says that a replay of that name was started before.
var ErrReplayExists = errors.New("a replay of that name exists")

// Replay is a part of the log that is published once more.
type Replay struct {
	Name      string
	Target    string // a topic
	Missing   bool   // only what the topic lacks
	Filter    []byte // JSON
	Rate      int64  // messages a second; 0: no limit
	State     string
	Reason    string
	Who       string
	StartedAt time.Time
	ChangedAt time.Time
	Leased    bool // a process runs it now
	Shards    []ReplayShard
}

// ReplayShard is a replay's part of one shard.
type ReplayShard struct {
	Shard       ShardID
	First, Last int64 // positions, both inclusive
	Position    int64 // the last one that was read
	Messages    int64 // published
	Bytes       int64 // of those
}

// Reader is the name of the reader whose leases fence the replay.
func (r Replay) Reader() string { return replayReader + r.Name }

const (
	sqlReplayCreate = `
INSERT INTO replays (name, target, missing, filter, rate, state, reason, who)
VALUES ($1::text, $2::text, $3::boolean, $4::bytea, $5::bigint, 'running', $6::text, $7::text)`

	sqlReplayShardCreate = `
INSERT INTO replay_shards (replay, shard, first_pos, last_pos, position)
VALUES ($1::text, $2::integer, $3::bigint, $4::bigint, $3::bigint - 1)`
)

// CreateReplay writes a replay down as running, with its shards; ErrReplayExists when there is one of that name.
func (s *Store) CreateReplay(ctx context.Context, r Replay) error {
	b := &pgx.Batch{}
	b.Queue(sqlReplayCreate, r.Name, r.Target, r.Missing, r.Filter, r.Rate, r.Reason, r.Who)
	b.Queue(sqlReaderForget, r.Reader()) // of a replay that a restored database does not know
	for _, shard := range r.Shards {
		b.Queue(sqlReplayShardCreate, r.Name, int32(shard.Shard), shard.First, shard.Last)
	}
	err := s.InTx(ctx, b)
	var conflict *ConflictError
	if errors.As(err, &conflict) && conflict.Constraint == "replays_name" {
		return ErrReplayExists
	}
	return err
}

const (
	sqlReplays = `
SELECT r.name, r.target, r.missing, r.filter, r.rate, r.state, r.reason, r.who, r.started_at, r.changed_at,
       'replay/' || r.name IN (SELECT l.name FROM leases AS l WHERE l.lease_until > now())
FROM replays AS r WHERE $1::text = '' OR r.name = $1::text
ORDER BY r.started_at, r.name`

	sqlReplayShards = `
SELECT replay, shard, first_pos, last_pos, position, messages, bytes
FROM replay_shards WHERE $1::text = '' OR replay = $1::text
ORDER BY replay, shard`
)

// Replays lists all replays, the oldest first.
func (s *Store) Replays(ctx context.Context) ([]Replay, error) { return s.replays(ctx, "") }

// Replay is one of them; false when there is none of that name.
func (s *Store) Replay(ctx context.Context, name string) (Replay, bool, error) {
	if name == "" {
		return Replay{}, false, nil
	}
	found, err := s.replays(ctx, name)
	if err != nil || len(found) == 0 {
		return Replay{}, false, err
	}
	return found[0], true, nil
}

func (s *Store) replays(ctx context.Context, name string) (all []Replay, err error) {
	shards := map[string][]ReplayShard{}
	b := &pgx.Batch{}
	b.Queue(sqlReplayShards, name).Query(func(rows pgx.Rows) error {
		var of string
		var one ReplayShard
		_, err := pgx.ForEachRow(
			rows,
			[]any{&of, &one.Shard, &one.First, &one.Last, &one.Position, &one.Messages, &one.Bytes},
			func() error { shards[of] = append(shards[of], one); return nil },
		)
		return err
	})
	b.Queue(sqlReplays, name).Query(func(rows pgx.Rows) error {
		var r Replay
		_, err := pgx.ForEachRow(rows, []any{&r.Name, &r.Target, &r.Missing, &r.Filter, &r.Rate, &r.State, &r.Reason, &r.Who,
			&r.StartedAt, &r.ChangedAt, &r.Leased}, func() error {
			r.Filter, r.StartedAt, r.ChangedAt = slices.Clone(r.Filter), r.StartedAt.UTC(), r.ChangedAt.UTC()
			all = append(all, r)
			return nil
		})
		return err
	})
	if err := s.InTx(ctx, b); err != nil {
		return nil, fmt.Errorf("store: replays: %w", err)
	}
	for i := range all {
		all[i].Shards = shards[all[i].Name]
	}
	return all, nil
}

const sqlReplayState = `
UPDATE replays SET state = $2::text, changed_at = now() WHERE name = $1::text AND state <> $2::text AND state <> 'done'`

// SetReplayState pauses a replay or lets it run; false when that changes nothing: it is so already, done, or unknown.
func (s *Store) SetReplayState(ctx context.Context, name, state string) (bool, error) {
	tag, err := s.pool.Exec(ctx, sqlReplayState, name, state)
	if err != nil {
		return false, fmt.Errorf("store: replay %s to %s: %w", name, state, err)
	}
	return tag.RowsAffected() > 0, nil
}

const sqlReplayMoved = `
UPDATE replay_shards SET position = $3::bigint, messages = messages + $4::bigint, bytes = bytes + $5::bigint
WHERE replay = $1::text AND shard = $2::integer`

// MoveReplay moves the checkpoint of a replay in a shard and adds what was published since, under the reader's lease;
// it sets the lease's place. Errors are those of InTx.
func (s *Store) MoveReplay(ctx context.Context, r Replay, l *Lease, to Place, messages, bytes int64) error {
	b := &pgx.Batch{}
	l.Advance(b, to)
	b.Queue(sqlReplayMoved, r.Name, int32(l.Shard), to.Position, messages, bytes)
	if err := s.InTx(ctx, b); err != nil {
		return err
	}
	l.Moved(to)
	return nil
}

const sqlReplayDone = `
UPDATE replays AS r SET state = 'done', changed_at = now()
WHERE r.name = $1::text AND r.state <> 'done'`

// sqlReplayOpen counts the shards that a replay has not read to their end.
const sqlReplayOpen = `
SELECT count(*) FROM replay_shards AS s WHERE s.replay = $1::text AND s.position < s.last_pos`

// sqlReplayReaderGone ends the reader of a replay that is done: how far it is behind the log does not matter any more.
const sqlReplayReaderGone = `
WITH done AS (
    SELECT 'replay/' || r.name AS reader FROM replays AS r WHERE r.name = $1::text AND r.state = 'done'
), gone AS (
    DELETE FROM leases AS l USING done AS d WHERE l.name = d.reader
)
DELETE FROM subscriptions AS s USING done AS d WHERE s.name = d.reader`

// FinishReplay notes that a replay has read all of its shards, if it has.
func (s *Store) FinishReplay(ctx context.Context, name string) error {
	var open int64
	if err := s.pool.QueryRow(ctx, sqlReplayOpen, name).Scan(&open); err != nil {
		return fmt.Errorf("store: end of replay %s: %w", name, err)
	}
	b := &pgx.Batch{}
	if open == 0 {
		b.Queue(sqlReplayDone, name)
	}
	b.Queue(sqlReplayReaderGone, name)
	return s.InTx(ctx, b)
}

// Mark is what is known of a relay's topics in a shard without looking at them.
type Mark struct {
	Moved    time.Time // when the checkpoint last moved; zero: not known
	Accepted time.Time // what stood there before is not compared; zero: everything is
}

const sqlMarks = `
SELECT s.shard, s.moved_at, max(a.at)
FROM subscriptions AS s LEFT JOIN accepted_tails AS a ON a.reader = s.name AND a.shard = s.shard
WHERE s.name = $1::text GROUP BY s.name, s.shard`

// Marks gives those of a reader, by shard.
func (s *Store) Marks(ctx context.Context, reader string) (map[ShardID]Mark, error) {
	rows, err := s.pool.Query(ctx, sqlMarks, reader)
	if err != nil {
		return nil, fmt.Errorf("store: marks of %s: %w", reader, err)
	}
	defer rows.Close()
	marks := map[ShardID]Mark{}
	for rows.Next() {
		v := rows.RawValues()
		marks[ShardID(rawInt32(v[0]))] = Mark{Moved: rawTime(v[1]), Accepted: rawTime(v[2])}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("store: marks of %s: %w", reader, err)
	}
	return marks, nil
}

const sqlAcceptTail = `
INSERT INTO accepted_tails (reader, shard, reason, who) VALUES ($1::text, $2::integer, $3::text, $4::text)`

// AcceptTail notes that what the topics of a relay hold of a shard by now is not compared with the log any more.
func (s *Store) AcceptTail(ctx context.Context, reader string, shard ShardID, reason, who string) error {
	if _, err := s.pool.Exec(ctx, sqlAcceptTail, reader, int32(shard), reason, who); err != nil {
		return fmt.Errorf("store: accept the tail of %s in shard %d: %w", reader, shard, err)
	}
	return nil
}

const sqlEventAt = `SELECT at FROM events WHERE shard = $1::integer AND pos = $2::bigint`

// PositionSince gives the first position of a shard that was written at or after a business time, head + 1 when there
// is none. Time never goes back in a shard, so that some twenty looks find it among millions.
func (s *Store) PositionSince(ctx context.Context, shard ShardID, since time.Time, head int64) (int64, error) {
	low, high := int64(1), head+1
	for low < high {
		middle := low + (high-low)/2
		var at time.Time
		if err := s.pool.QueryRow(ctx, sqlEventAt, int32(shard), middle).Scan(&at); err != nil {
			return 0, fmt.Errorf("store: time of %d@%d: %w", shard, middle, err)
		}
		if at.Before(since) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}

const sqlStreamSpan = `
SELECT shard, min(pos), max(pos) FROM events WHERE shard = ANY($1::integer[]) AND stream = $2::text GROUP BY shard`

// Span is a part of a shard.
type Span struct {
	Shard       ShardID
	First, Last int64 // positions, both inclusive
}

// StreamSpan returns between which positions the events of a stream are, false when it has none.
func (s *Store) StreamSpan(ctx context.Context, stream string) (Span, bool, error) {
	span := func(v [][]byte) Span {
		return Span{Shard: ShardID(rawInt32(v[0])), First: rawInt64(v[1]), Last: rawInt64(v[2])}
	}
	found, err := ofStream(ctx, s, stream, span, sqlStreamSpan, stream)
	if err != nil {
		return Span{}, false, fmt.Errorf("store: span of %s: %w", stream, err)
	}
	if len(found) == 0 {
		return Span{}, false, nil
	}
	return found[0], true, nil
}

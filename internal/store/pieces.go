package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
)

// Piece is a part of a shard's log: all events of a range of positions, or those of them whose streams fall into one
// class out of several, each stream whole.
type Piece struct {
	Shard          ShardID
	After, Through int64    // positions, After excluded
	Class, Classes int32    // class from 0; Classes of 1 or less: all streams
	Skip           []string // types that are not asked for; all others come, also those that this build does not know
}

// sqlPiece has no limit: the rows are folded as they come, in memory that the number of classes bounds.
const sqlPiece = `
SELECT shard, pos, stream, version, type, at, command_id, run_id, payload
FROM events
WHERE shard = $1::integer AND pos > $2::bigint AND pos <= $3::bigint AND type <> ALL(COALESCE($4::text[],
    ARRAY[]::text[]))
  AND ($6::bigint <= 1 OR (hashtextextended(stream, 0) & 2147483647) % $6::bigint = $5::bigint)
ORDER BY pos`

// ScanPiece reads a piece in the order of positions, in one pass and one snapshot. The event and its payload are good
// until take returns; actor and chain are not read. It ends with the first error of take.
func (s *Store) ScanPiece(ctx context.Context, p Piece, take func(e *Event) error) error {
	rows, err := s.pool.Query(ctx, sqlPiece, int32(p.Shard), p.After, p.Through, p.Skip, int64(p.Class), int64(p.Classes))
	if err != nil {
		return fmt.Errorf("store: events of shard %d: %w", p.Shard, classify(err))
	}
	defer rows.Close()
	names := make(words)
	var e Event
	for rows.Next() {
		v := rows.RawValues()
		e.Shard, e.Position, e.Stream, e.Version = ShardID(rawInt32(v[0])), rawInt64(v[1]), string(v[2]), rawInt32(v[3])
		e.Type, e.At, e.CommandID, e.RunID, e.Payload = names.of(v[4]), rawTime(v[5]), string(v[6]), names.of(v[7]), v[8]
		if err := take(&e); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("store: events of shard %d: %w", p.Shard, classify(err))
	}
	return nil
}

const sqlStreams = `
SELECT shard, count(*)
FROM subjects GROUP BY shard`

// Streams counts the streams of each shard. It reads all of them: for long work only.
func (s *Store) Streams(ctx context.Context) (map[ShardID]int64, error) {
	rows, err := s.pool.Query(ctx, sqlStreams)
	if err != nil {
		return nil, fmt.Errorf("store: streams: %w", classify(err))
	}
	defer rows.Close()
	streams := make(map[ShardID]int64)
	for rows.Next() {
		v := rows.RawValues()
		streams[ShardID(rawInt32(v[0]))] = rawInt64(v[1])
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("store: streams: %w", classify(err))
	}
	return streams, nil
}

const sqlCheckpoints = `
SELECT shard, position
FROM subscriptions WHERE name = $1::text`

// Checkpoints reads where a reader is, in a transaction that sees its rows as of the same instant.
func Checkpoints(ctx context.Context, tx pgx.Tx, name string) (map[ShardID]int64, error) {
	return places(ctx, tx, sqlCheckpoints, name)
}

func places(ctx context.Context, tx pgx.Tx, sql string, args ...any) (map[ShardID]int64, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("store: checkpoints: %w", classify(err))
	}
	defer rows.Close()
	at := make(map[ShardID]int64)
	for rows.Next() {
		v := rows.RawValues()
		at[ShardID(rawInt32(v[0]))] = rawInt64(v[1])
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("store: checkpoints: %w", classify(err))
	}
	return at, nil
}

const sqlStopReader = `
SELECT shard, position
FROM subscriptions WHERE shard = $1::integer AND name = $2::text
FOR UPDATE`

// StopReader locks all checkpoints of a reader until the transaction ends, and returns them. Whoever is about to move
// one waits, and finds another epoch if Hand was called.
func StopReader(ctx context.Context, tx pgx.Tx, name string) (map[ShardID]int64, error) {
	shards, err := Checkpoints(ctx, tx, name)
	if err != nil {
		return nil, err
	}
	at := make(map[ShardID]int64, len(shards))
	for _, shard := range slices.Sorted(maps.Keys(shards)) {
		stopped, err := places(ctx, tx, sqlStopReader, int32(shard), name)
		if err != nil {
			return nil, err
		}
		maps.Copy(at, stopped)
	}
	return at, nil
}

const sqlHand = `
INSERT INTO subscriptions (name, shard, position, epoch, version, chain)
SELECT $1::text, $3::integer, $4::bigint, 1, $2::integer, COALESCE((
    SELECT e.chain FROM events AS e WHERE e.shard = $3::integer AND e.pos = $4::bigint), '\x')
ON CONFLICT (name, shard) DO UPDATE
SET position = excluded.position, chain = excluded.chain, epoch = subscriptions.epoch + 1, version = excluded.version`

const sqlHandLeases = `
UPDATE leases SET owner = '', lease_until = '1970-01-01Z'
WHERE name = $1::text AND shard = ANY($2::integer[])`

// Hand gives a reader other checkpoints and a version, and takes its leases from whoever holds them: a write under the
// epoch before is refused, and the next lease is given to a build of that version at least.
func Hand(ctx context.Context, tx pgx.Tx, name string, version int32, at map[ShardID]int64) error {
	shards := make([]int32, 0, len(at))
	b := &pgx.Batch{}
	for shard, position := range at {
		shards = append(shards, int32(shard))
		b.Queue(sqlHand, name, version, int32(shard), position)
	}
	err := tx.SendBatch(ctx, b).Close()
	if err == nil {
		_, err = tx.Exec(ctx, sqlHandLeases, name, shards)
	}
	if err != nil {
		return fmt.Errorf("store: hand %s over: %w", name, classify(err))
	}
	return nil
}

const sqlReaderVersion = `
SELECT COALESCE(max(version), 0)
FROM subscriptions WHERE name = $1::text`

// ReaderVersion is the version of the projection that wrote what a reader keeps; 0: it never ran.
func (s *Store) ReaderVersion(ctx context.Context, name string) (version int32, err error) {
	if err := s.pool.QueryRow(ctx, sqlReaderVersion, name).Scan(&version); err != nil {
		return 0, fmt.Errorf("store: version of %s: %w", name, classify(err))
	}
	return version, nil
}

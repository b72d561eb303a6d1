package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Build is a read model that is being built beside the live one, and how far it is.
type Build struct {
	Place   string // the schema of its tables
	Version int32  // of the projection that builds
	Shape   string // what the live tables were defined like when it began
	Shards  []BuildShard
}

// BuildShard is how far a build is in a shard.
type BuildShard struct {
	Shard    ShardID
	Target   int64 // last position that its pieces hold
	Pieces   int32
	Done     int32 // how many pieces are loaded, the first ones
	Position int64 // 0 until all are, then the checkpoint
}

const (
	sqlBuild = `
SELECT version, shape
FROM projection_builds WHERE place = $1::text`

	sqlBuildShards = `
SELECT shard, target, pieces, pieces_done, position
FROM projection_build_shards WHERE place = $1::text ORDER BY shard`
)

// BuildIn reads how far the build in a place is; false when there is none.
func (s *Store) BuildIn(ctx context.Context, place string) (Build, bool, error) {
	b := Build{Place: place}
	err := s.pool.QueryRow(ctx, sqlBuild, place).Scan(&b.Version, &b.Shape)
	if errors.Is(err, pgx.ErrNoRows) {
		return b, false, nil
	}
	if err != nil {
		return b, false, fmt.Errorf("store: build %s: %w", place, classify(err))
	}
	rows, err := s.pool.Query(ctx, sqlBuildShards, place)
	if err == nil {
		b.Shards, err = pgx.CollectRows(rows, pgx.RowToStructByPos[BuildShard])
	}
	if err != nil {
		return b, false, fmt.Errorf("store: build %s: %w", place, classify(err))
	}
	return b, true, nil
}

const (
	sqlBeginBuild = `
INSERT INTO projection_builds (place, version, shape)
VALUES ($1::text, $2::integer, $3::text)`

	sqlBeginBuildShards = `
INSERT INTO projection_build_shards (place, shard, target, pieces, pieces_done, position)
SELECT $1::text, u.shard, u.target, u.pieces, 0, 0
FROM unnest($2::integer[], $3::bigint[], $4::integer[]) AS u(shard, target, pieces)`
)

// BeginBuild notes a build of which nothing is done, in the transaction that makes its tables.
func BeginBuild(ctx context.Context, tx pgx.Tx, b Build) error {
	if err := EndBuild(ctx, tx, b.Place); err != nil {
		return err
	}
	var shards, pieces []int32
	var targets []int64
	for _, s := range b.Shards {
		shards, targets, pieces = append(shards, int32(s.Shard)), append(targets, s.Target), append(pieces, s.Pieces)
	}
	_, err := tx.Exec(ctx, sqlBeginBuild, b.Place, b.Version, b.Shape)
	if err == nil {
		_, err = tx.Exec(ctx, sqlBeginBuildShards, b.Place, shards, targets, pieces)
	}
	if err != nil {
		return fmt.Errorf("store: begin build %s: %w", b.Place, classify(err))
	}
	return nil
}

const (
	sqlEndBuildShards = `DELETE FROM projection_build_shards WHERE place = $1::text`
	sqlEndBuild       = `DELETE FROM projection_builds WHERE place = $1::text`
)

// EndBuild forgets a build, in the transaction that drops its tables or puts them in the place of the live ones.
func EndBuild(ctx context.Context, tx pgx.Tx, place string) error {
	for _, sql := range []string{sqlEndBuildShards, sqlEndBuild} {
		if _, err := tx.Exec(ctx, sql, place); err != nil {
			return fmt.Errorf("store: end build %s: %w", place, classify(err))
		}
	}
	return nil
}

const sqlPieceDone = `
UPDATE projection_build_shards
SET pieces_done = $3::integer + 1, position = CASE WHEN $3::integer + 1 = pieces THEN target ELSE 0 END
WHERE place = $1::text AND shard = $2::integer AND pieces_done = $3::integer`

// PieceDone notes a piece, by its number from 0, in the transaction that writes its rows. ErrLeaseLost says that
// another process has done it: nothing may be written.
func PieceDone(ctx context.Context, tx pgx.Tx, place string, shard ShardID, piece int32) error {
	done, err := tx.Exec(ctx, sqlPieceDone, place, int32(shard), piece)
	if err == nil && done.RowsAffected() != 1 {
		err = ErrLeaseLost
	}
	if err != nil {
		return fmt.Errorf("store: piece %d of shard %d in %s: %w", piece, shard, place, classify(err))
	}
	return nil
}

// sqlMoveBuild raises by itself when another process has moved on, or the log does not have the place, see sqlAdvance.
const sqlMoveBuild = `
WITH moved AS (
    UPDATE projection_build_shards SET position = $4::bigint
    WHERE place = $1::text AND shard = $2::integer AND pieces_done = pieces AND position = $3::bigint
      AND EXISTS (SELECT 1 FROM events AS e
                  WHERE e.shard = $2::integer AND e.pos = $4::bigint AND ($5::bytea IS NULL OR e.chain = $5::bytea))
    RETURNING 1
)
SELECT CASE WHEN EXISTS (SELECT 1 FROM moved) THEN 0
       ELSE tenure_refuse('` + stateLeaseLost + `', 'another process continues this build, or the log lost a part') END`

// MoveBuild queues the move of a build's checkpoint; send it with InTx, together with the rows.
func MoveBuild(b *pgx.Batch, place string, shard ShardID, from int64, to Place) {
	b.Queue(sqlMoveBuild, place, int32(shard), from, to.Position, to.Chain)
}

const sqlAddBuildShard = `
INSERT INTO projection_build_shards (place, shard, target, pieces)
VALUES ($1::text, $2::integer, 0, 0)
ON CONFLICT (place, shard) DO NOTHING`

// AddBuildShard lets a build follow a shard that did not exist when it began.
func (s *Store) AddBuildShard(ctx context.Context, place string, shard ShardID) error {
	if _, err := s.pool.Exec(ctx, sqlAddBuildShard, place, int32(shard)); err != nil {
		return fmt.Errorf("store: build %s follows shard %d: %w", place, shard, classify(err))
	}
	return nil
}

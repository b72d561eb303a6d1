package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// PublishedEnd is the last message that a relay has published of a shard in a partition.
type PublishedEnd struct {
	Topic     string
	Partition int32
	Offset    int64
	ID        string
}

// place names the partition.
func (e PublishedEnd) place() string { return e.Topic + "/" + strconv.Itoa(int(e.Partition)) }

// publishedRow is what a checkpoint keeps of an end.
type publishedRow struct {
	Offset int64  `json:"offset"`
	ID     string `json:"id"`
}

// publishedEnds are ends as a checkpoint keeps them, at most one of each partition; nil for none.
func publishedEnds(ends []PublishedEnd) ([]byte, error) {
	if len(ends) == 0 {
		return nil, nil
	}
	rows := make(map[string]publishedRow, len(ends))
	for _, e := range ends {
		rows[e.place()] = publishedRow{e.Offset, e.ID}
	}
	return json.Marshal(rows)
}

const sqlPublished = `SELECT shard, published FROM subscriptions WHERE name = $1::text AND published <> '{}'`

// Published gives the ends that a relay has noted, by shard.
func (s *Store) Published(ctx context.Context, reader string) (map[ShardID][]PublishedEnd, error) {
	all := map[ShardID][]PublishedEnd{}
	rows, err := s.pool.Query(ctx, sqlPublished, reader)
	if err == nil {
		var shard int32
		var kept map[string]publishedRow
		_, err = pgx.ForEachRow(rows, []any{&shard, &kept}, func() (err error) {
			all[ShardID(shard)], err = endsOf(kept)
			kept = nil
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("store: what %s has published: %w", reader, err)
	}
	return all, nil
}

// endsOf are the ends that a checkpoint keeps.
func endsOf(kept map[string]publishedRow) (ends []PublishedEnd, err error) {
	for at, row := range kept {
		topic, number, _ := strings.Cut(at, "/")
		partition, err := strconv.ParseInt(number, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%q is no partition", at)
		}
		ends = append(ends, PublishedEnd{topic, int32(partition), row.Offset, row.ID})
	}
	return ends, nil
}

// sqlReplacePublished leaves alone what the relay has noted meanwhile.
const sqlReplacePublished = `
UPDATE subscriptions AS r
SET published = CASE WHEN $5::jsonb IS NULL THEN r.published - $3::text ELSE r.published || $5::jsonb END
WHERE r.name = $1::text AND r.shard = $2::integer AND r.published -> $3::text = $4::jsonb`

// ReplacePublished notes another end of a shard in a partition instead of one that was lost and is published again; nil
// for none.
func (s *Store) ReplacePublished(ctx context.Context, reader string, shard ShardID, lost PublishedEnd,
	now *PublishedEnd) error {
	was, err := json.Marshal(publishedRow{lost.Offset, lost.ID})
	var is []byte
	if err == nil && now != nil {
		is, err = publishedEnds([]PublishedEnd{*now})
	}
	if err == nil {
		_, err = s.pool.Exec(ctx, sqlReplacePublished, reader, int32(shard), lost.place(), was, is)
	}
	if err != nil {
		return fmt.Errorf("store: what %s has published of shard %d: %w", reader, shard, classify(err))
	}
	return nil
}

package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Families of shards, one per command topic. Employees come first: their integer numbers are counter * 1024 + shard,
// and that is below 1024 for them only.
const (
	FamilyEmployee = 0
	FamilyCatalog  = 1
	FamilyBilling  = 2
)

// PartitionsMax is the number of partitions a command topic may have: a shard's number keeps ten bits for them.
const PartitionsMax = 1024

// CatalogShard is the one shard of the catalogue. Its head is the catalogue's version.
const CatalogShard ShardID = FamilyCatalog * PartitionsMax

// ShardOf numbers the shard of a partition of a family's topic.
func ShardOf(family int, partition int32) ShardID {
	return ShardID(int32(family)*PartitionsMax + partition)
}

// Family is which command topic the shard belongs to.
func (s ShardID) Family() int { return int(s) / PartitionsMax }

// Partition is which partition of its topic the shard is.
func (s ShardID) Partition() int32 { return int32(s) % PartitionsMax }

// CommandKey identifies a command of a stream: a hash of both, so that the index over all commands has small entries.
// Names are separated by their length: ("a", "bc") and ("ab", "c") differ.
func CommandKey(stream, commandID string) uuid.UUID {
	b := make([]byte, 0, 8+len(stream)+len(commandID))
	b = appendBytes(b, stream)
	b = appendBytes(b, commandID)
	sum := sha256.Sum256(b)
	id := uuid.UUID(sum[:16])
	id[6] = id[6]&0x0f | 0x80 // version 8: made by a rule of our own
	id[8] = id[8]&0x3f | 0x80
	return id
}

// Head is a shard's row: how far its log is, and who may write.
type Head struct {
	Shard        ShardID
	Topic        string
	Partition    int32
	Partitions   int32
	Epoch        int64
	NextOffset   int64
	Head         int64 // position of the last event
	OutcomesHead int64 // sequence of the last outcome
	DecidedAt    time.Time
	Chain        []byte // hash of the last event; empty when there is none
	OutcomeChain []byte // hash of the last outcome; empty when there is none
	TopicID      string // of the topic that it was taken from; empty: of a broker without ids
}

const sqlHeads = `
SELECT shard, topic, partition, GREATEST(partitions, grown_to), epoch, next_offset, head, outcomes_head, decided_at, chain, outcomes_chain, topic_id
FROM shards`

// Heads returns how far each shard is, by shard.
func (s *Store) Heads(ctx context.Context) (map[ShardID]Head, error) {
	rows, err := s.pool.Query(ctx, sqlHeads)
	if err != nil {
		return nil, fmt.Errorf("store: heads: %w", err)
	}
	defer rows.Close()
	heads := make(map[ShardID]Head)
	for rows.Next() {
		v := rows.RawValues()
		h := Head{
			Shard: ShardID(rawInt32(v[0])), Topic: string(v[1]), Partition: rawInt32(v[2]), Partitions: rawInt32(v[3]),
			Epoch: rawInt64(v[4]), NextOffset: rawInt64(v[5]), Head: rawInt64(v[6]), OutcomesHead: rawInt64(v[7]),
			DecidedAt: rawTime(v[8]), Chain: rawBytes(v[9]), OutcomeChain: rawBytes(v[10]), TopicID: string(v[11]),
		}
		heads[h.Shard] = h
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("store: heads: %w", err)
	}
	return heads, nil
}

// sqlEnds reads the ends of the histories themselves: rows that are added once have no former versions, and the shard's
// row has as many as it was written while a long snapshot is open.
const sqlEnds = `
SELECT $1::integer,
       COALESCE((SELECT e.pos FROM events AS e WHERE e.shard = $1::integer ORDER BY e.pos DESC LIMIT 1), 0),
       COALESCE((SELECT o.seq FROM outcomes AS o WHERE o.shard = $1::integer ORDER BY o.seq DESC LIMIT 1), 0)`

// End is how far the events and the outcomes of a shard are. Outcomes that were all deleted have the end 0.
type End struct {
	Shard    ShardID
	Head     int64
	Outcomes int64
}

// Ends returns how far some shards are, and the incarnation that says so; Heads also finds new ones, and says who may
// write.
func (s *Store) Ends(ctx context.Context, shards []ShardID) (ends []End, of Incarnation, err error) {
	ends = make([]End, 0, len(shards))
	b := &pgx.Batch{}
	for _, shard := range shards {
		b.Queue(sqlEnds, int32(shard)).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				v := rows.RawValues()
				ends = append(ends, End{Shard: ShardID(rawInt32(v[0])), Head: rawInt64(v[1]), Outcomes: rawInt64(v[2])})
			}
			return rows.Err()
		})
	}
	b.Queue(sqlIncarnation).QueryRow(func(row pgx.Row) error { return row.Scan(&of) })
	if err := s.pool.SendBatch(ctx, b).Close(); err != nil {
		return nil, "", fmt.Errorf("store: ends: %w", err)
	}
	return ends, of, nil
}

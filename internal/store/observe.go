package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Observation is what an operator's gauges show of the database.
type Observation struct {
	Readers []ReaderBehind  // every checkpoint of every reader, whoever holds it
	Parked  []ParkedWaiting // by reason; none when nothing is parked
}

// ReaderBehind is how far a reader of the log is from the head of a shard.
type ReaderBehind struct {
	Name   string
	Shard  ShardID
	Events int64     // outcomes for the relay of outcomes
	Oldest time.Time // when the first that it has not taken was decided; zero when there is none
}

// ParkedWaiting is what is parked for one reason.
type ParkedWaiting struct {
	Reason string
	Count  int64
	Oldest time.Time
}

// seatMark is in the names under which processes hold seats instead of checkpoints.
const seatMark = "/"

// sqlReadersBehind looks up one event, or one outcome, for each reader that is behind.
const sqlReadersBehind = `
SELECT r.name, r.shard,
       GREATEST(CASE WHEN r.name = $1::text THEN s.outcomes_head ELSE s.head END - r.position, 0) AS behind,
       CASE WHEN r.name = $1::text
            THEN (SELECT o.at FROM outcomes AS o WHERE o.shard = r.shard AND o.seq = r.position + 1)
            ELSE (SELECT e.at FROM events AS e WHERE e.shard = r.shard AND e.pos = r.position + 1) END AS oldest
FROM subscriptions AS r JOIN shards AS s ON s.shard = r.shard
ORDER BY r.name, r.shard`

const sqlParkedWaiting = `
SELECT reason, count(*), min(at) FROM parked WHERE state = $1::text GROUP BY reason ORDER BY reason`

// Observe reads what the gauges show, in one round trip.
func (s *Store) Observe(ctx context.Context) (Observation, error) {
	var o Observation
	b := &pgx.Batch{}
	b.Queue(sqlReadersBehind, OutcomesReader).Query(o.readers)
	b.Queue(sqlParkedWaiting, StateParked).Query(o.parked)
	if err := s.pool.SendBatch(ctx, b).Close(); err != nil {
		return o, fmt.Errorf("store: observe: %w", err)
	}
	return o, nil
}

// Readers reads how far every reader is behind, and not what is parked: that is counted message by message.
func (s *Store) Readers(ctx context.Context) ([]ReaderBehind, error) {
	var o Observation
	rows, err := s.pool.Query(ctx, sqlReadersBehind, OutcomesReader)
	if err == nil {
		defer rows.Close()
		err = o.readers(rows)
	}
	if err != nil {
		return nil, fmt.Errorf("store: readers: %w", err)
	}
	return o.Readers, nil
}

func (o *Observation) readers(rows pgx.Rows) error {
	for rows.Next() {
		var r ReaderBehind
		var oldest *time.Time
		if err := rows.Scan(&r.Name, &r.Shard, &r.Events, &oldest); err != nil {
			return err
		}
		if strings.Contains(r.Name, seatMark) {
			continue
		}
		if oldest != nil {
			r.Oldest = *oldest
		}
		o.Readers = append(o.Readers, r)
	}
	return rows.Err()
}

func (o *Observation) parked(rows pgx.Rows) error {
	for rows.Next() {
		var p ParkedWaiting
		if err := rows.Scan(&p.Reason, &p.Count, &p.Oldest); err != nil {
			return err
		}
		o.Parked = append(o.Parked, p)
	}
	return rows.Err()
}

// PoolStat is what the pool of connections says of itself; counts are since its start.
type PoolStat struct {
	Idle, InUse, Max int32
	Acquired         int64
	Waited           time.Duration
	Canceled         int64
}

// PoolStat reads the pool's own figures; it asks no database.
func (s *Store) PoolStat() PoolStat {
	stat := s.pool.Stat()
	return PoolStat{
		Idle: stat.IdleConns(), InUse: stat.AcquiredConns(), Max: stat.MaxConns(), Acquired: stat.AcquireCount(),
		Waited: stat.AcquireDuration(), Canceled: stat.CanceledAcquireCount(),
	}
}

package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// Process is a running process of Tenure, as it last said of itself.
type Process struct {
	ID      string // random, for the life of the process
	Version string // of the build
	Roles   []string
	Shards  []int32          // that it owns as a worker
	Blocked map[int32]string // its own shards that are blocked, and why
	Readers []ReaderTrouble  // its readers that do not continue in a shard
	Skew    time.Duration    // its clock minus the database's
	Started time.Time        // real time, by the database
	Age     time.Duration    // since its last sign of life, by the database
}

// ReaderTrouble is a reader of the log that does not continue in a shard.
type ReaderTrouble struct {
	Reader string `json:"reader"`
	Shard  int32  `json:"shard"`
	Why    string `json:"why"`
	Final  bool   `json:"final,omitempty"` // until an operator acts; otherwise it is tried again
	// For is for how long it has been tried again.
	For time.Duration `json:"for,omitempty"`
}

// String writes the trouble for an operator.
func (t ReaderTrouble) String() string {
	return fmt.Sprintf("%s in shard %d: %s", t.Reader, t.Shard, t.Why)
}

// processForget is when a process without a sign of life leaves the table: long enough to be seen by whoever comes in
// the morning.
const processForget = "1 day"

// sqlProcessSeen keeps a sign of life; the database's clock is the witness of all times.
const sqlProcessSeen = `
INSERT INTO processes (id, version, roles, shards, blocked, readers, skew, seen_at)
VALUES ($1::text, $2::text, $3::text[], $4::integer[], $5::jsonb, $6::jsonb, $7::timestamptz - clock_timestamp(),
        clock_timestamp())
ON CONFLICT (id) DO UPDATE SET shards = EXCLUDED.shards, blocked = EXCLUDED.blocked, readers = EXCLUDED.readers,
    skew = EXCLUDED.skew, seen_at = clock_timestamp()`

// sqlProcessesForget also drops signs of life that are yet to come: the clock was put back, and who lives says so again
// in a moment.
const sqlProcessesForget = `
DELETE FROM processes WHERE seen_at < clock_timestamp() - INTERVAL '` + processForget + `'
    OR seen_at > clock_timestamp() + INTERVAL '1 minute'`

// SeeProcess keeps a sign of life of a process; machine is what its own clock shows.
func (s *Store) SeeProcess(ctx context.Context, p Process, machine time.Time) error {
	blocked, err := json.Marshal(p.Blocked)
	readers, also := json.Marshal(slices.Concat([]ReaderTrouble{}, p.Readers))
	if err := errors.Join(err, also); err != nil {
		return fmt.Errorf("store: process: %w", err)
	}
	b := &pgx.Batch{}
	b.Queue(sqlProcessSeen, p.ID, p.Version, p.Roles, p.Shards, blocked, readers, machine)
	b.Queue(sqlProcessesForget)
	if err := s.pool.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("store: process: %w", err)
	}
	return nil
}

const sqlProcessEnd = `DELETE FROM processes WHERE id = $1::text`

// EndProcess takes a process off the list that stops as it should.
func (s *Store) EndProcess(ctx context.Context, id string) error {
	if _, err := s.pool.Exec(ctx, sqlProcessEnd, id); err != nil {
		return fmt.Errorf("store: end process: %w", err)
	}
	return nil
}

const sqlProcesses = `
SELECT id, version, roles, shards, blocked, readers, skew, started_at, clock_timestamp() - seen_at
FROM processes ORDER BY started_at, id`

// Processes lists the processes of the last day, the oldest first.
func (s *Store) Processes(ctx context.Context) ([]Process, error) {
	rows, err := s.pool.Query(ctx, sqlProcesses)
	if err != nil {
		return nil, fmt.Errorf("store: processes: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Process, error) {
		var p Process
		var blocked, readers []byte
		err := row.Scan(&p.ID, &p.Version, &p.Roles, &p.Shards, &blocked, &readers, &p.Skew, &p.Started, &p.Age)
		if err != nil {
			return p, err
		}
		p.Age = p.Age.Abs() // a sign of life that is yet to come is from before the clock was put back
		return p, errors.Join(json.Unmarshal(blocked, &p.Blocked), json.Unmarshal(readers, &p.Readers))
	})
	if err != nil {
		return nil, fmt.Errorf("store: processes: %w", err)
	}
	return all, nil
}

// AuditRecord is what an audit found, check by check.
type AuditRecord struct {
	ID     string // of the invariant, such as I5
	Name   string
	Broken int64 // violations found
	Detail string
}

// AuditSummary is the last audit in a line.
type AuditSummary struct {
	At     time.Time // real time, by the database
	Age    time.Duration
	Checks int
	Broken int // checks that found a violation
}

const sqlAuditKeep = `
INSERT INTO audits (check_id, name, broken, detail) VALUES ($1::text, $2::text, $3::bigint, $4::text)`

// sqlAuditsForget keeps two months: they show on which day something broke.
const sqlAuditsForget = `
DELETE FROM audits WHERE at < now() - INTERVAL '60 days'`

// KeepAudit keeps what an audit found, all checks in one transaction and at one time.
func (s *Store) KeepAudit(ctx context.Context, found []AuditRecord) error {
	b := &pgx.Batch{}
	for _, r := range found {
		b.Queue(sqlAuditKeep, r.ID, r.Name, r.Broken, r.Detail)
	}
	b.Queue(sqlAuditsForget)
	if err := s.InTx(ctx, b); err != nil {
		return fmt.Errorf("store: keep audit: %w", err)
	}
	return nil
}

const sqlAuditLast = `
SELECT at, now() - at, count(*), count(*) FILTER (WHERE broken > 0)
FROM audits WHERE at = (SELECT max(at) FROM audits) GROUP BY at`

// LastAudit sums up the newest audit; false when there is none.
func (s *Store) LastAudit(ctx context.Context) (AuditSummary, bool, error) {
	var a AuditSummary
	err := s.pool.QueryRow(ctx, sqlAuditLast).Scan(&a.At, &a.Age, &a.Checks, &a.Broken)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, false, nil
	}
	if err != nil {
		return a, false, fmt.Errorf("store: last audit: %w", err)
	}
	return a, true, nil
}

const sqlAuditDays = `
SELECT at, now() - at, count(*), count(*) FILTER (WHERE broken > 0)
FROM audits GROUP BY at ORDER BY at DESC LIMIT $1::bigint`

// Audits sums up the last audits, the newest first.
func (s *Store) Audits(ctx context.Context, limit int) ([]AuditSummary, error) {
	rows, err := s.pool.Query(ctx, sqlAuditDays, int64(limit))
	if err != nil {
		return nil, fmt.Errorf("store: audits: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[AuditSummary])
	if err != nil {
		return nil, fmt.Errorf("store: audits: %w", err)
	}
	return all, nil
}

const sqlAuditRecords = `
SELECT check_id, name, broken, detail FROM audits WHERE at = $1::timestamptz ORDER BY check_id, name`

// AuditRecords lists the checks of one audit.
func (s *Store) AuditRecords(ctx context.Context, at time.Time) ([]AuditRecord, error) {
	rows, err := s.pool.Query(ctx, sqlAuditRecords, at)
	if err != nil {
		return nil, fmt.Errorf("store: audit records: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[AuditRecord])
	if err != nil {
		return nil, fmt.Errorf("store: audit records: %w", err)
	}
	return all, nil
}

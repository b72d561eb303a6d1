package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Violation is one place where an invariant does not hold.
type Violation struct {
	Invariant string // I1, I2 …, as docs/reliability.md numbers them
	Detail    string // which row, and what is wrong with it; no payload
	Check     string // name of the check that found it
}

// violationsMax bounds the findings of one check: who has that many needs the first ones.
const violationsMax = 100

// AuditResult is what became of one check.
type AuditResult struct {
	AuditCheck
	Found []Violation   // at most 100
	Took  time.Duration // real time
}

// Audit runs all checks on the tables of the log that hold at any moment, and those of the hash chains of all shards. It
// reads everything and blocks nobody; all checks see the same instant. No violations is what it should return.
func (s *Store) Audit(ctx context.Context) ([]Violation, error) {
	var found []Violation
	keep := func(r AuditResult) error {
		found = append(found, r.Found...)
		return nil
	}
	err := s.AuditTables(ctx, func(c AuditCheck) bool { return !c.AtRest }, keep)
	if err != nil {
		return nil, err
	}
	broken, err := s.AuditChains(ctx, ChainAudit{})
	return append(found, broken...), err
}

// The checks compare tables with each other, so they read one snapshot; they read all there is, so neither the time limit
// nor the plans of short statements fit. A check that cannot read a damaged row must not end the others: each has a point to
// go back to.
const (
	sqlAuditBegin   = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`
	sqlAuditNoLimit = `SET LOCAL statement_timeout = 0`
	sqlAuditScan    = `SET LOCAL enable_seqscan = on`
	sqlAuditPoint   = `SAVEPOINT before_check`
	sqlAuditBack    = `ROLLBACK TO SAVEPOINT before_check`
	sqlAuditEnd     = `COMMIT`
)

// AuditTables runs the checks on tables that wanted asks for, and hands over the result of each.
func (s *Store) AuditTables(ctx context.Context, wanted func(AuditCheck) bool, done func(AuditResult) error) (err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("store: audit: %w", err)
	}
	defer conn.Release()
	for _, sql := range []string{sqlAuditBegin, sqlAuditNoLimit, sqlAuditScan} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("store: audit: %w", err)
		}
	}
	defer func() {
		_, endErr := conn.Exec(context.WithoutCancel(ctx), sqlAuditEnd)
		err = errors.Join(err, endErr)
	}()
	for _, check := range auditChecks {
		if !wanted(check) {
			continue
		}
		began := time.Now()
		found, err := check.run(ctx, conn)
		if err != nil {
			return fmt.Errorf("store: audit: %s: %w", check.Name, err)
		}
		if err := done(AuditResult{AuditCheck: check, Found: found, Took: time.Since(began)}); err != nil {
			return err
		}
	}
	return nil
}

// run is one check. Rows that the database cannot even read are a finding: somebody changed them.
func (c AuditCheck) run(ctx context.Context, conn *pgxpool.Conn) ([]Violation, error) {
	if _, err := conn.Exec(ctx, sqlAuditPoint); err != nil {
		return nil, err
	}
	rows, err := conn.Query(ctx, c.sql+fmt.Sprintf(" LIMIT %d", violationsMax))
	var found []Violation
	if err == nil {
		found, err = collect(rows, 0, func(v [][]byte) Violation {
			return Violation{Invariant: c.Invariant, Check: c.Name, Detail: string(v[0])}
		})
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) && strings.HasPrefix(pg.Code, "22") {
		_, err = conn.Exec(ctx, sqlAuditBack)
		return []Violation{{Invariant: c.Invariant, Check: c.Name, Detail: "cannot be checked, a row is no longer what Tenure wrote: " + pg.Message}}, err
	}
	return found, err
}

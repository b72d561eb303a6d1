package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Violation is one place where an invariant does not hold.
type Violation struct {
	Invariant string // I1, I2 …, as docs/reliability.md numbers them
	Detail    string // which row, and what is wrong with it; no payload
}

// violationsMax bounds the findings of one check: who has that many needs the first ones.
const violationsMax = 100

// check is a query whose every row, one text, is a violation.
type check struct {
	invariant string
	sql       string
}

// Audit checks on the tables of the log what SQL can check, and the hash chains of all shards. It reads everything and
// blocks nobody; all checks see the same instant. No violations is what it should return.
func (s *Store) Audit(ctx context.Context) ([]Violation, error) {
	found, err := s.auditTables(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: audit: %w", err)
	}
	heads, err := s.Heads(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: audit: %w", err)
	}
	for shard := range heads {
		var broken *ChainError
		switch err := s.VerifyChain(ctx, shard); {
		case errors.As(err, &broken):
			found = append(found, Violation{Invariant: "I2", Detail: broken.Error()})
		case err != nil:
			return nil, fmt.Errorf("store: audit: %w", err)
		}
	}
	return found, nil
}

// The checks compare tables with each other, so they read one snapshot; they read all there is, so neither the time limit
// nor the plans of short statements fit.
const (
	sqlAuditBegin   = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`
	sqlAuditNoLimit = `SET LOCAL statement_timeout = 0`
	sqlAuditScan    = `SET LOCAL enable_seqscan = on`
	sqlAuditEnd     = `COMMIT`
)

func (s *Store) auditTables(ctx context.Context) (found []Violation, err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	for _, sql := range []string{sqlAuditBegin, sqlAuditNoLimit, sqlAuditScan} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return nil, err
		}
	}
	defer func() {
		_, endErr := conn.Exec(context.WithoutCancel(ctx), sqlAuditEnd)
		err = errors.Join(err, endErr)
	}()
	for _, check := range checks {
		rows, err := conn.Query(ctx, check.sql+fmt.Sprintf(" LIMIT %d", violationsMax))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", check.invariant, err)
		}
		details, err := collect(rows, 0, func(v [][]byte) Violation {
			return Violation{Invariant: check.invariant, Detail: string(v[0])}
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", check.invariant, err)
		}
		found = slices.Concat(found, details)
	}
	return found, nil
}

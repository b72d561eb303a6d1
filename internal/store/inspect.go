package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// DamagedError says that a row cannot be read as what it should be: it was changed outside Tenure.
type DamagedError struct {
	Reason string // the database's words
	cause  error
}

// Error quotes the database.
func (e *DamagedError) Error() string { return "a row cannot be read: " + e.Reason }

// Unwrap returns the database's error.
func (e *DamagedError) Unwrap() error { return e.cause }

// An inspection reads all there is, so neither the time limit nor the plans of short statements fit. A nested loop is
// what the planner takes while statistics still say that a table is empty, as after a restore: 29 000 events compared
// with 900 outcomes each took ten seconds, and a million would never have ended. A join by merging on the shard alone
// is no better: it compares all rows of a shard with each other.
const (
	sqlInspectNoLimit = `SET LOCAL statement_timeout = 0`
	sqlInspectScan    = `SET LOCAL enable_seqscan = on`
	sqlInspectHash    = `SET LOCAL enable_nestloop = off`
	sqlInspectNoMerge = `SET LOCAL enable_mergejoin = off`
	// One connection to a node of a cluster has one snapshot of it.
	sqlInspectOneByOne = `SET LOCAL citus.max_adaptive_executor_pool_size = 1`
)

// Inspect runs a query that returns one text a row, in a separate snapshot, and returns at most limit of them. It may
// read whole tables. The error is a *DamagedError where a row cannot be read.
func (s *Store) Inspect(ctx context.Context, sql string, limit int) (found []string, err error) {
	how := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = s.Transact(ctx, how, func(tx pgx.Tx) error {
		settings := []string{sqlInspectNoLimit, sqlInspectScan, sqlInspectHash, sqlInspectNoMerge}
		if s.cluster {
			settings = append(settings, sqlInspectOneByOne)
		}
		for _, setting := range settings {
			if _, err := tx.Exec(ctx, setting); err != nil {
				return err
			}
		}
		rows, err := tx.Query(ctx, sql+fmt.Sprintf(" LIMIT %d", limit))
		if err != nil {
			return damagedBy(err)
		}
		found, err = collect(rows, 0, func(v [][]byte) string { return string(v[0]) })
		return damagedBy(err)
	})
	if err != nil {
		return nil, fmt.Errorf("store: inspect: %w", err)
	}
	return found, nil
}

// damagedBy recognises a value that is not what the query takes it for.
func damagedBy(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && strings.HasPrefix(pg.Code, "22") {
		return &DamagedError{Reason: pg.Message, cause: errUnreadableRow}
	}
	return err
}

// errUnreadableRow takes the place of the database's error, which would pass for a conflict of a write.
var errUnreadableRow = errors.New("the database cannot read a row")

const sqlEncryption = `SELECT ssl, coalesce(version, ''), coalesce(cipher, '') FROM pg_stat_ssl WHERE pid = pg_backend_pid()`

// Encryption describes how the connection to the database is encrypted, as the server has negotiated it.
func (s *Store) Encryption(ctx context.Context) (string, error) {
	var encrypted bool
	var version, cipher string
	if err := s.pool.QueryRow(ctx, sqlEncryption).Scan(&encrypted, &version, &cipher); err != nil {
		return "", fmt.Errorf("store: encryption: %w", err)
	}
	if !encrypted {
		return "plain text", nil
	}
	return "encrypted with " + version + " " + cipher, nil
}

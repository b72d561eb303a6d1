package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Connection is how many connections a role has to the database.
type Connection struct {
	Role   string
	Count  int64
	Active int64         // those with a statement under way; 0 where the caller may not see it
	Oldest time.Duration // of the transactions that are open; 0: none, or not to be seen
}

const (
	sqlConnections = `
SELECT coalesce(usename, '')::text, count(*), count(*) FILTER (WHERE state = 'active' AND pid <> pg_backend_pid()),
       coalesce(max(now() - xact_start) FILTER (WHERE pid <> pg_backend_pid()), INTERVAL '0')
FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
GROUP BY 1 ORDER BY 2 DESC, 1`

	sqlConnectionsMax = `SELECT current_setting('max_connections')::bigint`
)

// Connections lists the roles that are connected to the database, those with the most connections first, and how many
// connections the server takes in all.
func (s *Store) Connections(ctx context.Context) (all []Connection, most int64, err error) {
	rows, err := s.pool.Query(ctx, sqlConnections)
	if err != nil {
		return nil, 0, fmt.Errorf("store: connections: %w", err)
	}
	if all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Connection]); err != nil {
		return nil, 0, fmt.Errorf("store: connections: %w", err)
	}
	if err = s.pool.QueryRow(ctx, sqlConnectionsMax).Scan(&most); err != nil {
		return nil, 0, fmt.Errorf("store: connections: %w", err)
	}
	return all, most, nil
}

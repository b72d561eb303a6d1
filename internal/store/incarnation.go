package store

import (
	"context"
	"fmt"
)

// Incarnation identifies the database that answers: it is another one once a standby was promoted, a backup was
// restored or the server was started again. The log of another one may end earlier, and what was compared with it, or
// read from it, may be of a history that it does not have; a lease that it has may be as it was before others held it.
type Incarnation string

const sqlIncarnation = `
SELECT pg_postmaster_start_time()::text || '/' || oid::text FROM pg_database WHERE datname = current_database()`

// Incarnation asks which database answers now.
func (s *Store) Incarnation(ctx context.Context) (of Incarnation, err error) {
	if err := s.pool.QueryRow(ctx, sqlIncarnation).Scan(&of); err != nil {
		return "", fmt.Errorf("store: incarnation: %w", err)
	}
	return of, nil
}

package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrClockBack says that the simulated clock would go back.
var ErrClockBack = errors.New("the simulated clock cannot go back")

const sqlSetClock = `
WITH moved AS (
    INSERT INTO clock AS c (one, now) VALUES (true, $1::timestamptz)
    ON CONFLICT (one) DO UPDATE SET now = excluded.now WHERE c.now <= excluded.now
    RETURNING 1
)
SELECT CASE WHEN EXISTS (SELECT 1 FROM moved) THEN 0
       ELSE tenure_refuse('` + stateClockBack + `', 'the simulated clock cannot go back') END`

// SetClock sets the simulated clock, or moves it forward; ErrClockBack when it would go back.
func (s *Store) SetClock(ctx context.Context, t time.Time) error {
	if _, err := s.pool.Exec(ctx, sqlSetClock, t); err != nil {
		return fmt.Errorf("store: set clock: %w", classify(err))
	}
	return nil
}

const sqlClock = `SELECT now FROM clock`

// Clock is the simulated clock; false when there is none and real time counts.
func (s *Store) Clock(ctx context.Context) (time.Time, bool, error) {
	var now time.Time
	err := s.pool.QueryRow(ctx, sqlClock).Scan(&now)
	if errors.Is(err, pgx.ErrNoRows) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, fmt.Errorf("store: clock: %w", err)
	}
	return now.UTC(), true, nil
}

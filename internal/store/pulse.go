package store

import (
	"context"
	"fmt"
)

// One row says where everything is that a page for operators shows as moving: what was decided, what readers have
// taken, how far open runs are, and what is halted.
const sqlPulse = `
SELECT concat_ws(' ',
  (SELECT sum(head) || ':' || sum(next_offset) || ':' || sum(epoch) FROM shards),
  (SELECT sum(position) || ':' || sum(epoch) FROM subscriptions),
  (SELECT sum(examined) || ':' || count(*) FROM run_shards WHERE state = 'open'),
  (SELECT count(*) || ':' || max(at) FROM run_halts))::text`

// Pulse is a text that differs once something has moved that pages for operators show.
func (s *Store) Pulse(ctx context.Context) (string, error) {
	var pulse string
	if err := s.pool.QueryRow(ctx, sqlPulse).Scan(&pulse); err != nil {
		return "", fmt.Errorf("store: pulse: %w", err)
	}
	return pulse, nil
}

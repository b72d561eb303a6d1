package catalog

import (
	"context"
	"time"
)

// followInterval is how old the newest snapshot may be between two requests for a newer one.
const followInterval = 250 * time.Millisecond

// Follow keeps the newest snapshot up to date until ctx ends. While the database is at fault it stays as it was.
func (r *Reader) Follow(ctx context.Context) {
	ticker := time.NewTicker(followInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if _, err := r.Latest(ctx); err != nil && ctx.Err() == nil {
			r.log.Warn("catalog: the newest version cannot be read", "error", err, "wait", followInterval)
		}
	}
}

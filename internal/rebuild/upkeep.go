package rebuild

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tenure/internal/store"
	"tenure/projections"
)

// upkeepPause is how long a failed build waits, and how often a process looks whether another one is through with it.
const upkeepPause = 10 * time.Second

// Upkeep builds again, one after the other, the read models that were written by a lower version than this build's, and
// returns when there is none. Meanwhile the old rows are read, and kept going, as before. Several processes may call
// it: one builds, the others wait. It waits faults out, and returns early only when ctx ends, without an error.
func Upkeep(ctx context.Context, s *store.Store, all []projections.Projection, o Options, log *slog.Logger) {
	for _, p := range all {
		for ctx.Err() == nil {
			done, err := upkeep(ctx, s, p, o, log)
			if done || ctx.Err() != nil {
				break
			}
			if err != nil {
				log.Warn("rebuild: waiting to try again", "subscriber", p.Name(), "error", err, "pause", upkeepPause)
			}
			if !pause(ctx, upkeepPause) {
				return
			}
		}
	}
}

// upkeep reports whether a read model is of this build's version or above, and builds it once when not.
func upkeep(ctx context.Context, s *store.Store, p projections.Projection, o Options, log *slog.Logger) (done bool,
	err error) {
	stored, err := s.ReaderVersion(ctx, p.Name())
	if err != nil {
		return false, err
	}
	if stored == 0 || stored >= p.Version() { // one that never ran begins with this version
		return true, nil
	}
	log.Info("rebuild: a read model of an older version is rebuilt", "subscriber", p.Name(), "version", p.Version())
	report, err := Run(ctx, s, p, o)
	switch {
	case errors.Is(err, ErrBusy):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("version %d: %w", p.Version(), err)
	}
	log.Info("rebuild: a read model is of the new version", "subscriber", p.Name(), "version", p.Version(),
		"events", report.Events, "took", report.Took)
	return true, nil
}

package feed

import (
	"context"
	"log/slog"
	"time"

	"tenure/internal/backoff"
	"tenure/internal/store"
)

// retirePause is how often a process looks whether a former reader still has processes of an older build.
const retirePause = 10 * time.Second

// Retire forgets readers that no subscriber of this build drives, each once no process of an older build does: their
// checkpoints would stay where they are and count as behind. It returns when all are gone, or ctx ends. An older build
// that is started again begins with the log, and finds its rows as a repetition leaves them.
func Retire(ctx context.Context, s *store.Store, names []string, log *slog.Logger) {
	for _, name := range names {
		for ctx.Err() == nil {
			gone, err := s.ForgetReaders(ctx, name, name+memberSuffix)
			if gone {
				break
			}
			if err != nil && ctx.Err() == nil {
				log.Warn("feed: a former reader stays for now", "subscriber", name, "error", err, "pause", retirePause)
			}
			if !backoff.Sleep(ctx, retirePause) {
				return
			}
		}
	}
}

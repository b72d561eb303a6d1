package telemetry

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

const (
	// repeatEvery is how often the same fault is logged while a loop waits it out.
	repeatEvery = time.Minute
	// faultsMax bounds how many faults are told apart; beyond it all of them are logged again.
	faultsMax = 256
)

// seldom lets the first line of a fault that is waited out into the log, and then one a minute with the number of those
// between: a database or broker that is away is the same fault for each shard and reader, several times a second. Such
// a line is a warning or an error with the pause until the next attempt. All others pass.
type seldom struct {
	slog.Handler
	known *faults
}

// faults is what the loggers of one process have in common.
type faults struct {
	mu    sync.Mutex
	known map[string]fault
}

type fault struct {
	logged time.Time
	count  int // since the last line
}

func newSeldom(next slog.Handler) slog.Handler {
	return seldom{next, &faults{known: map[string]fault{}}}
}

// Handle logs a line, or counts it.
func (s seldom) Handle(ctx context.Context, r slog.Record) error {
	if r.Level < slog.LevelWarn {
		return s.Handler.Handle(ctx, r)
	}
	cause, waits := "", false
	r.Attrs(func(a slog.Attr) bool {
		waits = waits || a.Key == KeyPause || a.Key == KeyWait
		if a.Key == KeyError {
			cause = a.Value.String()
		}
		return true
	})
	if !waits {
		return s.Handler.Handle(ctx, r)
	}
	attempts, due := s.known.due(r.Message+cause, r.Time)
	if !due {
		return nil
	}
	if attempts > 1 {
		r = r.Clone()
		r.AddAttrs(slog.Int(KeyAttempts, attempts))
	}
	return s.Handler.Handle(ctx, r)
}

// WithAttrs keeps what the process has logged.
func (s seldom) WithAttrs(attrs []slog.Attr) slog.Handler {
	return seldom{s.Handler.WithAttrs(attrs), s.known}
}

// WithGroup keeps what the process has logged.
func (s seldom) WithGroup(name string) slog.Handler {
	return seldom{s.Handler.WithGroup(name), s.known}
}

// due reports whether a fault at this time is logged, and how many attempts the line stands for.
func (f *faults) due(text string, now time.Time) (attempts int, ok bool) {
	key := withoutNumbers(text)
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.known) >= faultsMax {
		clear(f.known)
	}
	one := f.known[key]
	one.count++
	if !one.logged.IsZero() && now.Sub(one.logged) < repeatEvery {
		f.known[key] = one
		return 0, false
	}
	f.known[key] = fault{logged: now}
	return one.count, true
}

// withoutNumbers makes the same fault of other shards, positions and ports one.
func withoutNumbers(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, text)
}

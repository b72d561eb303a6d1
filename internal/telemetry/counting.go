package telemetry

import (
	"context"
	"log/slog"
	"strings"
)

// componentBytesMax bounds the label made of a message: a package's name is shorter.
const componentBytesMax = 24

// CountLog wraps a log's handler: warnings and errors are counted by level and by the part that wrote them, whether
// they are written or not, so that an alert on errors also covers faults without a metric.
func (m *Metrics) CountLog(next slog.Handler) slog.Handler {
	return &counting{Handler: next, metrics: m}
}

type counting struct {
	slog.Handler
	metrics *Metrics
}

// Enabled lets warnings through to be counted even where the log leaves them out.
func (c *counting) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn || c.Handler.Enabled(ctx, level)
}

// Handle counts and hands on.
func (c *counting) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		c.metrics.own.logMessages.WithLabelValues(levelLabel(r.Level), component(r.Message)).Inc()
	}
	if !c.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return c.Handler.Handle(ctx, r)
}

// WithAttrs keeps counting.
func (c *counting) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &counting{c.Handler.WithAttrs(attrs), c.metrics}
}

// WithGroup keeps counting.
func (c *counting) WithGroup(name string) slog.Handler {
	return &counting{c.Handler.WithGroup(name), c.metrics}
}

func levelLabel(level slog.Level) string {
	if level >= slog.LevelError {
		return "error"
	}
	return "warn"
}

// component is the word before the first colon of a message, with which all of Tenure's begin; "other" for any other
// text.
func component(message string) string {
	word, _, found := strings.Cut(message, ":")
	if !found || word == "" || len(word) > componentBytesMax || strings.ContainsFunc(word, notLower) {
		return "other"
	}
	return word
}

func notLower(r rune) bool { return r < 'a' || r > 'z' }

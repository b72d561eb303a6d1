package history

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tenure/events"
)

// Point is a point in a history: a business time, or a position in the log. Its zero value is the end.
type Point struct {
	At       time.Time
	Shard    int32 // of the position; anyShard where only its number is given
	Position int64
}

// anyShard is the shard of whatever stream is read: a stream has one.
const anyShard int32 = -1

// ParsePoint reads a business time (RFC 3339, or a date, which begins at midnight UTC) or a position: its number, or
// shard and number as ce_position has them, with or without an @ before it: "2026-10-30", "120", "3:120", "@3:120".
// Empty is the end.
func ParsePoint(text string) (Point, error) {
	if text == "" {
		return Point{}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return Point{At: at.UTC()}, nil
		}
	}
	shard, number, both := strings.Cut(strings.TrimPrefix(text, "@"), ":")
	p := Point{Shard: anyShard}
	if !both {
		shard, number = "", shard
	}
	if both {
		n, err := strconv.ParseInt(shard, 10, 32)
		if err != nil || n < 0 {
			return Point{}, &pointError{Text: text}
		}
		p.Shard = int32(n)
	}
	var err error
	if p.Position, err = strconv.ParseInt(number, 10, 64); err != nil || p.Position < 1 {
		return Point{}, &pointError{Text: text}
	}
	return p, nil
}

// pointError is a text that names no point.
type pointError struct{ Text string }

// Error shows what would name one.
func (e *pointError) Error() string {
	return fmt.Sprintf("%q is neither a time such as 2026-07-01T00:00:00Z nor a position such as 120 or 3:120", e.Text)
}

// IsEnd reports whether the point is the end of the history.
func (p Point) IsEnd() bool { return p == Point{} }

// String writes what ParsePoint reads.
func (p Point) String() string {
	switch {
	case p.IsEnd():
		return ""
	case !p.At.IsZero():
		return p.At.Format(time.RFC3339Nano)
	case p.Shard == anyShard:
		return strconv.FormatInt(p.Position, 10)
	}
	return fmt.Sprintf("%d:%d", p.Shard, p.Position)
}

// Until returns the part of a history up to the point, inclusive. A position of another shard than the history's is an
// error: it says nothing about this one.
func (p Point) Until(history []events.Recorded) ([]events.Recorded, error) {
	if len(history) > 0 && p.Position != 0 && p.Shard != anyShard && p.Shard != history[0].Shard {
		return nil, fmt.Errorf("position %s is of shard %d, the history is in shard %d", p, p.Shard, history[0].Shard)
	}
	end := slices.IndexFunc(history, func(r events.Recorded) bool {
		return p.Position != 0 && r.Position > p.Position || !p.At.IsZero() && r.At.After(p.At)
	})
	if end < 0 {
		return history, nil
	}
	return history[:end], nil
}

package api

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tenure/projections"
)

// Limits bound the calls of one access token to CallGear's API, over all processes; 0 means what is published.
type Limits struct {
	Day, Minute int64
}

// The limits as published.
const (
	dayLimitDefault    = 3000
	minuteLimitDefault = 60
)

// counters are how many calls are left, and after how many seconds they are counted from zero again.
type counters struct {
	DayLimit        int64 `json:"day_limit"`
	DayRemaining    int64 `json:"day_remaining"`
	DayReset        int64 `json:"day_reset"`
	MinuteLimit     int64 `json:"minute_limit"`
	MinuteRemaining int64 `json:"minute_remaining"`
	MinuteReset     int64 `json:"minute_reset"`
}

// meter counts calls in the database, so that a token has its limits once, over all processes. Days and minutes are
// those of UTC.
type meter struct {
	limits   Limits
	now      func() time.Time
	database projections.Database
}

func newMeter(l Limits, now func() time.Time, db projections.Database) *meter {
	if l.Day == 0 {
		l.Day = dayLimitDefault
	}
	if l.Minute == 0 {
		l.Minute = minuteLimitDefault
	}
	return &meter{limits: l, now: now, database: db}
}

const day = 24 * time.Hour

const (
	// sqlCallTake counts a call where the token has one left. A process whose clock is behind counts in the latest day and
	// minute that any has seen.
	sqlCallTake = `
INSERT INTO callgear_calls AS c (token, day, in_day, minute, in_minute)
VALUES ($1::bytea, $2::timestamptz, 1, $3::timestamptz, 1)
ON CONFLICT (token) DO UPDATE
SET day = greatest(c.day, excluded.day), in_day = CASE WHEN c.day < excluded.day THEN 1 ELSE c.in_day + 1 END,
    minute = greatest(c.minute, excluded.minute),
    in_minute = CASE WHEN c.minute < excluded.minute THEN 1 ELSE c.in_minute + 1 END
WHERE (c.day < excluded.day OR c.in_day < $4::bigint) AND (c.minute < excluded.minute OR c.in_minute < $5::bigint)
RETURNING true`

	sqlCallsTaken = `
SELECT CASE WHEN c.day < $2::timestamptz THEN 0 ELSE c.in_day END,
       CASE WHEN c.minute < $3::timestamptz THEN 0 ELSE c.in_minute END
FROM callgear_calls AS c WHERE c.token = $1::bytea`

	// sqlCallsPurge drops counts of past days.
	sqlCallsPurge = `
DELETE FROM callgear_calls WHERE day < now() - INTERVAL '2 days'`
)

// take counts one call; false when there is none left, and then it does not count.
func (m *meter) take(ctx context.Context, token string) (left counters, ok bool, err error) {
	now := m.now().UTC()
	today, minute, key := now.Truncate(day), now.Truncate(time.Minute), tokenHash(token)
	var inDay, inMinute int64
	b := &pgx.Batch{}
	b.Queue(sqlCallTake, key, today, minute, m.limits.Day, m.limits.Minute).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			ok = true
		}
		return rows.Err()
	})
	b.Queue(sqlCallsTaken, key, today, minute).QueryRow(func(row pgx.Row) error { return row.Scan(&inDay, &inMinute) })
	if err := m.database.InTx(ctx, b); err != nil {
		return counters{}, false, fmt.Errorf("api: count a call: %w", err)
	}
	return counters{
		DayLimit:        m.limits.Day,
		DayRemaining:    max(0, m.limits.Day-inDay),
		DayReset:        seconds(today.Add(day).Sub(now)),
		MinuteLimit:     m.limits.Minute,
		MinuteRemaining: max(0, m.limits.Minute-inMinute),
		MinuteReset:     seconds(minute.Add(time.Minute).Sub(now)),
	}, ok, nil
}

// seconds rounds up: after so many the count has started from zero.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

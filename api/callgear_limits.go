package api

import (
	"crypto/sha256"
	"sync"
	"time"
)

// Limits bound the calls of one access token to CallGear's API in one process; 0 means what is published.
type Limits struct {
	Day, Minute int64
}

// The limits as published.
const (
	dayLimitDefault    = 3000
	minuteLimitDefault = 60
)

// counters tell how many calls are left, and in how many seconds they are counted anew.
type counters struct {
	DayLimit        int64 `json:"day_limit"`
	DayRemaining    int64 `json:"day_remaining"`
	DayReset        int64 `json:"day_reset"`
	MinuteLimit     int64 `json:"minute_limit"`
	MinuteRemaining int64 `json:"minute_remaining"`
	MinuteReset     int64 `json:"minute_reset"`
}

// meter counts calls. Days and minutes are those of UTC.
type meter struct {
	limits Limits
	now    func() time.Time

	mu     sync.Mutex
	counts map[[32]byte]*count
}

type count struct {
	day, minute     time.Time // when they began
	inDay, inMinute int64
}

// meterMax bounds the tokens that are counted; when there are more, all begin anew.
const meterMax = 100_000

func newMeter(l Limits, now func() time.Time) *meter {
	if l.Day == 0 {
		l.Day = dayLimitDefault
	}
	if l.Minute == 0 {
		l.Minute = minuteLimitDefault
	}
	return &meter{limits: l, now: now, counts: map[[32]byte]*count{}}
}

const day = 24 * time.Hour

// take counts one call; false when there is none left, and then it does not count.
func (m *meter) take(token string) (counters, bool) {
	now := m.now().UTC()
	key := sha256.Sum256([]byte(token))
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.counts[key]
	if c == nil {
		if len(m.counts) >= meterMax {
			clear(m.counts)
		}
		c = &count{}
		m.counts[key] = c
	}
	if begin := now.Truncate(day); !begin.Equal(c.day) {
		c.day, c.inDay = begin, 0
	}
	if begin := now.Truncate(time.Minute); !begin.Equal(c.minute) {
		c.minute, c.inMinute = begin, 0
	}
	ok := c.inDay < m.limits.Day && c.inMinute < m.limits.Minute
	if ok {
		c.inDay++
		c.inMinute++
	}
	return counters{
		DayLimit: m.limits.Day, DayRemaining: m.limits.Day - c.inDay, DayReset: seconds(c.day.Add(day).Sub(now)),
		MinuteLimit: m.limits.Minute, MinuteRemaining: m.limits.Minute - c.inMinute, MinuteReset: seconds(c.minute.Add(time.Minute).Sub(now)),
	}, ok
}

// seconds rounds up: after so many a call is counted anew for sure.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
)

func TestTonight(t *testing.T) {
	t.Parallel()
	rows := []struct{ name, now, want string }{
		{"by day it is today's", "2026-05-12T10:00:00Z", "2026-05-12"},
		{"just before local midnight it is today's", "2026-05-12T21:59:59Z", "2026-05-12"},
		{"just after it still is: midnight's changes come first", "2026-05-12T22:04:59Z", "2026-05-12"},
		{"five minutes after it is the new day's", "2026-05-12T22:05:00Z", "2026-05-13"},
		{"in winter too", "2026-12-31T23:05:00Z", "2027-01-01"},
		{"the night in which the clocks go forward has one run", "2026-03-29T01:30:00Z", "2026-03-29"},
		{"and so has the one in which they go back", "2026-10-25T01:30:00Z", "2026-10-25"},
	}
	p := billing.DefaultPolicy()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			now, err := time.Parse(time.RFC3339, r.now)
			require.NoError(t, err)
			assert.Equal(t, r.want, domain.Tonight(now, p.Zone()).String())
		})
	}
}

func TestNights(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name, last, tonight string
		want                []string
	}{
		{"a system without runs begins with tonight", "", "2026-05-12", []string{"2026-05-12"}},
		{"after last night comes tonight", "2026-05-11", "2026-05-12", []string{"2026-05-12"}},
		{"a night that has its run has no other", "2026-05-12", "2026-05-12", nil},
		{"nor has one before it, should the clock go back", "2026-05-13", "2026-05-12", nil},
		{"missed nights come in their order, over the start of a month", "2026-05-29", "2026-06-02",
			[]string{"2026-05-30", "2026-05-31", "2026-06-01", "2026-06-02"}},
		{"and over the end of a year", "2026-12-30", "2027-01-01", []string{"2026-12-31", "2027-01-01"}},
		{"29 February is a night", "2028-02-28", "2028-03-01", []string{"2028-02-29", "2028-03-01"}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, d := range domain.Nights(day(r.last), day(r.tonight)) {
				got = append(got, d.String())
			}
			assert.Equal(t, r.want, got)
		})
	}
}

func TestNights_BeyondOnePollComeWithTheNext(t *testing.T) {
	t.Parallel()
	last, tonight := day("2024-01-01"), day("2026-06-02")
	var all []billing.Date
	for range 10 {
		nights := domain.Nights(last, tonight)
		if len(nights) == 0 {
			break
		}
		all = append(all, nights...)
		last = nights[len(nights)-1]
	}
	assert.Equal(t, tonight, last)
	assert.Len(t, all, int(tonight-day("2024-01-01")))
}

// TestNights_EveryMissedFirstClosesItsDocuments is why nights are made up for one by one: the run of a first closes a
// month, and no other does.
func TestNights_EveryMissedFirstClosesItsDocuments(t *testing.T) {
	t.Parallel()
	p := billing.DefaultPolicy()
	var closed []string
	for _, night := range domain.Nights(day("2026-05-20"), day("2026-07-03")) {
		if domain.ClosesDocuments(p, night) {
			closed = append(closed, domain.DocumentCycle(p, night))
		}
	}
	assert.Equal(t, []string{"2026-06", "2026-07"}, closed)
}

func TestOverdue_IsAfterTheHour(t *testing.T) {
	t.Parallel()
	zone := func() *time.Location { p := billing.DefaultPolicy(); return p.Zone() }()
	rows := []struct {
		name, complete, now string
		want                bool
	}{
		{"before its hour nobody waits for it", "2026-05-11", "2026-05-12T01:59:00Z", false},
		{"at its hour it is late", "2026-05-11", "2026-05-12T02:00:00Z", true},
		{"when it is complete it is not", "2026-05-12", "2026-05-12T02:00:00Z", false},
		{"in the evening it still is", "2026-05-11", "2026-05-12T21:00:00Z", true},
		{"before the hour yesterday's counts", "2026-05-10", "2026-05-12T01:00:00Z", true},
		{"a new system waits for its first night", "", "2026-05-12T01:00:00Z", false},
		{"and not indefinitely", "", "2026-05-12T03:00:00Z", true},
		{"the hour is that of the clocks on the wall when they go forward", "2026-03-28", "2026-03-29T01:59:00Z", false},
		{"and then it is late", "2026-03-28", "2026-03-29T02:00:00Z", true},
		{"and back", "2026-10-24", "2026-10-25T02:59:00Z", false},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			now, err := time.Parse(time.RFC3339, r.now)
			require.NoError(t, err)
			assert.Equal(t, r.want, domain.Overdue(day(r.complete), now, zone, 4*time.Hour))
		})
	}
}

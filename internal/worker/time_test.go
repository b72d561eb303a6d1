package worker

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/bus"
	"tenure/internal/clock"
	"tenure/internal/store"
)

func TestReading_IsBehindUntilItsEndIsRead(t *testing.T) {
	t.Parallel()
	start := time.Now()
	r := reading{newest: 10, behind: true, last: start}
	r.follow(5, 12, 5, start)
	require.True(t, r.behind)
	r.follow(10, 12, 5, start)
	require.True(t, r.behind, "more has come since the claim")
	r.follow(12, 12, 2, start)
	require.False(t, r.behind)
	r.follow(12, 14, 0, start)
	require.True(t, r.behind)
	r.follow(12, 14, 0, start.Add(idleAfter))
	require.False(t, r.behind, "the last offsets are markers of transactions")
}

func TestDecisionTime_IsThatOfTheRecordBetweenTheLastDecisionAndTheClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 10, 30, 20, 10, 0, 0, time.UTC)
	o := &owner{Worker: &Worker{Clock: midnight(now), recordTime: true}}
	for name, c := range map[string]struct{ record, last, want time.Time }{
		"a backlog":                        {now.Add(-time.Hour), time.Time{}, now.Add(-time.Hour)},
		"a record before the last one":     {now.Add(-time.Hour), now.Add(-time.Minute), now.Add(-time.Minute)},
		"a broker whose clock is ahead":    {now.Add(time.Hour), time.Time{}, now},
		"a record without a time":          {time.Time{}, time.Time{}, now},
		"a shard that is ahead of a clock": {now.Add(-time.Hour), now.Add(time.Hour), now.Add(time.Hour)},
	} {
		require.Equal(t, c.want, o.decisionTime(&item{msg: bus.Message{Time: c.record}}, c.last), name)
	}
	parked := &item{msg: bus.Message{Time: now.Add(-time.Hour)}, row: &store.Parked{}}
	require.Equal(t, now, o.decisionTime(parked, time.Time{}), "an operator's retry is decided now")
	o.recordTime = false
	require.Equal(t, now, o.decisionTime(&item{msg: bus.Message{Time: now.Add(-time.Hour)}}, time.Time{}),
		"a simulated clock")
	require.True(t, (&Worker{Clock: clock.System{}}).realTime())
}

// The database's clock was an hour behind as the batch was read: what the write does not refuse was decided at a time
// that its clock has reached.
func TestAge_GoesByTheTimeOfTheDecisionWhereTheDatabaseWasBehind(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)
	b := &batch{owner: &owner{Worker: &Worker{Clock: clock.System{}}}}
	b.known.Now, b.world.Now = now.Add(-time.Hour), now
	require.Equal(t, now, b.ageTime())
	b.known.Now = now.Add(time.Hour)
	require.Equal(t, now.Add(time.Hour), b.ageTime(), "a record may be older than its decision")
	b.owner.Clock = midnight(now)
	b.known.Now = now.Add(-time.Hour)
	require.Equal(t, now.Add(-time.Hour), b.ageTime(), "a simulated clock says nothing of ages")
}

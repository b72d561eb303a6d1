package worker_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/internal/test/environment"
)

// opens are the shards of all in which the run of a date has work.
func (s *system) opens(date string) []int32 {
	s.t.Helper()
	all, err := s.employeeShards(context.Background())
	require.NoError(s.t, err)
	planner := s.planner(0)
	planner.Publisher = s.pub
	opens, err := planner.Opens(context.Background(), billing.MustDate(date), all)
	require.NoError(s.t, err)
	return opens
}

// shardOf is the shard of an employee.
func shardOf(n int) int32 {
	at := contract.PartitionOf([]byte(employeeID(n)), environment.Partitions)
	return int32(store.ShardOf(store.FamilyEmployee, at))
}

func TestOpens_ShardsWhereWorkIsDueOrMayBe(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-20T10:00:00Z")
	all, err := s.employeeShards(t.Context())
	require.NoError(t, err)
	assert.Equal(t, all, s.opens("2026-10-20"), "shards that no worker has claimed")
	stop := s.startWorker()
	s.company()
	s.eventually("all shards are claimed", func() bool { return len(s.heads()) == len(all) })
	opens := s.opens("2026-10-20")
	assert.Empty(t, opens)
	assert.NotNil(t, opens, "no shard is a list too, and no null")

	hireFirst(s)
	assert.Equal(t, []int32{shardOf(1)}, s.opens("2026-10-20"))
	s.night()
	assert.Empty(t, s.opens("2026-10-21"), "it is billed for the month")
	assert.Equal(t, []int32{shardOf(1)}, s.opens("2026-11-01"))

	other := 2
	for shardOf(other) == shardOf(1) {
		other++
	}
	stop()
	s.send(hire(other))
	assert.Equal(t, []int32{shardOf(other)}, s.opens("2026-10-21"),
		"a command that the broker has acknowledged may make an employee due")
	s.startWorker()
	s.outcome(hire(other))
	s.clock.set("2026-10-21T06:00:00Z")
	s.night()
	s.applied(order("billing.set_policy.v1", domain.PolicyID, "rounding", object{
		"key": "changeDay", "value": "OLD_STATE", "from": "2026-10-23", "reason": "agreed"}))
	assert.Empty(t, s.opens("2026-10-22"))
	assert.Equal(t, all, s.opens("2026-10-23"), "another policy begins to hold, which makes everybody due")
}

// started is the event that began a run.
func (s *system) started(run string) *events.RunStarted {
	s.t.Helper()
	r, err := runstate.Read(context.Background(), s.store, run)
	require.NoError(s.t, err)
	require.NotNil(s.t, r.Started)
	return r.Started
}

func TestOpens_ARunIsOpenedWhereItHasWorkAndNowhereElse(t *testing.T) {
	t.Parallel()
	s := afterOctober(t)
	assert.Equal(t, []int32{shardOf(1)}, s.started("nightly/2026-10-31").Shards)
	for shard := range s.heads() {
		want := []string{"nightly/2026-10-31"}
		if int32(shard) != shardOf(1) {
			want = nil
		}
		assert.Equal(t, want, s.nights(shard))
	}
	s.night()
	s.clock.set("2026-11-02T06:00:00Z")
	before := s.heads()
	s.night()
	assert.Equal(t, []int32{}, s.started("nightly/2026-11-02").Shards)
	assert.Equal(t, before, s.heads(), "a night in which nobody is due leaves nothing in the employees' shards")
	known, err := s.store.RunShards(t.Context(), "nightly/2026-11-02")
	require.NoError(t, err)
	assert.Empty(t, known)
	s.audited()
}

// A command that comes between plan and start is billed by this run, one that comes when the run is under way by the
// next one: no matter that the plan has seen nobody in the shard.
func TestOpens_WhoBecomesDueAfterThePlanIsBilledByThisRun(t *testing.T) {
	t.Parallel()
	s := afterOctober(t)
	s.night()
	s.clock.set("2026-11-02T06:00:00Z")
	d := s.driver()
	plan := d.Planner
	d.Planner = func(ctx context.Context, date billing.Date) (runstate.Plan, error) {
		made, err := plan(ctx, date)
		if date == billing.MustDate("2026-11-02") {
			s.send(hire(2)) // nobody waits for it: it stands on the topic
		}
		return made, err
	}
	s.eventually("the run is complete", func() bool {
		status, err := d.Ensure(context.Background())
		require.NoError(t, err)
		return status.Complete()
	})
	assert.Contains(t, s.started("nightly/2026-11-02").Shards, shardOf(2))
	lines := s.lines()
	assert.True(t, slices.ContainsFunc(lines, func(l billing.Line) bool { return l.Employee == employeeID(2) }),
		"%d lines", len(lines))
	s.audited()
}

// Plan, start and end of an empty night are one batch of their owner when it was away: the start is written before the
// end is decided, which reads what is written.
func TestOpens_AnEmptyNightIsOneBatch(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-20T10:00:00Z")
	stop := s.startWorker()
	s.company()
	s.eventually("all shards are claimed", func() bool { return len(s.heads()) == environment.Partitions })
	stop()
	_, err := s.driver().Ensure(t.Context()) // and its process is gone
	require.NoError(t, err)
	s.startWorker()
	s.eventually("the run is complete", func() bool {
		run, err := runstate.Read(context.Background(), s.store, "nightly/2026-10-20")
		require.NoError(t, err)
		return run.Completed
	})
	assert.Equal(t, []int32{}, s.started("nightly/2026-10-20").Shards)
	s.audited()
}

// A change to another rate plan is scheduled for the 1st, and dropped on that day since the plan is not offered any
// more: the old one goes on and is due. Nothing but time makes it so, after the night has been planned.
func TestOpens_WhoTimeMakesDueIsBilledByTheNightOfTheDay(t *testing.T) {
	t.Parallel()
	const old, next, account = "52f4fd7734697b28000000a1", "52f4fd7734697b28000000a2", "52f4fd7734697b28000000b1"
	s := newSystem(t, "2026-10-31T12:00:00Z")
	stop := s.startWorker()
	s.company()
	s.applied(order("catalog.put_product.v1", old, "old", object{"type": "MVNO_RATEPLAN", "recurrence": "MONTHLY",
		"price": "10.00", "wholesale": "5"}))
	s.applied(order("catalog.put_product.v1", next, "next", object{"type": "MVNO_RATEPLAN", "recurrence": "MONTHLY"}))
	s.applied(order("employee.create.v1", employeeID(1), "hire", object{"customer": customer, "name": "One"}))
	s.applied(order("employee.attach_mvno_account.v1", employeeID(1), "attach", object{"_id": account, "ratePlan": old,
		"state": "ACTIVE", "numberState": "IN_USE"}))
	s.night()
	s.applied(order("employee.schedule_rate_plan_change.v1", employeeID(1), "change", object{"_id": account,
		"newRatePlan": next}))
	s.applied(order("catalog.put_product.v1", next, "end", object{"type": "MVNO_RATEPLAN", "recurrence": "MONTHLY",
		"end": "2026-11-01"}))
	stop()
	s.clock.set("2026-11-01T06:00:00Z")
	assert.Equal(t, []int32{shardOf(1)}, s.opens("2026-11-01"))
	_, err := s.driver().Ensure(t.Context()) // it is planned before a worker sees the day
	require.NoError(t, err)
	s.startWorker()
	s.night()
	var november []billing.Line
	for _, line := range s.lines() {
		if line.Period.From == billing.MustDate("2026-11-01") {
			november = append(november, line)
		}
	}
	require.NotEmpty(t, november)
	for _, line := range november {
		assert.Contains(t, line.DocumentRef, "2026-11/")
	}
	s.audited()
}

package runs

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/scheduler"
)

// dates writes days as people do.
func dates(days []billing.Date) []string {
	var all []string
	for _, d := range days {
		all = append(all, d.String())
	}
	return all
}

func TestDriver_MakesUpForMissedNightsInOrder(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.work()
	d := s.driver()
	s.ensure(d)
	s.hire(3, "2026-10-01")

	s.clock.set("2026-11-02T06:00:00Z")
	missing, err := runstate.Missing(t.Context(), s.store, s.clock.Now(), s.policy.Zone())
	require.NoError(t, err)
	assert.Equal(t, []string{"2026-10-31", "2026-11-01", "2026-11-02"}, dates(missing))
	told := s.ensure(d)

	var nights []string
	behind := told[0].Behind
	for _, status := range told {
		if n := len(nights); n == 0 || nights[n-1] != status.Run {
			nights = append(nights, status.Run)
		}
		assert.LessOrEqual(t, status.Behind, behind, "a night is never taken back")
		behind = status.Behind
	}
	if nights[0] == "nightly/2026-10-30" { // the look before the first step took effect
		nights = nights[1:]
	}
	assert.Equal(t, []string{"nightly/2026-10-31", "nightly/2026-11-01", "nightly/2026-11-02"},
		nights, "each begins when the one before is completed")
	assert.EqualValues(t, 0, s.completed("2026-10-31").Documents, "a night within the month closes nothing")
	assert.EqualValues(t, 3, s.completed("2026-11-01").Documents, "the first closes one of each ledger")
	assert.EqualValues(t, 0, s.completed("2026-11-02").Documents)

	missing, err = runstate.Missing(t.Context(), s.store, s.clock.Now(), s.policy.Zone())
	require.NoError(t, err)
	assert.Empty(t, missing)
	before := s.messages(contract.BillingCommands) + s.messages(contract.EmployeeCommands)
	status, err := d.Ensure(t.Context())
	require.NoError(t, err)
	assert.Equal(t, Status{Run: "nightly/2026-11-02", State: runstate.StateCompleted}, status)
	assert.Equal(t, before, s.messages(contract.BillingCommands)+s.messages(contract.EmployeeCommands),
		"asked again there is nothing to send")
}

func TestDriver_SeveralAtOnceMakeOneRunOfEachNight(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	s.work()
	s.hire(4, "2026-10-01")
	ctx, cancel := context.WithCancel(t.Context())
	const drivers = 4
	ended := make(chan error, drivers)
	for range drivers {
		go func() { ended <- s.driver().Run(ctx) }()
	}
	for _, now := range []string{"2026-10-31T12:00:01Z", "2026-11-01T06:00:00Z"} {
		s.clock.set(now)
		require.Eventually(t, func() bool {
			missing, err := runstate.Missing(t.Context(), s.store, s.clock.Now(), s.policy.Zone())
			return err == nil && len(missing) == 0
		}, patience, look)
	}
	cancel()
	for range drivers {
		require.NoError(t, <-ended, "a driver ends with its context and without an error")
	}
	first := s.completed("2026-11-01")
	assert.EqualValues(t, 3, first.Documents)
	for _, total := range first.Totals {
		ref := "2026-11/" + string(total.Ledger) + "/" + payer(total.Ledger) + "/DKK"
		assert.Len(t, s.history(domain.Stream(domain.KindDocument, ref)), 1, "%s is issued once", ref)
	}
	run, err := runstate.Read(t.Context(), s.store, "nightly/2026-11-01")
	require.NoError(t, err)
	require.NotEmpty(t, run.Started.Shards)
	for _, shard := range s.shards {
		want := 0
		if slices.Contains(run.Started.Shards, shard) {
			want = 2
		}
		assert.Len(t, s.history(domain.Stream(domain.KindRunShard, domain.RunShardID("nightly/2026-11-01", shard))), want,
			"opened once and through once, where an employee is due")
	}
}

func payer(l billing.Ledger) string {
	return map[billing.Ledger]string{billing.Customer: customer, billing.Reseller: reseller,
		billing.Cost: billing.Platform}[l]
}

func TestDriver_ContinuesTheRunOfAKilledOne(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T23:30:00Z") // after local midnight: the night of the first
	first := s.driver()
	status, err := first.Ensure(t.Context())
	require.NoError(t, err)
	assert.Equal(t, Status{Run: "nightly/2026-11-01", State: runstate.StatePlanning, Behind: 1}, status)
	missing, err := runstate.Missing(t.Context(), s.store, s.clock.Now(), s.policy.Zone())
	require.NoError(t, err)
	assert.Equal(t, []string{"2026-11-01"}, dates(missing), "a night that was only asked for is missing")

	s.work() // the first driver is gone, and what it sent takes effect now
	require.Eventually(t, func() bool {
		run, err := runstate.Read(t.Context(), s.store, "nightly/2026-11-01")
		return err == nil && run.Planned != nil
	}, patience, look)
	missing, err = runstate.Missing(t.Context(), s.store, s.clock.Now(), s.policy.Zone())
	require.NoError(t, err)
	assert.Equal(t, []string{"2026-11-01"}, dates(missing), "one that is planned is not complete")
	s.ensure(s.driver())
	done := s.completed("2026-11-01")
	assert.Equal(t, events.RunCompleted{
		Run: "nightly/2026-11-01", Kind: "nightly", BusinessDate: billing.MustDate("2026-11-01"),
		Totals: done.Totals, Shards: done.Shards, Anchors: done.Anchors, Hash: done.Hash,
	}, done, "a company without employees has a night too")
	assert.Empty(t, done.Totals)
	// planned and started
	ends := map[int32]int64{int32(store.ShardOf(store.FamilyBilling, contract.PartitionOf([]byte(done.Run),
		environment.Partitions))): 2}
	for _, shard := range s.shards {
		ends[shard] = 2 // opened and through: no worker had taken what may be on the topics
	}
	anchored := map[int32]int64{}
	for _, a := range done.Anchors {
		anchored[a.Shard] = a.Position
	}
	assert.Equal(t, ends, anchored, "the log of each shard as it was when the run ended")
}

func TestSend_RepeatsAStepWithoutEffect(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	d := s.driver() // and no worker: nothing takes effect
	for range 3 {
		status, err := d.Ensure(t.Context())
		require.NoError(t, err)
		assert.Equal(t, runstate.StatePlanning, status.State)
	}
	assert.EqualValues(t, 2, s.messages(contract.BillingCommands), "plan and start are on their way")
	for _, step := range d.sent {
		step.at = step.at.Add(-resendAfter)
	}
	_, err := d.Ensure(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, 4, s.messages(contract.BillingCommands), "they may be lost")

	s.work()
	s.ensure(d)
	assert.Empty(t, s.completed("2026-10-31").Totals, "both together took effect once")
}

func TestSend_DoesNotPostponeAStepOnItsWay(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	d := s.driver()
	early, late := scheduler.Complete("nightly/2026-10-30"), scheduler.Complete("nightly/2026-10-31")
	require.NoError(t, d.send(t.Context(), early))
	at := time.Now().Add(-resendAfter / 2)
	d.sent[early.ID].at = at
	require.NoError(t, d.send(t.Context(), early, late))
	assert.Equal(t, at, d.sent[early.ID].at, "it was not sent now")
	assert.EqualValues(t, 2, s.messages(contract.BillingCommands))
}

func TestDriver_ForgetsWhatItSentLongAgo(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	d := s.driver()
	for n := range 3 {
		night := scheduler.Complete(domain.RunID(domain.RunNightly, billing.MustDate("2026-10-30").AddDays(n)))
		require.NoError(t, d.send(t.Context(), night))
		for _, step := range d.sent {
			step.at = time.Now().Add(-2 * resendAfter)
		}
	}
	assert.LessOrEqual(t, len(d.sent), 1, "a process that drives for years remembers only what is on its way")
}

func TestSend_AStepToAShardIsInItsPartition(t *testing.T) {
	t.Parallel()
	run := events.RunStarted{Run: "nightly/2026-11-01", Shards: []int32{0, 1, 2, 3, 4}}
	for _, step := range scheduler.Open(run, nil) {
		m, err := message(step, 5, time.Unix(0, 0))
		require.NoError(t, err)
		assert.Equal(t, contract.EmployeeCommands, m.Topic)
		assert.Equal(t, step.Shard, contract.PartitionOf(m.Key, 5), "%s", m.Key)
	}
	m, err := message(scheduler.Complete("nightly/2026-11-01"), 5, time.Unix(0, 0))
	require.NoError(t, err)
	assert.Equal(t, contract.BillingCommands, m.Topic)
	_, err = message(scheduler.Step{Type: "run.no_such.v1"}, 5, time.Unix(0, 0))
	assert.ErrorContains(t, err, "there is no command")
}

func TestStatus_IsCompleteWhenNoNightIsBehind(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		status Status
		want   bool
	}{
		{"before the first run", Status{State: runstate.StateNone}, false},
		{"a run under way", Status{State: runstate.StateRunning}, false},
		{"its documents are being issued", Status{State: runstate.StateClosing}, false},
		{"it is completed and another night is due", Status{State: runstate.StateCompleted, Behind: 1}, false},
		{"it is completed and none is", Status{State: runstate.StateCompleted}, true},
	} {
		assert.Equal(t, row.want, row.status.Complete(), row.name)
	}
}

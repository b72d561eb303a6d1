package runs

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/command"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/scheduler"
)

// tight lets no employee be billed more than ten.
var tight = scheduler.Bounds{Amount: decimal.NewFromInt(10)}

// admin is a person with a token that names no employee.
func admin(token string) Who {
	return Who{Actor: events.Actor{AccessLevel: "ADMIN"}, Mark: MarkOf(token)}
}

// answer sends an order of a person and waits for what becomes of it.
func (s *system) answer(o command.Command) domain.Outcome {
	s.t.Helper()
	o.At = time.Now()
	return s.deliver(o)
}

// until drives until a look finds a state.
func (s *system) until(d *Driver, state string) (status Status) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		var err error
		status, err = d.Ensure(s.t.Context())
		require.NoError(s.t, err)
		return status.State == state
	}, patience, look, "%s", state)
	return status
}

// waiting is a system of three whose night is outside its bounds.
func waiting(t *testing.T) (*system, *Driver, Status) {
	t.Helper()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	s.work()
	s.hire(3, "2026-10-01")
	d := s.driver()
	d.Bounds = tight
	return s, d, s.until(d, runstate.StateWaiting)
}

func TestDriver_ANightOutsideItsBoundsWaitsForApproval(t *testing.T) {
	t.Parallel()
	s, d, status := waiting(t)
	require.Len(t, status.Breaches, 1)
	assert.Equal(t, scheduler.BoundAmount, status.Breaches[0].Bound)
	assert.Equal(t, "10", status.Breaches[0].Limit)
	before := s.messages(contract.BillingCommands)
	for range 5 {
		again := s.until(d, runstate.StateWaiting)
		assert.Equal(t, status, again)
	}
	other := s.driver() // another process of the same settings, which finds the plan
	other.Bounds = tight
	assert.Equal(t, status, s.until(other, runstate.StateWaiting))
	assert.Equal(t, before, s.messages(contract.BillingCommands), "a night is planned once, however often an operator "+
		"looks")

	progress, err := ProgressOf(t.Context(), s.store, status.Run)
	require.NoError(t, err)
	assert.Equal(t, runstate.StateWaiting, progress.State)
	assert.Empty(t, progress.Refused)

	nobody := s.answer(Approve(status.Run, status.Plan, "seen", Who{Actor: events.Actor{AccessLevel: "ADMIN"}}))
	assert.Equal(t, "access_denied: Approver is unknown: use a token", nobody.Error.Error())
	assert.Equal(t, domain.StatusApplied, s.answer(Approve(status.Run, status.Plan, "seen", admin("one"))).Status)
	s.ensure(d)
	completed := s.completed("2026-10-31")
	assert.EqualValues(t, 3, completed.Billed)
	run, err := runstate.Read(t.Context(), s.store, status.Run)
	require.NoError(t, err)
	assert.Equal(t, status.Plan, run.Started.Plan, "it started as it was planned")
}

func TestDriver_PlansAgainWhenTheBoundsAreOthers(t *testing.T) {
	t.Parallel()
	s, d, status := waiting(t)
	d.Bounds.Amount = decimal.NewFromInt(20)
	d.plan = planAttempt{} // an operator has restarted it
	again := s.until(d, runstate.StateWaiting)
	assert.Equal(t, status.Plan, again.Plan, "it would bill the same")
	require.Len(t, again.Breaches, 1)
	assert.Equal(t, "20", again.Breaches[0].Limit)
	wide := s.driver()
	wide.Bounds = scheduler.DefaultBounds()
	s.ensure(wide)
	assert.EqualValues(t, 3, s.completed("2026-10-31").Billed, "nobody had to approve it")
}

func TestDriver_APlanInsideTheBoundsReplacesOneOutside(t *testing.T) {
	t.Parallel()
	s, d, status := waiting(t)
	wide := s.driver()
	wide.Bounds = scheduler.DefaultBounds()
	s.record(wide, "2026-10-31", "one")
	other := s.driver()
	other.Bounds = tight
	again := s.until(other, runstate.StateWaiting)
	assert.Equal(t, status.Plan, again.Plan, "bounds that are wider in someone's shell are not those of who starts the "+
		"night")
	assert.Equal(t, status.Breaches, again.Breaches)

	s.record(wide, "2026-10-31", "two")
	d.Bounds = wide.Bounds // an operator has set them so
	refused := s.answer(Approve(status.Run, "0"+status.Plan[1:], "seen", admin("two")))
	if refused.Error != nil { // unless the night has started by then
		assert.Contains(t, refused.Error.Error(), "another one")
	}
	s.ensure(d)
}

// record keeps a plan that an operator makes with its own settings.
func (s *system) record(by *Driver, night, token string) {
	s.t.Helper()
	plan, err := by.Planner(s.t.Context(), billing.MustDate(night))
	require.NoError(s.t, err)
	judged, err := by.Judge(s.t.Context(), plan)
	require.NoError(s.t, err)
	assert.Empty(s.t, judged.Breaches)
	keep, err := Keep(judged, admin(token))
	require.NoError(s.t, err)
	require.Equal(s.t, domain.StatusApplied, s.answer(keep).Status)
}

func TestDriver_MakesAnOldPlanAgain(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	s.work()
	s.hire(3, "2026-10-01")
	s.record(s.driver(), "2026-10-31", "one") // and nobody starts it
	run, err := runstate.Read(t.Context(), s.store, "nightly/2026-10-31")
	require.NoError(t, err)
	require.Nil(t, run.Started)
	was := run.Planned
	s.clock.set("2026-10-31T14:30:00Z")
	s.ensure(s.driver())
	run, err = runstate.Read(t.Context(), s.store, was.Run)
	require.NoError(t, err)
	assert.Equal(t, was.Heads, run.Planned.Heads)
	assert.True(t, run.Planned.PlannedAt.After(was.PlannedAt))
}

func TestDriver_PlansAgainWhenTooManyHaveChanged(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	s.work()
	s.hire(3, "2026-10-01")
	d := s.driver()
	d.Bounds = scheduler.DefaultBounds()
	plan, err := d.Planner(t.Context(), billing.MustDate("2026-10-31"))
	require.NoError(t, err)
	judged, err := d.Judge(t.Context(), plan)
	require.NoError(t, err)
	judged.ChangedMax = 1
	keep, err := Keep(judged, admin("one"))
	require.NoError(t, err)
	require.Equal(t, domain.StatusApplied, s.answer(keep).Status)
	for n := range 2 {
		s.send(command.Command{Type: "employee.update.v1", Subject: employeeID(n),
			Data: map[string]any{"title": "Sample title"}})
	}
	run, err := runstate.Read(t.Context(), s.store, plan.Run)
	require.NoError(t, err)
	changed, err := Changed(t.Context(), s.store, run.Planned)
	require.NoError(t, err)
	assert.EqualValues(t, 2, changed)
	refused := s.answer(Start(run, changed, admin("one")))
	assert.Equal(t, "plan: 2 employees have changed since the plan, at most 1 may: plan again", refused.Error.Error())
	s.ensure(d)
	run, err = runstate.Read(t.Context(), s.store, plan.Run)
	require.NoError(t, err)
	assert.EqualValues(t, 1000, run.Planned.ChangedMax, "the driver has planned again")
	assert.Zero(t, run.Started.Changed)
}

func TestReport_ListsEmployeesThatChangedAfterThePlan(t *testing.T) {
	t.Parallel()
	s, d, status := waiting(t)
	s.send(command.Command{Type: "employee.add_addon.v1", Subject: employeeID(1),
		Data: map[string]any{"_id": "5d00000000000000000000bb", "product": product, "start": "2026-10-31"}})
	require.Equal(t, domain.StatusApplied, s.answer(Approve(status.Run, status.Plan, "seen", admin("one"))).Status)
	s.ensure(d)
	run, err := runstate.Read(t.Context(), s.store, status.Run)
	require.NoError(t, err)
	assert.EqualValues(t, 1, run.Started.Changed)
	report, err := ReportOf(t.Context(), s.store, status.Run, tight, true)
	require.NoError(t, err)
	assert.Equal(t, []string{"employee/" + employeeID(1)}, report.Changed)
	assert.Nil(t, report.Compared, "there was no run before")
	planned, billed := int64(0), int64(0)
	for _, total := range run.Planned.Summary.Totals {
		planned += total.Lines
	}
	for _, total := range report.Totals {
		billed += total.Lines
	}
	assert.Equal(t, planned+3, billed, "a line of each ledger more than planned")
	require.Len(t, report.Breaches, 1, "what bounds say of it")
}

func TestDriver_ReportsARefusedStep(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	s.work()
	s.hire(1, "2026-10-01")
	d := s.driver()
	step := scheduler.Complete("nightly/2026-10-31") // of a run that has not started
	require.NoError(t, d.send(t.Context(), step))
	require.Eventually(t, func() bool {
		why, _, err := refusal(t.Context(), s.store, step)
		return err == nil && why == "rejected: run: Run not found"
	}, patience, look)
	before := s.messages(contract.BillingCommands)
	for range 3 {
		for _, sent := range d.sent {
			sent.at = sent.at.Add(-2 * resendAfter)
		}
		require.NoError(t, d.send(t.Context(), step))
		assert.Equal(t, []string{"run.complete.v1 of nightly/2026-10-31: rejected: run: Run not found"}, d.refusals())
	}
	assert.Equal(t, before, s.messages(contract.BillingCommands), "its id would be given the same answer")
	require.NoError(t, d.send(t.Context()))
	assert.Empty(t, d.refusals(), "nobody waits for it any more")
	_, _, err := refusal(t.Context(), s.store, scheduler.Step{Type: "run.no_such.v1"})
	require.ErrorContains(t, err, "there is no command")
}

// nights sees what a driver tells about them.
type nights struct {
	in      map[string]int
	overdue []bool
}

func (n *nights) RunsIn(kind, state string, count int) { n.in[kind+" "+state] = count }

func (n *nights) RunOverdue(_ string, overdue bool) { n.overdue = append(n.overdue, overdue) }

func TestDriver_ReportsALateNight(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	d := s.driver()
	seen := &nights{in: map[string]int{}}
	d.Observer, d.ExpectBy = seen, 4*time.Hour
	_, err := d.Ensure(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, seen.in["nightly planning"])
	assert.Equal(t, []bool{true}, seen.overdue, "it is noon, and nobody works")
	s.work()
	s.ensure(d)
	_, err = d.Ensure(t.Context())
	require.NoError(t, err)
	assert.False(t, seen.overdue[len(seen.overdue)-1])
	assert.Equal(t, 1, seen.in["nightly completed"])
	assert.Zero(t, seen.in["nightly planning"])
}

func TestBoundsFor_ADayBehindCountsByARealClockOnly(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	assert.EqualValues(t, 1, BoundsFor(s.clock, scheduler.DefaultBounds()).DaysBehind)
	assert.Equal(t, "nightly/2026-10-31", runstate.ID(billing.MustDate("2026-10-31")))
	night, err := runstate.NightOf("nightly/2026-10-31")
	require.NoError(t, err)
	assert.Equal(t, billing.MustDate("2026-10-31"), night)
	for _, wrong := range []string{"2026-10-31", "nightly/soon", "weekly/2026-10-31"} {
		_, err := runstate.NightOf(wrong)
		require.Error(t, err, wrong)
	}
	_, err = ProgressOf(t.Context(), s.store, "nightly/2026-10-31")
	require.EqualError(t, err, "there is no run nightly/2026-10-31")
	_, err = completed(t.Context(), s.store, "nightly/2026-10-31")
	require.ErrorContains(t, err, "is not complete")
	assert.NotEqual(t, MarkOf("one"), MarkOf("two"))
	assert.Len(t, MarkOf("one"), 12)
}

// reasonsOf lists why a run did not bill.
func (s *system) reasonsOf(run string, due bool) (all []string) {
	s.t.Helper()
	require.NoError(s.t, NotBilled(context.Background(), s.store, run, due, func(r store.Reason) error {
		all = append(all, fmt.Sprintf("%s %s", r.Stream, r.Reason))
		return nil
	}))
	return all
}

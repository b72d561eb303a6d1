package runs

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/runstate"
	"tenure/internal/test/environment"
)

// claimed is a system whose shards all have an owner, on the morning after a first, and its driver.
func claimed(t *testing.T) (*system, *Driver) {
	t.Helper()
	s := newSystem(t, "2026-11-01T12:00:00Z")
	s.work()
	s.hire(3, "2026-10-01")
	d := s.driver()
	s.ensure(d)
	return s, d
}

// steps are the events of a night, without their content.
func (s *system) steps(night string) (all []string) {
	s.t.Helper()
	for _, e := range s.history(domain.Stream(domain.KindRun, "nightly/"+night)) {
		all = append(all, e.EventType())
	}
	return all
}

func TestDriver_SendsANightInWhichNobodyIsDueInOneGo(t *testing.T) {
	t.Parallel()
	s, d := claimed(t)
	s.clock.set("2026-11-02T12:00:00Z")
	commands := s.messages(contract.BillingCommands) + s.messages(contract.EmployeeCommands)
	_, err := d.Ensure(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, commands+3, s.messages(contract.BillingCommands)+s.messages(contract.EmployeeCommands))
	want := []string{"run.planned.v1", "run.started.v1", "run.completed.v1"}
	require.Eventually(t, func() bool { return len(s.steps("2026-11-02")) == len(want) }, patience, look,
		"no other poll is needed")
	assert.Equal(t, want, s.steps("2026-11-02"))
	run, err := runstate.Read(t.Context(), s.store, "nightly/2026-11-02")
	require.NoError(t, err)
	assert.Equal(t, []int32{}, run.Started.Shards)
	s.ensure(d)
	s.ensure(s.driver()) // one that has sent nothing finds nothing to do
	assert.Equal(t, want, s.steps("2026-11-02"))
}

// Kill a driver behind any message of the three: the next one continues from what took effect.
func TestDriver_ContinuesBehindEachStepThatWasSentInOneGo(t *testing.T) {
	t.Parallel()
	for sent := range 3 {
		t.Run([]string{"plan", "plan and start", "all"}[sent], func(t *testing.T) {
			t.Parallel()
			s, d := claimed(t)
			s.clock.set("2026-11-02T12:00:00Z")
			plan, err := d.Planner(t.Context(), billing.MustDate("2026-11-02"))
			require.NoError(t, err)
			judged, err := d.Judge(t.Context(), plan)
			require.NoError(t, err)
			step, with := s.inOneGo(d, judged)
			require.Len(t, with, 2)
			require.NoError(t, d.send(t.Context(), append(with[:0:0], step)...))
			require.NoError(t, d.send(t.Context(), with[:sent]...))
			s.ensure(s.driver())
			assert.Equal(t, []string{"run.planned.v1", "run.started.v1", "run.completed.v1"}, s.steps("2026-11-02"))
		})
	}
}

func TestDriver_WhatIsSentWithAPlanThatIsRefusedHasNoEffect(t *testing.T) {
	t.Parallel()
	s, d := claimed(t)
	s.clock.set("2026-11-02T12:00:00Z")
	plan, err := d.Planner(t.Context(), billing.MustDate("2026-11-02"))
	require.NoError(t, err)
	judged, err := d.Judge(t.Context(), plan)
	require.NoError(t, err)
	judged.Digest = "too short"
	step, with := s.inOneGo(d, judged)
	require.NoError(t, d.send(t.Context(), append(with[:0:0], step)...))
	require.NoError(t, d.send(t.Context(), with...))
	for _, refused := range with {
		require.Eventually(t, func() bool {
			why, _, err := refusal(context.Background(), s.store, refused)
			return err == nil && why != ""
		}, patience, look, refused.ID)
	}
	assert.Empty(t, s.steps("2026-11-02"))
	s.ensure(s.driver())
	assert.Equal(t, []string{"run.planned.v1", "run.started.v1", "run.completed.v1"}, s.steps("2026-11-02"),
		"their ids are not those of the steps that a run needs")
}

func TestDriver_SendsNoStartWithAPlanThatNeedsAnApproval(t *testing.T) {
	t.Parallel()
	s, d := claimed(t)
	plan, err := d.Planner(t.Context(), billing.MustDate("2026-11-02"))
	require.NoError(t, err)
	judged, err := d.Judge(t.Context(), plan)
	require.NoError(t, err)
	judged.Breaches = []events.Breach{{Bound: "run-max-lines"}}
	_, with := s.inOneGo(d, judged)
	assert.Empty(t, with)
}

// A first closes documents, which are issued before the end.
func TestDriver_SendsNoEndWithANightThatClosesDocuments(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T23:30:00Z")
	s.work()
	d := s.driver()
	s.hire(0, "2026-10-01") // the catalogue has its shard, and the employees' shards are claimed by then
	require.Eventually(t, func() bool {
		heads, err := s.store.Heads(t.Context())
		return err == nil && len(heads) == 2*environment.Partitions+1
	}, patience, look)
	_, err := d.Ensure(t.Context())
	require.NoError(t, err)
	require.Len(t, d.plan.with, 1)
	s.ensure(d)
	assert.Equal(t, []string{"run.planned.v1", "run.started.v1", "run.completed.v1"}, s.steps("2026-11-01"))
}

package scheduler_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/scheduler"
)

func day(s string) billing.Date {
	if s == "" {
		return 0
	}
	return billing.MustDate(s)
}

const night = "nightly/2026-06-01"

var started = events.RunStarted{Run: night, Kind: "nightly", BusinessDate: day("2026-06-01"), CatalogVersion: 40,
	Policy: json.RawMessage(`{"scale":2}`), Shards: []int32{0, 1, 2}}

// planned is the night with its plan.
func planned(breaches ...events.Breach) *domain.Run {
	return &domain.Run{ID: night, Planned: &events.RunPlanned{Run: night, Kind: "nightly", BusinessDate: day("2026-06-01"),
		Digest: strings.Repeat("d1", 32), PlannedAt: time.UnixMilli(1000), Breaches: breaches,
		Heads: []events.ShardHead{{Shard: 0}, {Shard: 1}}}}
}

func TestStart(t *testing.T) {
	t.Parallel()
	run := planned()
	step := scheduler.Start(run, 3)
	assert.Equal(t, scheduler.Step{Type: "run.start.v1", Subject: night, ID: "start/" + night + "/d1d1d1d1d1d1d1d1/1000",
		Shard: -1,
		Data: domain.StartRun{RunKind: "nightly", BusinessDate: day("2026-06-01"), Shards: []int32{0, 1},
			Plan: run.Planned.Digest, Changed: 3}}, step)
	assert.Equal(t, step, scheduler.Start(run, 3), "asked twice it is one command")
	run.Approved = run.Planned.Digest
	assert.Equal(t, step.ID+"/approved", scheduler.Start(run, 3).ID,
		"one that was refused before the approval does not stand in its way")
	run.Planned.PlannedAt = time.UnixMilli(2000)
	assert.NotEqual(t, step.ID, scheduler.Start(run, 3).ID, "nor does that of an earlier plan which says the same")
}

func TestStartWith(t *testing.T) {
	t.Parallel()
	plan, err := scheduler.Plan(domain.PlanRun{RunKind: "nightly", BusinessDate: day("2026-06-01"),
		Digest: strings.Repeat("d1", 32), Policy: json.RawMessage(`{}`)}, nil)
	require.NoError(t, err)
	start := func(shards []int32, changed int64) scheduler.Step {
		step, err := scheduler.StartWith(plan, shards, changed)
		require.NoError(t, err)
		return step
	}
	step := start([]int32{}, 3)
	assert.True(t, strings.HasPrefix(step.ID, "start/"+plan.ID+"/"), step.ID)
	assert.Equal(t, scheduler.Step{Type: "run.start.v1", Subject: night, ID: step.ID, Shard: -1,
		Data: domain.StartRun{RunKind: "nightly", BusinessDate: day("2026-06-01"), Shards: []int32{},
			Plan: strings.Repeat("d1", 32), Changed: 3}}, step)
	assert.Equal(t, step, start([]int32{}, 3), "asked twice it is one command")
	assert.NotEqual(t, step.ID, start([]int32{1}, 3).ID, "what says something else is another one")
	assert.NotEqual(t, step.ID, start([]int32{}, 4).ID)
	end := scheduler.CompleteWith(step)
	assert.Equal(t, "complete/"+step.ID, end.ID, "refused, it does not stand in the way of the run's end")
	end.ID = scheduler.Complete(night).ID
	assert.Equal(t, scheduler.Complete(night), end)
	_, err = scheduler.StartWith(end, nil, 0)
	assert.ErrorContains(t, err, "is no plan")
}

func TestPlan(t *testing.T) {
	t.Parallel()
	plan := domain.PlanRun{RunKind: "nightly", BusinessDate: day("2026-06-01"), Digest: strings.Repeat("d1", 32),
		Policy: json.RawMessage(`{}`)}
	step, err := scheduler.Plan(plan, nil)
	require.NoError(t, err)
	assert.Equal(t, "run.plan.v1", step.Type)
	assert.Equal(t, night, step.Subject)
	again, err := scheduler.Plan(plan, nil)
	require.NoError(t, err)
	assert.Equal(t, step, again, "two processes that find the same send one command")
	plan.Heads = []events.ShardHead{{Shard: 0, Position: 7}}
	later, err := scheduler.Plan(plan, nil)
	require.NoError(t, err)
	assert.NotEqual(t, step.ID, later.ID, "the same of a later state is kept as well")
	hours, err := scheduler.Plan(plan, planned().Planned)
	require.NoError(t, err)
	assert.NotEqual(t, later.ID, hours.ID, "and so is the same of the same state, in the place of one that has become "+
		"too old")
}

func TestOpen(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name   string
		opened map[int32]bool
		want   []string
	}{
		{"a run that has just started opens every shard", nil, []string{"open/" + night + "/0", "open/" + night + "/1",
			"open/" + night + "/2"}},
		{"those that are open are left alone", map[int32]bool{0: true, 2: true}, []string{"open/" + night + "/1"}},
		{"with all of them open there is nothing to do", map[int32]bool{0: true, 1: true, 2: true}, nil},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			var ids []string
			for _, step := range scheduler.Open(started, r.opened) {
				ids = append(ids, step.ID)
				assert.Equal(t, "run.open_shard.v1", step.Type)
				assert.Equal(t, domain.OpenRunShard{Run: night, Shard: step.Shard, BusinessDate: started.BusinessDate,
					CatalogVersion: 40, Policy: started.Policy}, step.Data, "every shard works with what the start fixed")
			}
			assert.Equal(t, r.want, ids)
		})
	}
}

func money(s string) events.Money { return events.NewMoney(decimal.RequireFromString(s), 2) }

func TestIssueAndComplete(t *testing.T) {
	t.Parallel()
	const ref = "2026-06/CUSTOMER/c1/DKK"
	steps := scheduler.Issue(night, []string{ref})
	assert.Equal(t, []scheduler.Step{{Type: "billing.issue_document.v1", Subject: ref, ID: "issue/" + ref, Shard: -1,
		Data: domain.IssueDocument{Run: night}}}, steps)
	assert.Empty(t, scheduler.Issue(night, nil))

	assert.Equal(t, scheduler.Step{Type: "run.complete.v1", Subject: night, ID: "complete/" + night, Shard: -1,
		Data: domain.CompleteRun{}}, scheduler.Complete(night))
}

// TestSteps_AreDecodedAsTheyWereMeant sends every step through JSON, as Kafka does.
func TestSteps_AreDecodedAsTheyWereMeant(t *testing.T) {
	t.Parallel()
	steps := scheduler.Open(started, nil)
	plan, err := scheduler.Plan(domain.PlanRun{RunKind: "nightly", BusinessDate: day("2026-06-01"),
		Policy:  json.RawMessage(`{}`),
		Summary: events.PlanSummary{Reasons: []events.ReasonCount{}, Totals: []events.PlanTotal{}}}, nil)
	require.NoError(t, err)
	steps = append(steps, plan, scheduler.Start(planned(), 0),
		scheduler.Complete(night))
	steps = append(steps, scheduler.Issue(night, []string{"r"})...)
	for _, step := range steps {
		data, err := json.Marshal(step.Data)
		require.NoError(t, err)
		c, err := domain.DecodeCommand(step.Type, data)
		require.NoError(t, err, step.Type)
		assert.Equal(t, step.Data, c)
	}
}

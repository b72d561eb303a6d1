package runs

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/command"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/scheduler"
)

// twoMonths is a system of four with two nights of a first, between which one left and one came.
func twoMonths(t *testing.T) (*system, *Driver) {
	t.Helper()
	s := newSystem(t, "2026-10-01T12:00:00Z")
	s.work()
	s.hire(4, "2026-10-01")
	d := s.driver()
	s.ensure(d)
	s.send(command.Command{Type: "catalog.put_product.v1", Subject: "5b0000000000000000000002", Data: map[string]any{
		"name": "Without a price", "type": "PBX_USER", "recurrence": "MONTHLY"}})
	s.send(command.Command{Type: "employee.create.v1", Subject: employeeID(20), Data: map[string]any{
		"customer": customer, "name": "Sample employee 20", "product": "5b0000000000000000000002",
		"effective": "2026-10-01"}})
	s.send(command.Command{Type: "employee.schedule_deletion.v1", Subject: employeeID(0),
		Data: map[string]any{"deleteDate": "2026-10-15"}})
	s.clock.set("2026-11-01T12:00:00Z")
	s.ensure(d)
	return s, d
}

func TestReport_ComparesWithTheLastComparableRun(t *testing.T) {
	t.Parallel()
	s, _ := twoMonths(t)
	const run = "nightly/2026-11-01"
	report, err := ReportOf(t.Context(), s.store, run, scheduler.DefaultBounds(), true)
	require.NoError(t, err)
	require.NotNil(t, report.Compared)
	assert.Equal(t, "nightly/2026-10-01", report.Compared.With.Run, "that of the last first, and not of the night before")
	assert.EqualValues(t, 4, report.Compared.With.Billed)
	require.Len(t, report.Compared.Products, 3, "a product in three ledgers")
	require.Len(t, report.Products, 3)
	assert.EqualValues(t, 4, report.Compared.Products[0].Lines)
	assert.Empty(t, report.Breaches)
	assert.EqualValues(t, 1, report.Reasons["NO_PRICE"])
	require.Len(t, report.Compared.Payers, 3)
	for _, p := range report.Compared.Payers {
		assert.Equal(t, store.PayerChanged, p.Change)
		assert.True(t, p.Is.LessThan(p.Was))
	}
	require.Len(t, report.Compared.Counts, 3)
	assert.EqualValues(t, 1, report.Compared.Counts[0].Payers)

	assert.Equal(t, []string{"employee/" + employeeID(20) + " NO_PRICE"}, s.reasonsOf(run, false))
	examined := report.Progress.Examined
	assert.Equal(t, examined, report.Progress.Billed+int64(len(s.reasonsOf(run, true))),
		"who is not billed has one reason")
	full := errors.New("the disk is full")
	require.ErrorIs(t, NotBilled(t.Context(), s.store, run, true, func(store.Reason) error { return full }), full)

	alone, err := ReportOf(t.Context(), s.store, run, scheduler.DefaultBounds(), false)
	require.NoError(t, err)
	assert.Nil(t, alone.Compared)
	_, err = ReportOf(t.Context(), s.store, "nightly/2026-12-01", scheduler.DefaultBounds(), true)
	require.ErrorContains(t, err, "there is no run")
}

func TestComplete_EachRunHasTheHashOfTheOneBefore(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.work()
	s.hire(2, "2026-10-01")
	d := s.driver()
	s.ensure(d)
	s.clock.set("2026-11-01T12:00:00Z")
	s.ensure(d)
	before := ""
	for _, night := range []string{"2026-10-30", "2026-10-31", "2026-11-01"} {
		c := s.completed(night)
		assert.Equal(t, before, c.Previous, night)
		hash, err := domain.RunHash(c)
		require.NoError(t, err)
		assert.Equal(t, hash, c.Hash, night)
		before = c.Hash
	}
}

func TestComplete_PositionsOfShardsAndRunAgree(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	s.work()
	s.hire(8, "2026-10-01")
	s.ensure(s.driver())
	c := s.completed("2026-10-31")
	require.NotEmpty(t, c.Shards)
	for _, shard := range c.Shards {
		history := s.history(domain.Stream(domain.KindRunShard, domain.RunShardID(c.Run, shard.Shard)))
		done, ok := history[1].(events.RunShardCompleted)
		require.True(t, ok)
		assert.Equal(t, []int64{done.FirstPosition, done.LastPosition}, []int64{shard.FirstPosition, shard.LastPosition})
	}
}

func TestAbandon_ReportsWhatTheRunDid(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-11-01T12:00:00Z")
	s.work()
	s.hire(5, "2026-10-01")
	d := s.driver()
	require.Equal(t, domain.StatusApplied, s.answer(Halt(domain.ScopeInvoicing, "look", admin("one"))).Status)
	status := s.until(d, runstate.StateHalted)
	assert.Equal(t, "nightly/2026-11-01", status.Run)
	require.Equal(t, domain.StatusApplied, s.answer(Resume("all", "seen", admin("one"))).Status)
	s.until(d, runstate.StatePlanning) // which sends the start with the plan
	require.Eventually(t, func() bool {
		run, err := runstate.Read(t.Context(), s.store, status.Run)
		return err == nil && run.Started != nil
	}, patience, look)
	require.Equal(t, domain.StatusApplied, s.answer(Abandon(status.Run, "wrong prices", admin("one"))).Status,
		"before any shard has opened it")
	s.ensure(d)
	told := s.abandoned("2026-11-01")
	assert.True(t, told.Abandoned)
	assert.Zero(t, told.Billed)
	assert.Zero(t, told.Documents)
	progress, err := ProgressOf(t.Context(), s.store, status.Run)
	require.NoError(t, err)
	assert.Equal(t, runstate.StateAbandoned, progress.State)
	assert.NotEmpty(t, progress.Shards)
	assert.Equal(t, len(progress.Shards), progress.Done)

	s.clock.set("2026-11-02T12:00:00Z")
	s.ensure(d)
	next := s.completed("2026-11-02")
	assert.EqualValues(t, 5, next.Billed, "what it did not bill was due the night after")
	assert.Equal(t, told.Hash, next.Previous)
	with, err := Comparable(t.Context(), s.store, next.BusinessDate)
	require.NoError(t, err)
	assert.Nil(t, with, "an abandoned run is nothing to compare with")
}

// abandoned reads how an abandoned night ended.
func (s *system) abandoned(night string) events.RunCompleted {
	s.t.Helper()
	history := s.history(domain.Stream(domain.KindRun, "nightly/"+night))
	completed, ok := history[len(history)-1].(events.RunCompleted)
	require.True(s.t, ok)
	return completed
}

func TestAbandon_TheNextRunIssuesTheDocumentsOfAFirst(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	s.work()
	s.hire(3, "2026-10-01")
	d := s.driver()
	s.ensure(d) // bills October, whose document the first closes
	s.clock.set("2026-11-01T12:00:00Z")
	s.until(d, runstate.StatePlanning) // which sends the start with the plan
	require.Eventually(t, func() bool {
		run, err := runstate.Read(t.Context(), s.store, "nightly/2026-11-01")
		return err == nil && run.Started != nil
	}, patience, look)
	require.Equal(t, domain.StatusApplied, s.answer(Abandon("nightly/2026-11-01", "wrong prices", admin("one"))).Status)
	s.ensure(d)
	s.clock.set("2026-11-02T12:00:00Z")
	s.ensure(d)
	assert.EqualValues(t, 3, s.completed("2026-11-02").Documents, "no line is left without its document")
	for _, ledger := range []string{"CUSTOMER/" + customer, "RESELLER/" + reseller, "COST/PLATFORM"} {
		assert.Len(t, s.history(domain.Stream(domain.KindDocument, "2026-11/"+ledger+"/DKK")), 1, ledger)
	}
}

func TestRate_IsKnownOnlyWhereItMeansSomething(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 11, 1, 0, 5, 0, 0, time.UTC)
	p := runstate.Progress{State: runstate.StateRunning, Started: began, Examined: 5000, Expected: 20000}
	for _, row := range []struct {
		name   string
		change func(*runstate.Progress)
		after  time.Duration
		rate   int64
		left   time.Duration
	}{
		{"while it runs", func(*runstate.Progress) {}, 10 * time.Second, 500, 30 * time.Second},
		{"more than planned has nothing left", func(p *runstate.Progress) { p.Expected = 4000 }, 10 * time.Second, 500, 0},
		{"without a plan nobody knows how much is left", func(p *runstate.Progress) { p.Expected = 0 },
			10 * time.Second, 500, 0},
		{"at its beginning it says nothing", func(*runstate.Progress) {}, time.Second, 0, 0},
		{"nor by a clock that stands", func(*runstate.Progress) {}, 0, 0, 0},
		{"nor where it is halted", func(p *runstate.Progress) { p.State = runstate.StateHalted }, 10 * time.Second, 0, 0},
		{"nor before it starts", func(p *runstate.Progress) { p.Started = time.Time{} }, 10 * time.Second, 0, 0},
	} {
		one := p
		row.change(&one)
		rate, left := one.Rate(began.Add(row.after))
		assert.Equal(t, row.rate, rate, row.name)
		assert.Equal(t, row.left, left, row.name)
	}
}

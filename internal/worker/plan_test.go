package worker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/command"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/test/running"
	"tenure/internal/worker"
)

// planner computes plans as another process would, with pages of a size.
func (s *system) planner(page int) *worker.Planner {
	return &worker.Planner{Store: environment.Store(s.t, s.dsn), Clock: s.clock, Policy: policy(),
		Shards: s.employeeShards, Log: running.Log(), PageEmployees: page}
}

func (s *system) plan(page int, date string) runstate.Plan {
	s.t.Helper()
	plan, err := s.planner(page).Plan(context.Background(), billing.MustDate(date))
	require.NoError(s.t, err)
	return plan
}

// positions are the heads of all shards.
func (s *system) positions() map[store.ShardID]int64 {
	s.t.Helper()
	heads, err := s.store.Heads(context.Background())
	require.NoError(s.t, err)
	all := map[store.ShardID]int64{}
	for shard, head := range heads {
		all[shard] = head.Head
	}
	return all
}

// applied sends a command and waits until it is applied.
func (s *system) applied(o command.Command) {
	s.t.Helper()
	s.send(o)
	got := s.outcome(o)
	require.Equal(s.t, domain.StatusApplied, got.Status, "%s: %v", o.ID, got.Error)
}

// staffed is a company of nine: one whose product has no price, one who leaves on the last of October.
func staffed(t *testing.T) *system {
	t.Helper()
	s := newSystem(t, "2026-10-20T10:00:00Z")
	s.startWorker()
	s.company()
	free := order("catalog.put_product.v1", "52f4fd7734697b2800000009", "p9",
		object{"type": "PBX_USER", "recurrence": "MONTHLY"})
	s.send(free)
	s.outcome(free)
	s.staff(8)
	s.applied(order("employee.create.v1", employeeID(90), "hire-90",
		object{"customer": customer, "name": "Sample employee 90",
			"product": "52f4fd7734697b2800000009", "effective": "2026-10-01"}))
	s.applied(order("employee.schedule_deletion.v1", employeeID(3), "leaves", object{"deleteDate": "2026-10-31"}))
	return s
}

func TestPlan_WritesNothingAndSaysWhatTheRunThenDoes(t *testing.T) {
	t.Parallel()
	s := staffed(t)
	s.clock.set("2026-10-31T23:30:00Z")
	s.eventually("the one who left is gone", func() bool {
		row, ok, err := s.store.Subject(context.Background(), domain.Stream(domain.KindEmployee, employeeID(3)))
		require.NoError(t, err)
		e := &domain.Employee{}
		return ok && json.Unmarshal(row.State, e) == nil && e.State == domain.StateDeleted
	})
	before := s.positions()
	plan := s.plan(0, "2026-11-01")
	assert.Equal(t, plan, s.plan(0, "2026-11-01"), "the same again")
	small := s.plan(2, "2026-11-01")
	assert.Equal(t, plan.Digest, small.Digest, "however it is paged")
	assert.Equal(t, plan.Summary, small.Summary)
	assert.Equal(t, before, s.positions(), "nothing is written")
	shards, err := s.store.RunShards(t.Context(), plan.Run)
	require.NoError(t, err)
	assert.Empty(t, shards)

	d := s.driver()
	s.eventually("runs are complete", func() bool {
		status, err := d.Ensure(context.Background())
		require.NoError(t, err)
		return status.Complete()
	})
	s.isWhatWasPlanned(plan)
	assert.NotEqual(t, plan.Digest, s.plan(0, "2026-11-01").Digest, "afterwards another state says something else")
	s.audited()
}

// isWhatWasPlanned compares a run with its plan.
func (s *system) isWhatWasPlanned(plan runstate.Plan) {
	s.t.Helper()
	shards, err := s.store.RunShards(s.t.Context(), plan.Run)
	require.NoError(s.t, err)
	var did events.PlanSummary
	for _, r := range shards {
		did.Examined, did.Billed, did.NotBilled = did.Examined+r.Examined, did.Billed+r.Billed, did.NotBilled+r.NotBilled
	}
	assert.Equal(s.t, []int64{plan.Summary.Examined, plan.Summary.Billed, plan.Summary.NotBilled},
		[]int64{did.Examined, did.Billed, did.NotBilled})
	require.EqualValues(s.t, 9, did.Examined)
	lines, most := map[string]string{}, 0
	perEmployee := map[string]int{}
	for _, l := range s.lines() {
		if l.DocumentRef == "" {
			continue
		}
		perEmployee[l.Employee]++
		most = max(most, perEmployee[l.Employee])
		lines[string(l.Ledger)] = ""
	}
	assert.EqualValues(s.t, most, plan.Summary.LinesMax)
	totals, err := s.store.RunTotals(s.t.Context(), plan.Run)
	require.NoError(s.t, err)
	told := map[string]int64{}
	for _, t := range totals {
		told[t.Ledger] += t.Lines
	}
	for _, t := range plan.Summary.Totals {
		assert.Equal(s.t, told[string(t.Ledger)], t.Lines, t.Ledger)
	}
	assert.Len(s.t, plan.Summary.Totals, len(lines))
	products, err := s.store.RunProducts(s.t.Context(), plan.Run)
	require.NoError(s.t, err)
	require.Len(s.t, plan.Products, len(products))
	for i, p := range products {
		assert.Equal(s.t, p.Product, plan.Products[i].Product)
		assert.Equal(s.t, p.Amount.StringFixed(2), plan.Products[i].Amount.StringFixed(2))
	}
	reasons, err := s.store.ReasonCounts(s.t.Context(), plan.Run)
	require.NoError(s.t, err)
	assert.Equal(s.t, map[string]int64{"NO_PRICE": 1}, reasons)
	assert.Equal(s.t, []events.ReasonCount{{Reason: "NO_PRICE", Employees: 1}}, plan.Summary.Reasons)
	assert.EqualValues(s.t, 1, plan.Summary.Held)
}

func TestPlan_ADigestFollowsWhatWouldBeBilledAndNothingElse(t *testing.T) {
	t.Parallel()
	s := staffed(t)
	s.clock.set("2026-10-30T23:30:00Z")
	first := s.plan(0, "2026-10-31")
	assert.EqualValues(t, 1, first.Summary.Deletions, "who leaves on that day is counted")
	s.clock.set("2026-10-30T23:40:00Z")
	assert.Equal(t, first.Digest, s.plan(3, "2026-10-31").Digest, "a later moment finds the same")
	s.applied(order("employee.update.v1", employeeID(1), "title", object{"title": "Sample title"}))
	assert.Equal(t, first.Digest, s.plan(0, "2026-10-31").Digest, "a title is not billed")
	tomorrow := s.plan(0, "2026-11-01")
	assert.NotEqual(t, first.Digest, tomorrow.Digest, "another day is another plan")
	s.applied(order("employee.add_addon.v1", employeeID(1), "more", object{"_id": "5d00000000000000000000aa",
		"product": light, "start": "2026-10-25"}))
	more := s.plan(0, "2026-10-31")
	assert.NotEqual(t, first.Digest, more.Digest)
	assert.Greater(t, more.Summary.Totals[0].Lines, first.Summary.Totals[0].Lines)
	changed := int64(0)
	for _, head := range first.Heads {
		n, err := s.store.CountChanged(t.Context(), store.ShardID(head.Shard), head.Position)
		require.NoError(t, err)
		changed += n
	}
	assert.EqualValues(t, 1, changed, "one employee has changed since, twice")
}

func TestPlan_NamesTheLargestPayersAndWhomItCannotBill(t *testing.T) {
	t.Parallel()
	s := staffed(t)
	var mu sync.Mutex
	var told []string
	p := s.planner(1)
	p.OnReason = func(r store.Reason) error {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, r.Stream+" "+r.Reason)
		return nil
	}
	plan, err := p.Plan(t.Context(), billing.MustDate("2026-10-20"))
	require.NoError(t, err)
	assert.Equal(t, []string{"employee/" + employeeID(90) + " NO_PRICE"}, told)
	require.Len(t, plan.NotBilled, 1)
	require.Len(t, plan.Payers, 2, "the customer and the reseller")
	assert.Equal(t, customer, plan.Payers[0].BillTo, "who pays more comes first")
	require.Len(t, plan.Summary.Largest, int(plan.Summary.Billed), "every employee that is billed, of so few")
	sorted := slices.IsSortedFunc(plan.Summary.Largest, func(a, b events.PlanEmployee) int {
		return b.Amount.Abs().Cmp(a.Amount.Abs())
	})
	assert.True(t, sorted, "largest first")
	assert.Zero(t, plan.PayersMore)
	assert.EqualValues(t, 9, plan.Summary.Examined)
	sum := int64(0)
	for _, head := range plan.Heads {
		sum += head.Examined
	}
	assert.Equal(t, plan.Summary.Examined, sum)

	p.OnReason = func(store.Reason) error { return errors.New("the disk is full") }
	_, err = p.Plan(t.Context(), billing.MustDate("2026-10-20"))
	require.ErrorContains(t, err, "the disk is full")
}

func TestPlan_GoesByThePolicyOfTheWorkers(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-20T10:00:00Z")
	p := s.planner(0)
	p.Policy, _ = billing.DefaultPolicy().Ready()
	alone, err := p.Plan(t.Context(), billing.MustDate("2026-10-20"))
	require.NoError(t, err)
	s.startWorker()
	s.company()
	s.eventually("the owner of the runs' streams says what the workers' policy is", func() bool {
		kept, err := s.store.Policy(t.Context())
		return err == nil && kept != nil
	})
	plan, err := p.Plan(t.Context(), billing.MustDate("2026-10-20"))
	require.NoError(t, err)
	assert.NotEqual(t, string(alone.Policy), string(plan.Policy), "who plans before there is a worker has its own")
	want, err := json.Marshal(policy())
	require.NoError(t, err)
	assert.JSONEq(t, string(want), string(plan.Policy))
}

// haltingObserver halts what is to be halted when the first chunk is written, and counts the others.
type haltingObserver struct {
	worker.Quiet
	once   sync.Once
	halt   func()
	mu     sync.Mutex
	chunks map[int32]int // after the halt, by shard
}

func (o *haltingObserver) Chunk(shard int32, _, _ int) {
	halted := true
	o.once.Do(func() {
		o.halt()
		halted = false
	})
	if halted {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.chunks[shard]++
	}
}

func (o *haltingObserver) after() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	for _, c := range slices.Collect(maps.Values(o.chunks)) {
		n += c
	}
	return n
}

func (s *system) runSQL(text string) {
	s.t.Helper()
	b := &pgx.Batch{}
	b.Queue(text)
	require.NoError(s.t, s.store.InTx(context.Background(), b))
}

// halted is a system of twelve whose worker bills one employee a chunk, and is halted by its first.
func halted(t *testing.T) (*system, *haltingObserver) {
	t.Helper()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	o := &haltingObserver{chunks: map[int32]int{}}
	o.halt = func() { s.runSQL("INSERT INTO run_halts (scope, reason, at) VALUES ('invoicing', 'look', now())") }
	s.startWith(&worker.Worker{Observer: o, ChunkEmployees: 1})
	s.company()
	s.staff(12)
	d := s.driver()
	s.eventually("the run is halted", func() bool {
		status, err := d.Ensure(context.Background())
		require.NoError(t, err)
		return status.State == "halted" && status.Run == "nightly/2026-10-31"
	})
	return s, o
}

// examinedBy is how many employees a run has examined.
func (s *system) examinedBy(run string) (n int64) {
	s.t.Helper()
	shards, err := s.store.RunShards(context.Background(), run)
	require.NoError(s.t, err)
	for _, r := range shards {
		n += r.Examined
	}
	return n
}

// passShards takes a command for each of the twelve: each shard has polled runs again behind it.
func (s *system) passShards(id string) {
	s.t.Helper()
	for n := range 12 {
		s.applied(order("employee.update.v1", employeeID(n), fmt.Sprintf("%s-%d", id, n),
			object{"title": fmt.Sprintf("Title %s %d", id, n)}))
	}
}

func TestPlan_AfterAHaltOnlyRunningChunksCommitAndARunContinuesWhereItStood(t *testing.T) {
	t.Parallel()
	s, o := halted(t)
	assert.LessOrEqual(t, o.after(), environment.Partitions-1, "those that other shards were writing")
	s.passShards("settle") // chunks that were being written are through
	stood := s.examinedBy("nightly/2026-10-31")
	assert.Less(t, stood, int64(12))
	s.passShards("look")
	assert.Equal(t, stood, s.examinedBy("nightly/2026-10-31"), "commands go on, the run does not")
	resume := order("run.resume.v1", "runs", "go-on", object{"scope": "all", "reason": "seen"})
	s.send(resume)
	require.Equal(t, domain.StatusApplied, s.outcome(resume).Status)
	s.runSQL("DELETE FROM run_halts") // it was not halted by a command here
	s.night()
	assert.EqualValues(t, 12, s.examinedBy("nightly/2026-10-31"))
	s.audited()
}

func TestPlan_AnAbandonedRunBillsNobodyAnyMoreAndTheNextNightDoes(t *testing.T) {
	t.Parallel()
	s, _ := halted(t)
	abandon := order("run.abandon.v1", "nightly/2026-10-31", "abandon", object{"reason": "prices were wrong"})
	s.send(abandon)
	require.Equal(t, domain.StatusApplied, s.outcome(abandon).Status)
	s.runSQL("DELETE FROM run_halts")
	s.night()
	stood := s.examinedBy("nightly/2026-10-31")
	assert.Less(t, stood, int64(12), "what it had not done it does not do")
	shards, err := s.store.RunShards(t.Context(), "nightly/2026-10-31")
	require.NoError(t, err)
	assert.Len(t, shards, environment.Partitions, "also where it was not opened")
	for _, r := range shards {
		assert.NotEqual(t, store.RunOpen, r.State)
	}
	s.clock.set("2026-11-01T12:00:00Z")
	s.night()
	everybody := map[string]bool{}
	for _, l := range s.lines() {
		everybody[l.Employee] = true
	}
	assert.Len(t, everybody, 12)
	s.audited()
}

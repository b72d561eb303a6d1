package worker_test

import (
	"context"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/internal/store"
	"tenure/internal/test/childworker"
)

// process starts a worker as its own process.
func (s *system) process(options ...string) *exec.Cmd {
	s.t.Helper()
	return childworker.Start(s.t, s.bus, s.dsn, options...)
}

// staff sends n employees and waits for the last of each shard.
func (s *system) staff(n int) {
	s.t.Helper()
	for i := range n {
		s.send(hire(i))
	}
	s.eventually("all are hired", func() bool {
		var hired int
		heads, err := s.store.Heads(context.Background())
		require.NoError(s.t, err)
		for shard, head := range heads {
			if shard.Family() == store.FamilyEmployee {
				hired += int(head.OutcomesHead)
			}
		}
		return hired >= n
	})
}

// billed lists lines by id with what they amount to, in one order.
func billed(lines []billing.Line) []string {
	var all []string
	for _, l := range lines {
		all = append(all, fmt.Sprintf("%s %s %s %s %s", l.ID, l.Ledger, l.Period.From, l.Amount, l.DocumentRef))
	}
	slices.Sort(all)
	return all
}

// The run of this test is long enough, in small chunks, for every kill to hit it.
const (
	killedEmployees = 1500
	killsWanted     = 20
	killWithin      = 10 * time.Millisecond // after the process made its first step
)

func TestKill_KillingTheWorkerAtRandomDuringARunLeavesTheSameLines(t *testing.T) {
	t.Parallel()
	quiet := newSystem(t, "2026-11-01T00:30:00Z")
	quiet.startWorker()
	quiet.company()
	quiet.staff(killedEmployees)
	quiet.night()

	s := founded(t, "2026-11-01T00:30:00Z", func(s *system) { s.staff(killedEmployees) })
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewSource(seed))
	for range killsWanted {
		require.Less(t, s.examined(), int64(killedEmployees), "the kills come during the run")
		s.killDuringRun(time.Duration(random.Int63n(int64(killWithin))))
	}
	s.process()
	s.night()
	require.Equal(t, billed(quiet.lines()), billed(s.lines()))
	want, got := quiet.completed("nightly/2026-11-01"), s.completed("nightly/2026-11-01")
	require.Equal(t, want.Totals, got.Totals)
	require.Equal(t, want.Billed, got.Billed)
	s.audited()
}

// killDuringRun starts a worker, waits until it has taken the run a step further, and kills it a moment later.
func (s *system) killDuringRun(moment time.Duration) {
	s.t.Helper()
	before := s.examined()
	p := s.process(childworker.Chunk(1))
	d := s.driver()
	s.eventually("the worker takes the run further", func() bool {
		_, err := d.Ensure(context.Background())
		require.NoError(s.t, err)
		return s.examined() > before
	})
	<-time.After(moment)
	require.NoError(s.t, p.Process.Kill())
	_ = p.Wait()
}

// examined counts the employees that the run has looked at so far.
func (s *system) examined() (n int64) {
	s.t.Helper()
	shards, err := s.store.RunShards(context.Background(), "nightly/2026-11-01")
	require.NoError(s.t, err)
	for _, shard := range shards {
		n += shard.Examined
	}
	return n
}

func TestKill_AWorkerStoppedInsideATransactionHoldsNobodyUpAndWritesNothingLate(t *testing.T) {
	t.Parallel()
	s := founded(t, "2026-10-30T12:00:00Z", nil)
	zombie := s.process(childworker.StopAt("write.events", 1))
	s.send(hire(1))
	s.eventually("the worker stops inside its transaction", func() bool { return stopped(zombie.Process.Pid) })
	before := s.epochs()

	s.startWorker()
	s.startWorker()
	require.Equal(t, domain.StatusApplied, s.outcome(hire(1)).Status, "the next owner is not held up")
	require.NoError(t, zombie.Process.Signal(syscall.SIGCONT))
	for n := 2; n < 30; n++ {
		s.send(hire(n))
	}
	for n := 2; n < 30; n++ {
		require.Equal(t, domain.StatusApplied, s.outcome(hire(n)).Status)
	}
	for n := 1; n < 30; n++ {
		require.Len(t, s.history(employeeID(n)), 3, "employee %d: once", n)
	}
	for shard, epoch := range s.epochs() {
		require.GreaterOrEqual(t, epoch, before[shard])
	}
	s.audited()
}

func TestKill_WorkersShareTheShardsAndAThirdJoins(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-11-01T00:30:00Z")
	s.startWorker()
	second := s.startWorker()
	s.company()
	for n := range 60 {
		s.send(hire(n))
		if n == 20 {
			s.startWorker()
		}
		if n == 40 {
			second()
		}
	}
	for n := range 60 {
		require.Equal(t, domain.StatusApplied, s.outcome(hire(n)).Status)
		require.Len(t, s.history(employeeID(n)), 3)
	}
	s.night()
	require.Len(t, s.lines(), 60*2*2*2)
	s.audited()
}

// stopped reports whether the kernel has stopped a process.
func stopped(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, ok := strings.Cut(string(stat), ") ")
	return ok && strings.HasPrefix(rest, "T")
}

func (s *system) epochs() map[store.ShardID]int64 {
	heads, err := s.store.Heads(context.Background())
	require.NoError(s.t, err)
	epochs := map[store.ShardID]int64{}
	for shard, head := range heads {
		epochs[shard] = head.Epoch
	}
	return epochs
}

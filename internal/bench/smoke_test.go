package bench

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/bus"
)

// TestMain lets a test start this binary as if it were the program: "serve", with the flags that a processes gives it.
func TestMain(m *testing.M) {
	if slices.Contains(os.Args, "serve") {
		os.Exit(served(os.Args))
	}
	os.Exit(m.Run())
}

func served(args []string) int {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	s := &stage{dsn: os.Getenv("TENURE_POSTGRES_DSN"), policy: policy(),
		bus: bus.Config{Brokers: strings.Split(os.Getenv("TENURE_KAFKA_BROKERS"), ",")}}
	s.Options, _ = s.complete()
	roles := ""
	for _, arg := range args {
		if of, ok := strings.CutPrefix(arg, "--roles="); ok {
			roles = of
		}
	}
	if err := serve(ctx, s, strings.Split(roles, ",")); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// small measures next to nothing: the scenarios themselves compare the counts of outcomes, events, messages and lines,
// and fail when one is not what it must be.
func small(t *testing.T, scenario string) *Report {
	t.Helper()
	report, err := Run(t.Context(), Options{
		Scenarios: []string{scenario}, Commands: 300, Employees: 300, Partitions: 4, Rate: 200, For: time.Second,
	})
	require.NoError(t, err)
	for _, m := range report.Measures {
		require.Positive(t, m.Figure, m.Name)
	}
	return report
}

func names(r *Report) []string {
	var all []string
	for _, m := range r.Measures {
		all = append(all, m.Name)
	}
	return all
}

func TestBench_CommandsAreAllInTheLog(t *testing.T) {
	t.Parallel()
	r := small(t, "commands")
	require.Equal(t, []string{"employee.create into the log", "read-modify-write into the log"}, names(r))
}

func TestBench_ThroughIsOverWhenReadModelsAndTopicsHaveEverything(t *testing.T) {
	t.Parallel()
	r := small(t, "through")
	require.Equal(t, []string{"through to read models and topics"}, names(r))
	require.Positive(t, r.Measures[0].Baseline)
}

func TestBench_LatencyHearsEveryCommand(t *testing.T) {
	t.Parallel()
	r := small(t, "latency")
	require.Len(t, r.Measures, 3)
	require.LessOrEqual(t, r.Measures[0].Figure, r.Measures[1].Figure)
	require.LessOrEqual(t, r.Measures[1].Figure, r.Measures[2].Figure)
}

func TestBench_ANightBillsEverybodyOnceAndTheNextOneNobody(t *testing.T) {
	t.Parallel()
	r := small(t, "night")
	require.Equal(t, []string{"night through to topics and read models", "through, in times of a COPY", "plan",
		"night into the log", "employees through", "lines through", "WAL an employee", "the next night, nobody due",
		"a night in which 1 % is due"}, names(r))
}

func TestBench_ReadModelsAreRebuiltVerifiedAndComparedBesideTraffic(t *testing.T) {
	t.Parallel()
	r := small(t, "rebuild")
	require.Subset(t, names(r), []string{"rebuild of employee documents", "rows of employee documents",
		"verify employee documents, in rebuilds",
		"rebuild of invoice lines", "rows of invoice lines", "verify invoice lines, in rebuilds",
		"live traffic beside a rebuild",
		"share of its rate that it keeps"})
	require.Positive(t, r.Measures[0].Baseline)
}

func TestBench_AProcessReportsItsMemory(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	r, err := Run(t.Context(), Options{
		Scenarios: []string{"commands"}, Commands: 200, Partitions: 4, Program: self,
	})
	require.NoError(t, err)
	require.Contains(t, names(r), "worker's memory, creates")
	require.Contains(t, names(r), "processor time of PostgreSQL, one of changes")
}

func TestBench_AnEndedContextLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	dir := t.TempDir()
	_, err := Run(ctx, Options{Scenarios: []string{"commands"}, Commands: 1_000_000, Partitions: 4, Dir: dir})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

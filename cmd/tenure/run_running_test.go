package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"tenure/internal/bus"
	"tenure/internal/config"
	"tenure/internal/demo"
	"tenure/internal/node"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/internal/test/database"
	processes "tenure/internal/test/running"
	"tenure/scheduler"
)

// tightly is a system of the example's company whose nights may bill nobody more than 1, by themselves.
func tightly(t *testing.T) (dir string, run func(want int, args ...string) result) {
	t.Helper()
	dir = t.TempDir()
	policy, err := demoPolicy()
	require.NoError(t, err)
	n, err := node.Start(t.Context(), node.Config{
		Config: config.Config{
			Roles: config.Roles(), Policy: policy, Group: "test", Partitions: 3, HTTP: "127.0.0.1:0", Admin: "127.0.0.1:0",
			Kafka: bus.Config{ClientID: "tenure-test"}, Postgres: store.Config{DSN: database.ForProcess(t)},
			Bounds: scheduler.Bounds{Amount: decimal.NewFromInt(1)},
		},
		Ephemeral: true, Prepare: true, Clock: demo.Begin, Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	t.Cleanup(func() { processes.End(t, n.Stop) })
	_, err = n.Announce(t.Context(), dir)
	require.NoError(t, err)
	run = func(want int, args ...string) result {
		t.Helper()
		got := tenure(t, append(args, "--data", dir, "--run-max-amount", "1")...)
		require.Equal(t, want, got.code, "%v\n%s%s", args, got.out, got.err)
		return got
	}
	run(exitDone, "run", "status", "--wait") // the night of the begin, in which nobody is there
	run(exitDone, "send", "--wait", "--file", "../../examples/commands.jsonl")
	return dir, run
}

// token makes a token of an ADMIN and gives the file that holds it.
func tokenFile(t *testing.T, dir string, run func(int, ...string) result) string {
	t.Helper()
	file, err := os.CreateTemp(dir, "token")
	require.NoError(t, err)
	_, err = file.WriteString(run(exitDone, "token", "create", "--level", "ADMIN").out)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	return file.Name()
}

// statusOf reads the state of a run.
func statusOf(t *testing.T, run func(int, ...string) result, args ...string) (v runView) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(run(exitDone, append([]string{"run", "status", "--output", "json"},
		args...)...).out), &v))
	return v
}

func TestRun_AnOperatorsNightOutsideItsBounds(t *testing.T) {
	t.Parallel()
	dir, run := tightly(t)
	const night = "nightly/2026-10-31"
	run(exitDone, "clock", "advance", "--to", "2026-10-31T06:00:00Z", "--at-once")
	require.Eventually(t, func() bool { return strings.Contains(run(exitDone, "run", "status").out, "needs an approval") },
		patience, look)
	waits := statusOf(t, run)
	require.Equal(t, []string{night, runstate.StateWaiting, "tenure"}, []string{waits.Run, waits.State, waits.Plan.By})
	require.Equal(t, scheduler.BoundAmount, waits.Plan.Breaches[0].Bound)
	require.Contains(t, run(exitRefused, "run", "ensure", "--yes").err,
		"tenure run approve "+night+" --digest "+waits.Plan.Digest[:12])
	late := run(exitMismatch, "run", "status", "--expect-by", "04:00")
	require.Contains(t, late.err, "next: tenure run report "+night+" --compare; tenure run approve "+night)
	require.Contains(t, late.err, "the last that is: 2026-10-30")
	run(exitDone, "run", "status", "--expect-by", "23:00")

	one, two := tokenFile(t, dir, run), tokenFile(t, dir, run)
	planned := run(exitRefused, "run", "plan", "--record", "--token-file", one)
	require.Contains(t, planned.out, waits.Plan.Digest, "an operator finds what the system found")
	require.Contains(t, planned.err, "run.planned.v1")
	require.Contains(t, run(exitRefused, "run", "start", night, "--digest", waits.Plan.Digest[:12], "--yes").err,
		"needs an approval")
	approve := []string{"run", "approve", night, "--reason", "seen", "--digest"}
	require.Contains(t, run(exitRefused, append(approve, waits.Plan.Digest[:12], "--token-file", one)...).err,
		"another ADMIN than planned it")
	require.Contains(t, run(exitRefused, append(approve, waits.Plan.Digest[:12])...).err, "use a token")
	require.Contains(t, run(exitError, "run", "approve", "nightly/2031-01-01", "--reason", "seen", "--digest",
		waits.Plan.Digest, "--token-file", one).err, "has no plan")
	tomorrow := run(exitRefused, "run", "plan", "--record", "--date", "2026-11-01", "--output", "json").out
	var early planPrinted
	require.NoError(t, json.Unmarshal([]byte(tomorrow), &early))
	require.Contains(t, run(exitRefused, "run", "start", "nightly/2026-11-01", "--digest", early.Digest, "--yes").err,
		"not the oldest missing run")
	require.Equal(t, night, statusOf(t, run).Run, "a plan for tomorrow hides nothing")
	require.Contains(t, run(exitUsage, append(approve, waits.Plan.Digest[:5], "--token-file", two)...).err, "at least 12")
	require.Contains(t, run(exitRefused, append(approve, "000000000000", "--token-file", two)...).err, waits.Plan.Digest)
	run(exitDone, append(approve, waits.Plan.Digest[:12], "--token-file", two)...)
	run(exitDone, "run", "status", "--wait")
	done := statusOf(t, run)
	require.Equal(t, []any{night, runstate.StateCompleted, true}, []any{done.Run, done.State, done.Plan.Approved})
	require.Contains(t, run(exitDone, "run", "status").out, "approved")
	run(exitDone, "run", "status", "--expect-by", "04:00")
	run(exitNothing, "run", "start", night, "--digest", waits.Plan.Digest[:12], "--yes")
	report := run(exitDone, "run", "report", "--compare")
	require.Contains(t, report.out, scheduler.BoundAmount)
	require.Contains(t, report.out, "nightly/2026-10-30", "the night with which it is compared")
	require.NotContains(t, report.out+report.err+planned.out, "Sample employee", "no names")
}

func TestRun_AnOperatorHaltsAndAbandonsANight(t *testing.T) {
	t.Parallel()
	_, run := tightly(t)
	const night = "nightly/2026-10-31"
	run(exitDone, "run", "halt", "--reason", "look")
	run(exitDone, "clock", "advance", "--to", "2026-10-31T06:00:00Z", "--at-once")
	halted := run(exitRefused, "run", "ensure", "--yes")
	require.Contains(t, halted.err, "invoicing is halted: look")
	require.Contains(t, run(exitDone, "run", "status", "nightly/2026-10-30").out,
		"invoicing is halted since 2026-10-30T12:00:00Z: look")
	require.Contains(t, run(exitDone, "run", "halt", "--reason", "again").err, "unchanged")
	require.Contains(t, run(exitUsage, "run", "halt", "--reason", "x", "--abandon", "yesterday").err, "--abandon")
	require.Contains(t, run(exitRefused, "run", "halt", "--reason", "x", "--scope", "presence").err,
		"invoicing, deletions or all")
	require.Contains(t, run(exitRefused, "run", "halt", "--reason", "x", "--abandon", night).err, "Run not found",
		"it has not started")
	run(exitDone, "run", "resume", "--reason", "seen")
	require.Eventually(t, func() bool { return strings.Contains(run(exitDone, "run", "status").out, "needs an approval") },
		patience, look)
	require.Equal(t, runstate.StateWaiting, statusOf(t, run).State)
}

func TestRun_APlanOfTheSharedSystem(t *testing.T) {
	t.Parallel()
	reasons := filepath.Join(t.TempDir(), "reasons.jsonl")
	var plan planPrinted
	asJSON(t, exitDone, &plan, "run", "plan", "--date", "2026-11-02", "--reasons", reasons)
	require.Equal(t, "nightly/2026-11-02", plan.Run)
	require.Len(t, plan.Digest, 64)
	require.Equal(t, plan.Summary.Examined, plan.Summary.Billed+plan.Summary.NotBilled)
	require.Empty(t, plan.Breaches)
	require.FileExists(t, reasons)
	require.Contains(t, on(t, exitDone, "run", "plan", "--date", "2026-11-02").out, "DIGEST")
	require.Contains(t, on(t, exitUsage, "run", "plan", "--date", "tomorrow").err, "--date")
	require.Contains(t, on(t, exitNothing, "run", "plan", "--date", "2026-11-01").err, "nightly/2026-11-01 is completed")
	require.Contains(t, on(t, exitUsage, "run", "plan", "--reasons", filepath.Join(reasons, "x")).err, "--reasons")
	require.Contains(t, on(t, exitRefused, "run", "approve", "nightly/2026-11-02", "--digest", plan.Digest, "--reason",
		"x").err, "use a token")
	require.Contains(t, on(t, exitUsage, "run", "approve", "nightly/2026-11-02", "--digest", plan.Digest).err, "reason")
}

func TestRun_AReportOfTheSharedSystem(t *testing.T) {
	t.Parallel()
	raw := on(t, exitDone, "run", "report", exampleRun, "--compare", "--all", "--output", "json")
	var report struct {
		reportHead
		NotBilled []reasonView `json:"notBilled"`
	}
	require.NoError(t, json.Unmarshal([]byte(raw.out), &report), raw.out)
	require.Equal(t, exampleRun, report.Run)
	require.Nil(t, report.Compared, "the first that there is")
	require.EqualValues(t, report.reportHead.NotBilled, len(report.NotBilled),
		"everybody who was examined and not billed has one reason")
	require.NotEmpty(t, report.Products)
	table := on(t, exitDone, "run", "report", exampleRun).out
	for _, product := range report.Products {
		require.Contains(t, table, product.Amount)
	}
	require.Contains(t, on(t, exitError, "run", "report", "nightly/2030-01-01").err, "there is no run")
	require.Contains(t, on(t, exitUsage, "run", "status", "--expect-by", "soon").err, "--expect-by")
}

func TestRun_ProgressIsALineOrBars(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 11, 1, 0, 5, 0, 0, time.UTC)
	p := runstate.Progress{State: runstate.StateRunning, Started: began, Examined: 300, Expected: 1200,
		Refused: []string{"a step"}, Shards: []runstate.ShardProgress{
			{Shard: 0, State: "done", Examined: 100, Expected: 100}, {Shard: 1, State: "open", Examined: 200, Expected: 1000},
			{Shard: 2}}, Done: 1}
	line := summary("nightly/2026-11-01", p, began.Add(10*time.Second), 2)
	require.Equal(t, "nightly/2026-11-01: running, 1 of 3 shards, 300 employees examined of about 1200, 30/s, 30s "+
		"left, 2 runs behind; refused: a step", line)
	require.Contains(t, summary("x", p, began.Add(10*time.Second), 1), ", 1 run behind;")
	require.Equal(t, "x: planning", summary("x", runstate.Progress{State: runstate.StatePlanning}, began, 0))

	require.Equal(t, strings.Repeat("#", barWidth), bar(p.Shards[0]))
	require.Equal(t, "######", strings.Trim(bar(p.Shards[1]), "."))
	require.Equal(t, strings.Repeat(".", barWidth), bar(p.Shards[2]))
	require.Equal(t, barWidth-1, strings.Count(bar(runstate.ShardProgress{State: "open", Examined: 2000, Expected: 1000}),
		"#"), "not full before it is through")

	var screen bytes.Buffer
	w := &watch{program: &program{err: &screen}}
	w.draw(line, p)
	require.Equal(t, 4, w.drawn)
	first := screen.Len()
	w.draw(line, p)
	require.Contains(t, screen.String()[first:], "\x1b[4A", "the next picture is over the last")
	require.False(t, isTerminal(&screen))
}

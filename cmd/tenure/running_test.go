package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/config"
	"tenure/internal/demo"
	"tenure/internal/node"
	"tenure/internal/store"
	"tenure/internal/test/database"
	processes "tenure/internal/test/running"
)

// running starts a process with everything embedded and gives the directory by which commands find it.
func running(t *testing.T) (dir string, n *node.Node) {
	t.Helper()
	return runningWith(t, func(*config.Config) {})
}

// runningWith is running with other settings.
func runningWith(t *testing.T, set func(*config.Config)) (dir string, n *node.Node) {
	t.Helper()
	dir = t.TempDir() // before the process, which removes a file in it when it stops
	policy, err := demoPolicy()
	require.NoError(t, err)
	c := config.Config{
		Roles: config.Roles(), Policy: policy, Group: "test", Partitions: 3, HTTP: "127.0.0.1:0", Admin: "127.0.0.1:0",
		Kafka: bus.Config{ClientID: "tenure-test"}, Postgres: store.Config{DSN: database.ForProcess(t)},
	}
	set(&c)
	n, err = node.Start(t.Context(), node.Config{
		Config: c, Ephemeral: true, Prepare: true, Clock: demo.Begin, Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	t.Cleanup(func() { processes.End(t, n.Stop) })
	_, err = n.Announce(t.Context(), dir)
	require.NoError(t, err)
	return dir, n
}

// The employees and products of examples/commands.jsonl.
const (
	exampleEmployee = "5e0000000000000000000001"
	exampleInvoice  = "2026-11/CUSTOMER/5c0000000000000000000001/DKK"
)

func TestUp_AnOperatorsDay(t *testing.T) {
	t.Parallel()
	again := on(t, exitDone, "send", "--wait", "--file", "../../examples/commands.jsonl")
	require.Contains(t, again.out, "employee.created.v1, employee.product_assigned.v1, employee.addon_added.v1")
	require.Contains(t, again.out, "(duplicate)")
	rejected := on(t, exitError, "send", "--wait", "--type", "employee.update.v1", "--subject", exampleEmployee, "--body",
		`{"accessLevel":"KING"}`)
	require.Contains(t, rejected.out, "422 accessLevel")
	body := filepath.Join(t.TempDir(), "body.json")
	require.NoError(t, os.WriteFile(body, []byte(`{"_id":"x","terminate":"2026-10-20"}`), 0o600))
	require.Contains(t, on(t, exitError, "send", "--wait", "--type", "employee.terminate_addon.v1", "--subject",
		exampleEmployee, "--body", "@"+body).out, "404")
	require.Contains(t, on(t, exitDone, "send", "--type", "employee.update.v1", "--subject", "5e00000000000000000000ff",
		"--id", "title",
		"--body", `{"title":"Tester"}`).out, "employee.commands", "who does not wait is told where it went")

	require.Contains(t, on(t, exitDone, "employee", "show", exampleEmployee).out, "Sample employee 01")
	require.Contains(t, on(t, exitDone, "employee", "history", exampleEmployee).out, "example-employee-1")
	require.Contains(t, on(t, exitDone, "invoice", "list", "--payer", "PLATFORM").out, "COST")
	var invoice struct {
		Lines []struct{ LineID, Explanation string }
	}
	asJSON(t, exitDone, &invoice, "invoice", "show", exampleInvoice)
	require.Len(t, invoice.Lines, 4)
	require.Contains(t, on(t, exitDone, "invoice", "explain", invoice.Lines[0].LineID).out, invoice.Lines[0].Explanation)
	require.Contains(t, on(t, exitDone, "check").out, fmt.Sprintf("all %d exist", len(contract.Topics())))
	require.Len(t, on(t, exitDone, "token", "create", "--level", "ADMIN", "--expires", "1h").out, 65)
	require.Equal(t, "[]\n", on(t, exitDone, "audit", "--output", "json").out)
}

func TestUp_WhatIsParkedIsListedAndShown(t *testing.T) {
	t.Parallel()
	n, dir := november(t), shared.dir // nothing else parks anything there
	require.Contains(t, tenure(t, "parked", "list", "--data", dir).out, "(none)")
	publisher, err := bus.NewPublisher(n.Kafka)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, publisher.Close()) })
	bad := bus.Message{Topic: contract.EmployeeCommands, Key: []byte(exampleEmployee), Value: []byte("{")}
	require.NoError(t, publisher.Publish(t.Context(), []bus.Message{bad}))
	var list struct {
		Reasons  []struct{ Messages int }
		Messages []struct{ Message, Reason string }
	}
	require.Eventually(t, func() bool {
		got := tenure(t, "parked", "list", "--data", dir, "--output", "json")
		return got.code == exitParked && json.Unmarshal([]byte(got.out), &list) == nil && len(list.Messages) == 1
	}, 30*time.Second, 50*time.Millisecond)
	require.Contains(t, on(t, exitDone, "parked", "list", "--state", "discarded").out, "(none)")
	require.Contains(t, on(t, exitDone, "parked", "list", "--stream", "employee/other").out, "(none)")
	var shown parkedMessage
	asJSON(t, exitDone, &shown, "parked", "show", list.Messages[0].Message, "--payload")
	require.Equal(t, 1, list.Reasons[0].Messages)
	require.Equal(t, []string{exampleEmployee, "{", "parked"}, []string{shown.Key, shown.Value, shown.State}, "as it came")
	got := tenure(t, "parked", "show", list.Messages[0].Message, "--data", dir)
	require.Equal(t, exitDone, got.code, got.err)
	require.Contains(t, got.out, list.Messages[0].Reason)
	require.Equal(t, exitError, tenure(t, "parked", "show", "employee.commands/0/999", "--data", dir).code)
}

func TestUp_TheDemonstrationAgrees(t *testing.T) {
	t.Parallel()
	database.OneServer(t, "the command starts a private one")
	got := tenure(t, "demo", "--lines", "all")
	require.Equal(t, exitDone, got.code, got.err)
	for _, want := range []string{
		"Sample employee 07  deleted", "Sample employee 11  product assigned", "nightly/2026-11-01",
		"INVOICE 2026-11/COST/PLATFORM/DKK", "\nNext\n",
	} {
		require.Contains(t, got.out, want)
	}
	require.NotContains(t, got.out, "NO, announced")
}

func TestUp_StopsWhenItIsReported(t *testing.T) {
	t.Parallel()
	database.OneServer(t, "the command starts a private one")
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	var said written
	go func() {
		p := &program{out: os.Stderr, err: &said, environ: func(string) (string, bool) { return "", false }}
		ended <- execute(ctx, p, []string{"up", "--data", dir, "--http", "127.0.0.1:0", "--admin", "127.0.0.1:0",
			"--kafka-partitions", "2", "--log-format", "json"})
	}()
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(dir, "connection.json"))
		return err == nil
	}, patience, 20*time.Millisecond)
	cancel()
	require.Equal(t, exitDone, <-ended)
	require.NoFileExists(t, filepath.Join(dir, "connection.json"))
	lines := strings.Split(strings.TrimSpace(said.text.String()), "\n")
	require.Greater(t, len(lines), 1, "at least where it is, and what it serves")
	for _, line := range lines {
		require.True(t, json.Valid([]byte(line)), "a program reads the output: %s", line)
	}
}

// written is what several goroutines write.
type written struct {
	mu   sync.Mutex
	text strings.Builder
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func TestStatus_ShowsTheWorstLampInItsExitCode(t *testing.T) {
	t.Parallel()
	dir, _ := running(t)
	call := func(args ...string) result { return runCommand(t.Context(), append(args, "--data", dir)) }
	require.Eventually(t, func() bool { return call("status").code == exitDone }, 3*time.Minute, 100*time.Millisecond,
		"nothing needs an operator")
	require.Equal(t, exitDone, call("run", "halt", "--scope", "deletions", "--reason", "extensions look wrong").code)
	shown := call("status")
	assert.Equal(t, exitRefused, shown.code)
	assert.Contains(t, shown.out, "Halt of deletions")
	assert.Contains(t, shown.out, "tenure run resume --scope deletions")
	require.Equal(t, exitDone, call("audit").code)
	assert.Regexp(t, `Audit +ok +holds`, call("status").out, "an audit keeps its result")
}

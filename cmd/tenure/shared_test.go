package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/bus"
	"tenure/internal/config"
	"tenure/internal/demo"
	"tenure/internal/feed"
	"tenure/internal/node"
	"tenure/internal/store"
	"tenure/internal/test/database"
	"tenure/internal/test/environment"
	processes "tenure/internal/test/running"
)

// patience bounds each wait of a test; nothing waits for it to pass.
const patience = 5 * time.Minute

// look is how often something that is waited for is looked at.
const look = 20 * time.Millisecond

// shared is one running system for all tests that read, or whose changes concern nothing else. It starts with the first
// of them: the company of examples/commands.jsonl after the run of the first of November.
var shared struct {
	once sync.Once
	dir  string
	node *node.Node
	err  error
}

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(environment.Processes(func() int { return stopShared(m.Run()) }))
}

// stopShared ends the shared system behind the tests, and gives the exit code.
func stopShared(code int) int {
	if shared.node != nil {
		ctx, cancel := context.WithTimeout(context.Background(), processes.Patience)
		defer cancel()
		if err := shared.node.Stop(ctx); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	if shared.dir != "" {
		_ = os.RemoveAll(shared.dir)
	}
	return code
}

// november gives the shared system to a test.
func november(t *testing.T) *node.Node {
	t.Helper()
	shared.once.Do(func() { shared.err = startShared() })
	require.NoError(t, shared.err)
	return shared.node
}

// november's commands, in the order in which an operator gives them.
var novemberCommands = [][]string{
	{"run", "status", "--wait"},
	{"send", "--wait", "--file", "../../examples/commands.jsonl"},
	{"clock", "advance", "--to", "2026-11-01T06:00:00Z", "--at-once"},
	{"run", "status", "--wait"},
}

func startShared() (err error) {
	ctx := context.Background()
	if shared.dir, err = os.MkdirTemp("", "tenure-test-"); err != nil {
		return err
	}
	policy, err := demoPolicy()
	if err != nil {
		return err
	}
	dsn := ""
	if database.Distributed() {
		if dsn, err = database.Shared(ctx); err != nil {
			return err
		}
	}
	shared.node, err = node.Start(ctx, node.Config{
		Config: config.Config{
			Roles: config.Roles(), Policy: policy, Group: "shared", Partitions: 2, HTTP: "127.0.0.1:0", Admin: "127.0.0.1:0",
			Kafka: bus.Config{ClientID: "tenure-test"}, Postgres: store.Config{DSN: dsn},
		},
		Ephemeral: true, Prepare: true, Clock: demo.Begin, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	if _, err := shared.node.Announce(ctx, shared.dir); err != nil {
		return err
	}
	for _, line := range novemberCommands {
		if got := runCommand(ctx, append(line, "--data", shared.dir)); got.code != exitDone {
			return fmt.Errorf("%v: exit code %d\n%s%s", line, got.code, got.out, got.err)
		}
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return feed.Caught(waiting, shared.node.Store, nil, "directory", "lines", "documents")
}

// on runs a command line on the shared system and expects an exit code.
func on(t *testing.T, want int, args ...string) result {
	t.Helper()
	november(t)
	got := tenure(t, append(args, "--data", shared.dir, "--kafka-partitions", "2")...)
	require.Equal(t, want, got.code, "%v\n%s%s", args, got.out, got.err)
	return got
}

// asJSON runs a command line with --output json and reads what it printed.
func asJSON(t *testing.T, want int, into any, args ...string) {
	t.Helper()
	got := on(t, want, append(args, "--output", "json")...)
	require.NoError(t, json.Unmarshal([]byte(got.out), into), got.out)
}

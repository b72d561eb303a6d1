package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/store"
	"tenure/internal/test/database"
	beside "tenure/internal/test/running"
)

// moving is a system on a cluster whose employee is changed all the time.
type moving struct {
	t   *testing.T
	dir string
}

// onCluster starts one; the test is left out where the tests do not run on a cluster.
func onCluster(t *testing.T) moving {
	t.Helper()
	if !database.Distributed() {
		t.Skip("TENURE_CITUS_DSN names no cluster: make test-citus")
	}
	dir, _ := running(t)
	m := moving{t: t, dir: dir}
	m.does(exitDone, "run", "status", "--wait")
	m.does(exitDone, "send", "--wait", "--file", "../../examples/commands.jsonl")
	return m
}

// does runs a command line and expects one of the exit codes.
func (m moving) does(want int, args ...string) result {
	m.t.Helper()
	got := tenure(m.t, append(args, "--data", m.dir)...)
	require.Equal(m.t, want, got.code, "%v\n%s%s", args, got.out, got.err)
	return got
}

// traffic changes the employee until it is told to end, and gives the number of changes.
func (m moving) traffic() (end func() int) {
	m.t.Helper()
	ctx, cancel := context.WithCancel(m.t.Context())
	changed := 0
	var all sync.WaitGroup
	all.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			got := runCommand(m.t.Context(), []string{"send", "--wait", "--type", "employee.update.v1", "--subject",
				exampleEmployee, "--id", fmt.Sprintf("title-%d", n), "--body", fmt.Sprintf(`{"title":"Tester %d"}`, n),
				"--data", m.dir})
			if ctx.Err() != nil {
				return
			}
			if got.code != exitDone {
				m.t.Errorf("change %d: exit code %d\n%s%s", n, got.code, got.out, got.err)
				return
			}
			changed++
		}
	})
	end = sync.OnceValue(func() int {
		cancel()
		all.Wait()
		return changed
	})
	m.t.Cleanup(func() { end() })
	return end
}

// nodes reads what the nodes have.
func (m moving) nodes() (list []store.Node) {
	m.t.Helper()
	require.NoError(m.t, json.Unmarshal([]byte(m.does(exitDone, "shards", "list", "--output", "json").out), &list))
	return list
}

// halted reports whether invoicing is.
func (m moving) halted() bool {
	m.t.Helper()
	got := tenure(m.t, "status", "--data", m.dir)
	return strings.Contains(got.out, "Halt of invoicing")
}

// interrupted starts a move, and leaves it alone as soon as it reports that it is under way.
func (m moving) interrupted(args ...string) (said string) {
	m.t.Helper()
	ctx, cancel := context.WithCancelCause(m.t.Context())
	errs := beside.Journal{}
	ended := make(chan int, 1)
	go func() {
		p := &program{out: &bytes.Buffer{}, err: &errs, environ: func(string) (string, bool) { return "", false }}
		ended <- execute(ctx, p, append(args, "--data", m.dir))
	}()
	require.Eventually(m.t, func() bool {
		return strings.Contains(errs.String(), "running: 0 of")
	}, 3*patience, look, "it reports how far it is")
	cancel(&stoppedError{})
	<-ended
	return errs.String()
}

// A node is emptied and filled again by the command while commands are answered: it reports how far it is, can be left
// alone and taken up again, and stopped.
func TestShards_MoveUnderTraffic(t *testing.T) {
	t.Parallel()
	m := onCluster(t)
	nodes := m.nodes()
	require.Len(t, nodes, 2)
	second, parts := nodes[1].Name, nodes[1].Parts
	require.Positive(t, parts)
	end := m.traffic()

	m.does(exitNothing, "shards", "move", "--reason", "they are even", "--yes")
	m.does(exitNothing, "shards", "move", "--stop", "--reason", "nothing moves", "--yes")
	got := m.does(exitDone, "shards", "move", "--leave", second, "--reason", "its disk fails", "--yes")
	require.Contains(t, got.err, "running: 0 of ", "it reports how far it is")
	require.Contains(t, got.err, "finished: ")
	require.Zero(t, m.nodes()[1].Parts)
	require.False(t, m.halted(), "invoicing goes on")

	said := m.interrupted("shards", "move", "--use", second, "--reason", "its disk is new", "--yes")
	require.Contains(t, said, "Invoicing stays halted")
	require.True(t, m.halted())
	m.does(exitDone, "shards", "move", "--stop", "--reason", "later", "--yes")
	require.False(t, m.halted(), "whoever stops a move resumes what it has halted")

	said = m.interrupted("shards", "move", "--reason", "now", "--yes")
	require.Contains(t, said, "Next: tenure shards move")
	m.does(exitDone, "shards", "move", "--reason", "go on", "--yes")
	require.Equal(t, parts, m.nodes()[1].Parts)
	require.False(t, m.halted())

	require.Positive(t, end(), "commands were answered")
	require.Eventually(t, func() bool { return tenure(t, "audit", "--data", m.dir).code == exitDone },
		3*time.Minute, time.Second, "the log, its readers and the topics agree")
}

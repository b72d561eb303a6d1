package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/feed"
	"tenure/internal/node"
	"tenure/internal/store"
)

// The faults keep the relay and the read model of employees from moving on in one shard.
const (
	// refusesMoves is a fault that is tried again.
	refusesMoves = `
CREATE FUNCTION refuse_move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room left'; END $$;
CREATE TRIGGER refuse_move BEFORE UPDATE ON subscriptions FOR EACH ROW WHEN (NEW.shard = %d
    AND NEW.name IN ('relay', 'directory') AND NEW.position > OLD.position) EXECUTE FUNCTION refuse_move()`
	// losesHistory is a checkpoint that is not in the log, as after a failover to an older copy.
	losesHistory = `UPDATE subscriptions SET chain = '\x01' WHERE shard = %d AND name IN ('relay', 'directory')`
)

// blockedSystem is one with an employee whose shard two readers do not get on in, and another one in another shard.
type blockedSystem struct {
	t     *testing.T
	dir   string
	node  *node.Node
	shard int32
	other string
}

// TestReader_ThatIsBlockedInOneShardIsSeenByWhoeverWaits breaks two readers in one shard. Whoever waits for them ends
// with their names and that of the shard, and what is in other shards goes on.
func TestReader_ThatIsBlockedInOneShardIsSeenByWhoeverWaits(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]string{"blocked": refusesMoves, "stopped": losesHistory} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newBlockedSystem(t, fault)
			trouble := fmt.Sprintf("in shard %d: %s", s.shard, name)
			relay, directory := "relay "+trouble, "directory "+trouble
			require.EventuallyWithT(t, func(c *assert.CollectT) {
				found := s.run("check")
				require.Equal(c, exitError, found.code, found.out)
				require.Contains(c, found.out, relay)
				require.Contains(c, found.out, directory)
			}, 2*patience, time.Second)
			s.requireSeenOutside(name)

			waits := map[string]chan result{}
			for wait, args := range map[string][]string{
				relay:     {"invoice", "verify"},
				directory: rename(exampleEmployee, "Tester 2"),
				"it is":   rename(s.other, "Tester 3"),
				"advance": {"clock", "advance", "--to", "2026-10-31T08:00:00Z"},
			} {
				waits[wait] = make(chan result, 1)
				go func() { waits[wait] <- s.run(args...) }()
			}
			verified, sent, advanced := <-waits[relay], <-waits[directory], <-waits["advance"]
			require.Contains(t, verified.err, relay)
			require.NotEqual(t, exitDone, verified.code, "invoice verify does not call it whole")
			require.Equal(t, exitDone, sent.code, "the command was applied: %s", sent.err)
			require.Contains(t, sent.out, "applied")
			require.Contains(t, sent.err, directory)
			require.Contains(t, advanced.err, relay)
			require.Contains(t, advanced.err, "see: tenure check")
			require.Equal(t, exitError, advanced.code)

			beside := <-waits["it is"]
			require.Equal(t, exitDone, beside.code, beside.err)
			require.NotContains(t, beside.err, "read models", "the other shard's reader goes on")
			s.requireOthersGoOn()
		})
	}
}

func rename(employee, title string) []string {
	return []string{"send", "--wait", "--type", "employee.update.v1", "--subject", employee,
		"--body", `{"title":"` + title + `"}`}
}

// newBlockedSystem bills a night, breaks the readers in the shard of exampleEmployee and writes something there.
func newBlockedSystem(t *testing.T, fault string) *blockedSystem {
	t.Helper()
	dir, n := running(t)
	s := &blockedSystem{t: t, dir: dir, node: n}
	s.done("send", "--wait", "--file", "../../examples/commands.jsonl")
	s.shard = shardOfEmployee(t, exampleEmployee)
	for i := 2; s.other == "" || shardOfEmployee(t, s.other) == s.shard; i++ {
		s.other = fmt.Sprintf("5e%022d", i)
	}
	s.done("send", "--wait", "--type", "employee.create.v1", "--subject", s.other, "--body",
		`{"name":"Sample employee 02","customer":"5c0000000000000000000001"}`)
	s.done("clock", "advance", "--to", "2026-10-31T06:00:00Z")
	conn, err := pgx.Connect(t.Context(), n.DSN)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	_, err = conn.Exec(t.Context(), fmt.Sprintf(fault, s.shard), pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	s.done(rename(exampleEmployee, "Tester 1")...)
	return s
}

func shardOfEmployee(t *testing.T, employee string) int32 {
	t.Helper()
	shard, ok := contract.ShardOf(contract.EmployeeCommands, contract.PartitionOf([]byte(employee), 3))
	require.True(t, ok)
	return shard
}

func (s *blockedSystem) run(args ...string) result {
	return runCommand(context.WithoutCancel(s.t.Context()), append(args, "--data", s.dir, "--kafka-partitions", "3"))
}

func (s *blockedSystem) done(args ...string) {
	s.t.Helper()
	got := s.run(args...)
	require.Equal(s.t, exitDone, got.code, "%v\n%s%s", args, got.out, got.err)
}

// requireSeenOutside holds readiness and metrics to what check says.
func (s *blockedSystem) requireSeenOutside(how string) {
	s.t.Helper()
	at, err := node.ReadConnection(s.dir)
	require.NoError(s.t, err)
	ready := s.get(at.Admin + "/readyz")
	for _, reader := range []string{"relay", "directory"} {
		require.Contains(s.t, ready, fmt.Sprintf("%s is %s in shard %d", reader, how, s.shard))
	}
	stopped := fmt.Sprintf(`shard="%d"} 1`, s.shard)
	require.Condition(s.t, func() bool {
		for line := range strings.Lines(s.get(at.Admin + "/metrics")) {
			if strings.HasPrefix(line, "tenure_shard_stopped{") && strings.Contains(line, stopped) {
				return true
			}
		}
		return false
	}, "tenure_shard_stopped has the shard")
}

func (s *blockedSystem) get(address string) string {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, address, nil)
	require.NoError(s.t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(s.t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return string(body)
}

// requireOthersGoOn waits until both readers have everything of all other shards.
func (s *blockedSystem) requireOthersGoOn() {
	s.t.Helper()
	heads, err := s.node.Store.Heads(s.t.Context())
	require.NoError(s.t, err)
	delete(heads, store.ShardID(s.shard))
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	// A reader that is stopped in one shard ends a wait for all: ask for the places.
	require.Eventually(s.t, func() bool {
		all, err := feed.ProgressOf(ctx, s.node.Store)
		require.NoError(s.t, err)
		for _, p := range all {
			if head, other := heads[p.Shard]; other && p.Position < head.Head && p.Subscriber != feed.OutcomesName {
				return false
			}
		}
		return true
	}, patience, look)
}

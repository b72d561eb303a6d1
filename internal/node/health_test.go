package node

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/embedded"
	"tenure/internal/store"
	"tenure/internal/telemetry"
	"tenure/internal/worker"
)

// healthy is a node with a watch and nothing that runs.
func healthy(depends ...telemetry.Check) *Node {
	metrics := telemetry.NewMetrics()
	n := &Node{metrics: metrics, admin: telemetry.NewAdmin(metrics), watch: newWatch(metrics), failed: make(chan error, 1)}
	n.health()
	for i, ask := range depends {
		n.depend(fmt.Sprint("part ", i), ask)
	}
	return n
}

func answers(context.Context) error { return nil }

func TestHealth_ALoopThatHangsMakesTheProcessDeadUnlessWhatItDependsOnIsDown(t *testing.T) {
	t.Parallel()
	long := 2 * loopStaleMax
	refuses := func(context.Context) error { return errors.New("connection refused") }
	hangs := func(ctx context.Context) error { <-ctx.Done(); return nil }
	for name, row := range map[string]struct {
		depends []telemetry.Check
		beat    time.Duration // ago
		dead    bool
	}{
		"a loop that came round just now":                 {[]telemetry.Check{answers}, 0, false},
		"one that has not, while all answers":             {[]telemetry.Check{answers}, long, true},
		"one that has not, while the database refuses":    {[]telemetry.Check{answers, refuses}, long, false},
		"one that has not, while the broker says nothing": {[]telemetry.Check{hangs}, long, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := healthy(row.depends...)
			n.watch.Beat("feed", time.Now().Add(-row.beat))
			err := n.loopsMove(t.Context())
			if row.dead {
				require.EqualError(t, err, "no heartbeat for 2m0s: feed")
				return
			}
			require.NoError(t, err)
		})
	}
}

func TestHealth_ALoopHasTimeToComeRoundAfterTheDatabaseIsBack(t *testing.T) {
	t.Parallel()
	n := healthy(answers)
	n.watch.Beat("feed", time.Now().Add(-time.Hour))
	n.watch.troubled(time.Now().Add(-time.Second))
	require.NoError(t, n.loopsMove(t.Context()))
	n.watch.troubled(time.Now().Add(-2 * loopStaleMax))
	require.Error(t, n.loopsMove(t.Context()))
}

func TestHealth_AShardThatIsBlockedIsSeen(t *testing.T) {
	t.Parallel()
	shard := store.ShardOf(store.FamilyEmployee, 3)
	for name, row := range map[string]struct {
		err    error
		reason string
	}{
		"a topic that was recreated":   {store.ErrTopicChanged{Shard: shard}, "topic-changed"},
		"a topic that was truncated":   {fmt.Errorf("claim: %w", store.ErrOffsetGone{Shard: shard}), "out-of-range"},
		"an offset that is not there":  {fmt.Errorf("claim: %w", bus.ErrOutOfRange), "out-of-range"},
		"another message at the place": {&worker.LostTailError{Shard: shard}, "lost-tail"},
		"a database that does not say": {fmt.Errorf("claim: %w", context.DeadlineExceeded), "unavailable"},
		"anything else":                {errors.New("out of luck"), "other"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := healthy(answers)
			n.watch.expect(contract.EmployeeCommands)
			n.watch.Assigned(contract.EmployeeCommands, 4)
			n.watch.Working(contract.EmployeeCommands, 3)
			require.NoError(t, n.watch.partitions())
			n.watch.Stopped(contract.EmployeeCommands, 3, row.err)
			require.EqualError(t, n.watch.partitions(), "employee.commands/3 is stopped: "+row.reason)
			stands := fmt.Sprintf(`tenure_shard_stopped{reason=%q,shard="%d"} 1`, row.reason, shard)
			require.Contains(t, metricsOf(t, n), stands)
			require.NotContains(t, metricsOf(t, n), `loop="employee.commands/3"`)
			n.watch.Working(contract.EmployeeCommands, 3)
			require.NoError(t, n.watch.partitions())
			require.NotContains(t, metricsOf(t, n), stands)
			require.Contains(t, metricsOf(t, n), fmt.Sprintf(`tenure_shard_stops_total{reason=%q,shard="%d"} 1`,
				row.reason, shard))
		})
	}
}

func TestHealth_AReaderThatIsBlockedMakesTheProcessUnready(t *testing.T) {
	t.Parallel()
	n := healthy(answers)
	require.NoError(t, n.watch.readersMove())
	feedWatch{n.metrics, n.watch}.ShardStopped("relay", 5, "unknown-type")
	require.EqualError(t, n.watch.readersMove(), "relay is stopped in shard 5: unknown-type")
	feedWatch{n.metrics, n.watch}.ShardBlocked("documents", 6, time.Minute)
	troubles := n.watch.troubles(time.Now())
	require.Len(t, troubles, 2, "as tenure check reads them")
	require.Equal(t, "documents in shard 6: blocked for 1m0s", troubles[0].String())
	require.Equal(t, store.ReaderTrouble{Reader: "relay", Shard: 5, Why: "stopped: unknown-type", Final: true},
		troubles[1])
}

// metricsOf reads what a scrape of a node without an address would show.
func metricsOf(t *testing.T, n *Node) string {
	t.Helper()
	page := &strings.Builder{}
	n.metrics.Handler().ServeHTTP(recorder{page}, newRequest(t))
	return page.String()
}

// recorder is a writer of an answer's body.
type recorder struct{ *strings.Builder }

// Header is thrown away.
func (recorder) Header() http.Header { return http.Header{} }

// WriteHeader is thrown away.
func (recorder) WriteHeader(int) {}

func newRequest(t *testing.T) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
	require.NoError(t, err)
	return request
}

func TestHealth_TheOperatorsSideFollowsTheDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := startServer(t, dir)
	n := start(t, func(c *Config) { c.Postgres.DSN = server.DSN() })
	becomes := func(status int, holds string) {
		t.Helper()
		require.Eventually(t, func() bool {
			got, body := ask(t, n, "/readyz")
			return got == status && strings.Contains(body, holds)
		}, waitMax, 100*time.Millisecond, "%d with %q", status, holds)
	}
	becomes(http.StatusOK, "partitions: ok")
	require.NoError(t, server.Stop(t.Context()))
	becomes(http.StatusServiceUnavailable, "postgres: ")
	status, body := ask(t, n, "/livez")
	require.Equal(t, http.StatusOK, status, "a restart would not bring the database back: %s", body)
	again := startServer(t, dir)
	require.Equal(t, server.DSN(), again.DSN(), "on its former port")
	becomes(http.StatusOK, "postgres: ok")

	status, body = ask(t, n, "/debug/pprof/goroutine?debug=1")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, "tenure/internal/worker", "a profile shows the loops")
	status, _ = ask(t, n, "/")
	require.Equal(t, http.StatusNotFound, status)
}

// startServer starts a PostgreSQL on a directory.
func startServer(t *testing.T, dir string) *embedded.Postgres {
	t.Helper()
	server, err := embedded.StartPostgres(t.Context(), embedded.PostgresOptions{Dir: dir, Ephemeral: true})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	return server
}

package node

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/store"
)

// silent are the metrics that a day without a fault leaves without a sample, each with the reason and where it is seen
// to move.
var silent = map[string]string{
	"tenure_retries_total":           "needs a fault: the tests of internal/feed and internal/worker",
	"tenure_shard_stops_total":       "needs a fault: TestHealth_AShardThatIsBlockedIsSeen",
	"tenure_shard_stopped":           "needs a fault: TestHealth_AShardThatIsBlockedIsSeen",
	"tenure_commands_unsigned_total": "needs a worker that asks for signatures: internal/worker",
}

// scrape reads /metrics.
func scrape(t *testing.T, n *Node) string {
	t.Helper()
	status, body := ask(t, n, "/metrics")
	require.Equal(t, http.StatusOK, status)
	return body
}

// ask reads a page of the operator's side.
func ask(t *testing.T, n *Node, path string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+n.Admin+path, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(body)
}

func TestMetrics_EveryMetricHasASampleAfterADayOfWork(t *testing.T) {
	t.Parallel()
	s := startSystem(t, func(c *Config) { c.Version, c.ExpectBy = "v-test", time.Hour })
	s.apply(company()...)
	s.apply(hire(employeeID(1)))
	s.send(newCommand("employee.update.v1", employeeID(9), "nobody", map[string]any{"title": "Sample title"}))
	require.NoError(t, s.publisher.Publish(t.Context(), []bus.Message{{Topic: contract.EmployeeCommands, Key: []byte("x"),
		Value: []byte("{")}}))
	s.goTo(time.Date(2026, 10, 31, 8, 0, 0, 0, time.UTC))
	require.NoError(t, s.Store.KeepAudit(t.Context(), []store.AuditRecord{{ID: "I1", Name: "one", Broken: 1}}))
	require.NoError(t, s.Store.HaltNow(t.Context(), []string{store.ScopeDeletions}, "sample", s.Clock.Now()))
	require.NoError(t, feed.Caught(t.Context(), s.Store, nil, feed.RelayName, feed.OutcomesName, "directory"))
	for _, query := range []string{"", "unknown"} { // without a token, and with an invalid one
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.HTTP+"/employee", nil)
		require.NoError(t, err)
		request.Header.Set("X-API-Key", query)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
	}

	var text string
	require.Eventually(t, func() bool {
		s.sample(t.Context())
		text = scrape(t, s.Node)
		return strings.Contains(text, `tenure_parked{reason="header_missing"} 1`) &&
			strings.Contains(text, `tenure_runs{kind="nightly",state="completed"} 1`)
	}, waitMax, 50*time.Millisecond, "the message without headers is parked, and the night is over")
	for _, declared := range s.metrics.Declared() {
		sample := regexp.MustCompile(fmt.Sprintf(`(?m)^%s(_count)?(\{[^}]*\})? `, declared.Name))
		reason, excused := silent[declared.Name]
		if declared.Name == "tenure_log_messages_total" {
			continue // a slow machine may give a warning
		}
		require.Equal(t, !excused, sample.MatchString(text), "%s (%s)", declared.Name, reason)
	}
	for _, line := range []string{
		`tenure_commands_total{outcome="rejected",shard="`, `tenure_relay_messages_total{topic="billing.lines"} `,
		`tenure_run_lines_total{shard="`, `tenure_partitions_assigned{topic="employee.commands"} 4`,
		`tenure_heartbeat_seconds{loop="catalog.commands/0"} `, `tenure_heartbeat_seconds{loop="feed"} `,
		`tenure_dependency_up{dependency="kafka"} 1`, `tenure_dependency_up{dependency="postgres"} 1`,
		`tenure_halted{scope="deletions"} 1`, `tenure_halted{scope="invoicing"} 0`, `tenure_audit_broken 1`,
		`tenure_clock_simulated 1`, `tenure_log_ahead_seconds 0`,
		`tenure_commands_waiting{shard="0",topic="employee.commands"} 0`,
		`tenure_heartbeat_seconds{loop="runs"} `, `tenure_run_overdue{kind="nightly"} 0`,
		`tenure_build_info{go_version="go`, `tenure_http_request_seconds_count{method="GET",status="401"} 2`,
		`tenure_postgres_connections_max 16`, `tenure_feed_lag_seconds{shard="0",subscriber="relay"} 0`,
	} {
		require.True(t, strings.Contains(text, line), "%s is not shown", line)
	}
}

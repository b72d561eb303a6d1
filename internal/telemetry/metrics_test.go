package telemetry

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/require"
)

func TestMetrics_CountWhatTheySay(t *testing.T) {
	t.Parallel()
	m := NewMetrics()
	m.Outcome(3, "applied")
	m.Outcome(3, "rejected")
	m.Outcome(3, "applied")
	m.Chunk(3, 500, 1200)
	m.Chunk(3, 20, 0)
	m.Retried("write")
	m.ShardStopped(4, "topic-recreated")
	m.FeedAt("relay", 3, 90, 100)
	m.FeedAt("directory", 3, 100, 90)
	m.FeedAt("directory", 5, 1, 9)
	m.FeedGone("directory", 5)
	m.Relayed("employee.events", 12)
	m.RunsIn("invoicing", "open", 1)
	m.RunOverdue("invoicing", true)
	m.RunOverdue("lifecycle", true)
	m.RunOverdue("lifecycle", false)
	m.Parked(3, "malformed")
	m.ParkedNow([]Waiting{{"malformed", 2, time.Minute}, {"broken", 1, 0}})
	m.ParkedNow([]Waiting{{"malformed", 2, time.Minute}})
	m.Assigned("employee.commands", 4)
	m.Beat("feed", time.UnixMilli(1500))
	want := `tenure_clock_simulated 0
tenure_commands_total{outcome="applied",shard="3"} 2
tenure_commands_total{outcome="rejected",shard="3"} 1
tenure_feed_lag_events{shard="3",subscriber="directory"} 0
tenure_feed_lag_events{shard="3",subscriber="relay"} 10
tenure_feed_position{shard="3",subscriber="directory"} 100
tenure_feed_position{shard="3",subscriber="relay"} 90
tenure_heartbeat_seconds{loop="feed"} 1.5
tenure_observation_failures_total 0
tenure_parked{reason="broken"} 0
tenure_parked{reason="malformed"} 2
tenure_parked_messages_total{reason="malformed",shard="3"} 1
tenure_parked_oldest_seconds{reason="broken"} 0
tenure_parked_oldest_seconds{reason="malformed"} 60
tenure_partitions_assigned{topic="employee.commands"} 4
tenure_rebalances_total 1
tenure_relay_messages_total{topic="employee.events"} 12
tenure_retries_total{step="write"} 1
tenure_run_examined_total{shard="3"} 520
tenure_run_lines_total{shard="3"} 1200
tenure_run_overdue{kind="invoicing"} 1
tenure_run_overdue{kind="lifecycle"} 0
tenure_runs{kind="invoicing",state="open"} 1
tenure_shard_stopped{reason="topic-recreated",shard="4"} 1
tenure_shard_stops_total{reason="topic-recreated",shard="4"} 1
tenure_spans_dropped_total 0
`
	require.Equal(t, want, samples(t, m))
}

// samples gives the lines of our own metrics as Prometheus scrapes them, without the histograms' buckets.
func samples(t *testing.T, m *Metrics) string {
	t.Helper()
	_, body := ask(t, NewAdmin(m), http.MethodGet, "/metrics")
	var lines strings.Builder
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, "tenure_") && !strings.HasPrefix(line, "tenure_batch_") {
			lines.WriteString(line)
		}
	}
	return lines.String()
}

func TestMetrics_BatchesFillBothHistograms(t *testing.T) {
	t.Parallel()
	m := NewMetrics()
	m.Batch(3, 500, 30*time.Millisecond, "4bf92f3577b34da6a3ce929d0e0e4736")
	m.Batch(3, 1, 2*time.Millisecond, "")
	families, err := m.Registry().Gather()
	require.NoError(t, err)
	sums := map[string]float64{}
	for _, family := range families {
		if h := family.GetMetric()[0].GetHistogram(); h != nil && strings.HasPrefix(family.GetName(), "tenure_batch") {
			require.EqualValues(t, 2, h.GetSampleCount(), family.GetName())
			sums[family.GetName()] = h.GetSampleSum()
		}
	}
	require.Equal(t, 501.0, sums["tenure_batch_commands"])
	require.InDelta(t, 0.032, sums["tenure_batch_seconds"], 1e-9)
	request := httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody)
	request.Header.Set("Accept", "application/openmetrics-text")
	page := httptest.NewRecorder()
	m.Handler().ServeHTTP(page, request)
	require.Contains(t, page.Body.String(), `# {trace_id="4bf92f3577b34da6a3ce929d0e0e4736"} 0.03`, "the exemplar")
}

// TestMetric_NamesKeepTheConvention asks Prometheus' own linter.
func TestMetric_NamesKeepTheConvention(t *testing.T) {
	t.Parallel()
	m := NewMetrics()
	m.Outcome(1, "applied")
	m.Chunk(1, 1, 1)
	m.Retried("write")
	m.ShardStopped(1, "gap")
	m.FeedAt("relay", 1, 1, 1)
	m.Relayed("billing.lines", 1)
	m.RunsIn("invoicing", "open", 1)
	m.RunOverdue("invoicing", false)
	m.Parked(1, "broken")
	m.ParkedNow([]Waiting{{"broken", 1, time.Second}})
	m.Beat("worker", time.Unix(1, 0))
	families, err := m.Registry().Gather()
	require.NoError(t, err)
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	require.NoError(t, err)
	for _, problem := range problems {
		require.NotContains(t, problem.Metric, "tenure_", problem.Text)
	}
}

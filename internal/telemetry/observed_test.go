package telemetry

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMetrics_WarningsAndErrorsAreCounted(t *testing.T) {
	t.Parallel()
	m, out := NewMetrics(), &bytes.Buffer{}
	log := slog.New(m.CountLog(NewLogger(out, formatText, slog.LevelError).Handler())).With(KeyComponent,
		"test").WithGroup(KeyState)
	log.Info("bus: nothing to see")
	log.Warn("feed: waiting")
	log.Error("bus: not consuming")
	log.Error("bus: not consuming")
	log.Error("Something else: with capitals")
	log.Error("no part named")
	require.Equal(t, `tenure_clock_simulated 0
tenure_log_messages_total{component="bus",level="error"} 2
tenure_log_messages_total{component="feed",level="warn"} 1
tenure_log_messages_total{component="other",level="error"} 2
tenure_observation_failures_total 0
tenure_rebalances_total 0
tenure_spans_dropped_total 0
`, samples(t, m))
	require.NotContains(t, out.String(), "feed: waiting", "counted, but not written below the log's level")
	require.Contains(t, out.String(), "bus: not consuming")
}

func TestMetrics_ALogThatIsOffIsCountedToo(t *testing.T) {
	t.Parallel()
	m := NewMetrics()
	handler := m.CountLog(slog.DiscardHandler)
	require.False(t, handler.Enabled(context.Background(), slog.LevelInfo))
	slog.New(handler).Error("store: gone")
	require.Contains(t, samples(t, m), `tenure_log_messages_total{component="store",level="error"} 1`)
}

func TestMetrics_APoolIsShownAtEachScrape(t *testing.T) {
	t.Parallel()
	m := NewMetrics()
	stat := PoolStat{Idle: 3, InUse: 1, Max: 16}
	m.WatchPool(func() PoolStat { return stat })
	require.Contains(t, samples(t, m), `tenure_postgres_connections{state="in_use"} 1`)
	stat = PoolStat{Idle: 0, InUse: 16, Max: 16, Acquired: 900, Waited: 1500 * time.Millisecond, Canceled: 2}
	text := samples(t, m)
	for _, line := range []string{
		`tenure_postgres_connections{state="idle"} 0`, `tenure_postgres_connections{state="in_use"} 16`,
		`tenure_postgres_connections_max 16`,
		`tenure_postgres_acquires_total 900`, `tenure_postgres_wait_seconds_total 1.5`,
		`tenure_postgres_acquires_canceled_total 2`,
	} {
		require.Contains(t, text, line+"\n")
	}
}

func TestMetrics_RequestsAreMeasuredAndContinueTheirTrace(t *testing.T) {
	t.Parallel()
	m := NewMetrics()
	var heard string
	handler := m.Requests(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard = TraceparentFrom(r.Context())
		if r.URL.Path == "/missing" {
			w.WriteHeader(http.StatusNotFound)
		}
		require.NoError(t, http.NewResponseController(w).Flush())
	}))
	ask := func(method, path, traceparent string) {
		request := httptest.NewRequestWithContext(t.Context(), method, path, nil)
		request.Header.Set(headerTraceparent, traceparent)
		handler.ServeHTTP(httptest.NewRecorder(), request)
	}
	ask(http.MethodGet, "/", sample)
	require.Equal(t, sample, heard)
	ask(http.MethodPost, "/missing", "nonsense")
	require.Empty(t, heard, "a header that cannot be read is no reason to refuse")
	ask("BREW", "/", "")
	text := samples(t, m)
	for _, labels := range []string{`method="GET",status="200"`, `method="POST",status="404"`,
		`method="other",status="200"`} {
		require.Contains(t, text, "tenure_http_request_seconds_count{"+labels+"} 1\n")
	}
}

func TestMetrics_LagIsThatOfTheDatabaseWhoeverReads(t *testing.T) {
	t.Parallel()
	m := NewMetrics()
	m.FeedAt("relay", 3, 90, 100)
	m.FeedBehind([]Behind{{"relay", 3, 12, 90 * time.Second}, {"directory", 4, 0, 0}})
	text := samples(t, m)
	require.Contains(t, text, `tenure_feed_lag_events{shard="3",subscriber="relay"} 12`)
	require.Contains(t, text, `tenure_feed_lag_seconds{shard="3",subscriber="relay"} 90`)
	require.Contains(t, text, `tenure_feed_lag_seconds{shard="4",subscriber="directory"} 0`)
}

func TestMetrics_WhatIsOverIsForgotten(t *testing.T) {
	t.Parallel()
	m := NewMetrics()
	m.Beat("employee.commands/3", time.Unix(1, 0))
	m.ShardStopped(3, "gap")
	m.Assigned("employee.commands", 3)
	m.BeatGone("employee.commands/3")
	m.ShardResumed(3, "gap")
	m.Unassigned("employee.commands")
	m.ObservationFailed()
	m.Built("v1")
	text := samples(t, m)
	require.NotContains(t, text, "tenure_heartbeat_seconds")
	require.NotContains(t, text, "tenure_shard_stopped")
	require.Contains(t, text, `tenure_shard_stops_total{reason="gap",shard="3"} 1`)
	require.Contains(t, text, `tenure_partitions_assigned{topic="employee.commands"} 0`)
	require.Contains(t, text, `tenure_observation_failures_total 1`)
	require.Contains(t, text, `version="v1"`)
}

func TestMetrics_EveryMetricIsDeclaredOnce(t *testing.T) {
	t.Parallel()
	m := NewMetrics()
	m.WatchPool(func() PoolStat { return PoolStat{} })
	var names []string
	for _, d := range m.Declared() {
		names = append(names, d.Name)
	}
	slices.Sort(names)
	require.Equal(t, names, slices.Compact(slices.Clone(names)))
	require.Contains(t, names, "tenure_feed_lag_seconds")
	require.Contains(t, names, "tenure_postgres_connections")
	i := slices.IndexFunc(m.Declared(), func(d Declaration) bool { return d.Name == "tenure_commands_total" })
	require.GreaterOrEqual(t, i, 0)
}

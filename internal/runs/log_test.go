package runs

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/store"
	"tenure/internal/telemetry"
)

func TestDriver_LogsTheEndOfARunAndWhatOperatorsHalt(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	s.work()
	s.hire(2, "2026-10-01")
	var lines bytes.Buffer
	d := s.driver()
	d.Log = telemetry.NewLogger(&lines, "json", slog.LevelInfo)
	s.ensure(d)
	require.Contains(t, lines.String(), `"msg":"runs: completed","run":"nightly/2026-10-31","employees":2,"billed":2,`+
		`"not_billed":0,"documents":0`)
	ended := lines.Len()
	_, err := d.Ensure(t.Context())
	require.NoError(t, err)
	require.Equal(t, ended, lines.Len(), "a poll that finds nothing new logs nothing")

	d.logHalts([]store.Halt{{Scope: store.ScopeDeletions, Reason: "a name", At: d.Clock.Now()}}, false)
	require.Contains(t, lines.String(), `"msg":"runs: halted by an operator","what":"deletions"`)
	require.NotContains(t, lines.String(), "a name", "the operator's text stays in the log of events")
	d.logHalts(nil, false)
	require.Contains(t, lines.String(), `"msg":"runs: resumed by an operator","what":"deletions"`)
	require.NotContains(t, lines.String(), "dropped", "every key is one that may be logged")
}

func TestDriver_TracesARunFromItsPlanToItsEnd(t *testing.T) {
	t.Parallel()
	bodies := make(chan string, 1)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies <- string(body)
	}))
	t.Cleanup(collector.Close)
	environment := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL}
	exporter, err := telemetry.ExporterOf(func(name string) string { return environment[name] }, "1", "process",
		func(int) {}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	s := newSystem(t, "2026-10-31T12:00:00Z")
	s.work()
	s.hire(2, "2026-10-01")
	d := s.driver()
	d.Spans = telemetry.Spans{Exporter: exporter}
	s.ensure(d)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	require.NoError(t, exporter.Run(ctx), "what is left is sent while the process stops")
	body := <-bodies
	require.Contains(t, body, `"name":"tenure run"`)
	require.Contains(t, body, `"name":"tenure run lines and documents"`)
	require.Contains(t, body, `{"key":"tenure.business_date","value":{"intValue":"20261031"}}`)
	require.Contains(t, body, `{"key":"tenure.billed","value":{"intValue":"2"}}`)
}

func TestPollPause_GrowsWithFailuresUpToABound(t *testing.T) {
	t.Parallel()
	require.Equal(t, pollInterval, pollPause(0))
	require.Equal(t, 4*pollInterval, pollPause(2))
	require.Equal(t, pollPauseMax, pollPause(20))
	require.Less(t, pollPause(3), 5*time.Second)
}

func TestNextPause_IsShortAfterAStepAndGrowsAgain(t *testing.T) {
	t.Parallel()
	night := Status{Run: "nightly/2026-10-31", State: "running", Shards: 16, Done: 3}
	for name, step := range map[string]Status{
		"another night":      {Run: "nightly/2026-11-01", State: "running", Shards: 16, Done: 3},
		"another state":      {Run: night.Run, State: "closing", Shards: 16, Done: 3},
		"a shard is through": {Run: night.Run, State: "running", Shards: 16, Done: 4},
	} {
		require.Equal(t, pollSoon, nextPause(pollInterval, night, step), name)
	}
	examined := night
	examined.Examined = 500
	pause := nextPause(pollSoon, night, examined)
	require.Equal(t, pollSoon*3/2, pause, "how many employees were examined is no step")
	for range 20 {
		pause = nextPause(pause, night, night)
	}
	require.Equal(t, pollInterval, pause)
}

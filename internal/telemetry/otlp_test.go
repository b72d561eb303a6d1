package telemetry

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// collector is a collector of traces that keeps what it is sent.
func collector(t *testing.T, status int) (address string, sent <-chan otlpMessage) {
	t.Helper()
	messages := make(chan otlpMessage, 16)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m otlpMessage
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil || r.URL.Path != "/v1/traces" ||
			r.Header.Get("Content-Type") != "application/json" || r.Header.Get("X-Key") != "a secret" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		messages <- m
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	return server.URL, messages
}

func environment(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func exporterTo(t *testing.T, address string, dropped *atomic.Int64) *Exporter {
	t.Helper()
	e, err := ExporterOf(environment(map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": address,
		"OTEL_EXPORTER_OTLP_HEADERS": "x-key=a%20secret"}), "1.2", "process-1",
		func(n int) { dropped.Add(int64(n)) }, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	return e
}

func TestExporter_SendsSampledSpansAndTheBatchThatTookThemUp(t *testing.T) {
	t.Parallel()
	address, sent := collector(t, http.StatusOK)
	var dropped atomic.Int64
	e := exporterTo(t, address, &dropped)
	spans := Spans{Exporter: e}
	began := time.Now()
	first := spans.Continue(sample, "tenure decide")
	unsampled := spans.Continue(sample[:53]+"00", "tenure decide")
	first.End()
	unsampled.End()
	spans.Batch("tenure batch", began, []Span{first, unsampled, {}}, map[string]int64{"shard": 3})
	spans.Batch("nobody's", began, []Span{unsampled, {}}, nil)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	require.NoError(t, e.Run(ctx), "what is left is sent while the process stops")
	m := <-sent
	require.Contains(t, m.ResourceSpans[0].Resource.Attributes, text("service.name", "tenure"))
	require.Contains(t, m.ResourceSpans[0].Resource.Attributes, text("service.version", "1.2"))
	got := m.ResourceSpans[0].ScopeSpans[0].Spans
	require.Len(t, got, 2, "a trace that is not sampled leaves nothing")
	decide, batch := got[0], got[1]
	require.Equal(t, []string{sample[3:35], sample[36:52], "tenure decide"},
		[]string{decide.TraceID, decide.Parent, decide.Name})
	require.Equal(t, []otlpLink{{TraceID: decide.TraceID, SpanID: decide.SpanID}}, batch.Links)
	require.Equal(t, []attribute{number("shard", 3)}, batch.Attributes)
	require.NotEqual(t, decide.TraceID, batch.TraceID)
	require.LessOrEqual(t, decide.Start, decide.End)
	require.Zero(t, dropped.Load())
}

func TestExporter_SendsWorkThatNoCommandCaused(t *testing.T) {
	t.Parallel()
	address, sent := collector(t, http.StatusOK)
	var dropped atomic.Int64
	e := exporterTo(t, address, &dropped)
	began := time.Date(2026, 11, 1, 0, 5, 0, 0, time.UTC)
	Spans{Exporter: e}.Work("tenure run", began, began.Add(time.Minute), map[string]int64{"tenure.billed": 7})
	Spans{}.Work("tenure run", began, began, nil) // nowhere to send it to
	ctx, stop := context.WithCancel(t.Context())
	stop()
	require.NoError(t, e.Run(ctx))
	got := (<-sent).ResourceSpans[0].ScopeSpans[0].Spans
	require.Len(t, got, 1)
	require.Equal(t, "tenure run", got[0].Name)
	require.Empty(t, got[0].Parent, "nobody asked for it")
	require.Equal(t, []attribute{number("tenure.billed", 7)}, got[0].Attributes)
	require.Equal(t, []string{"1793491500000000000", "1793491560000000000"}, []string{got[0].Start, got[0].End})
}

func TestExporter_DropsWhatACollectorDoesNotTakeAndNeverWaits(t *testing.T) {
	t.Parallel()
	address, sent := collector(t, http.StatusServiceUnavailable)
	var dropped atomic.Int64
	e := exporterTo(t, address, &dropped)
	for range spansQueued + 5 {
		e.add(finished{own: newTrace()})
	}
	require.EqualValues(t, 5, dropped.Load(), "the queue is bounded")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	<-sent
	stop()
	require.NoError(t, <-done)
	require.EqualValues(t, spansQueued+5, dropped.Load())
}

func TestExporter_IsOffUnlessTheEnvironmentNamesACollector(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, values, address, fails string }{
		{"nothing", "", "", ""},
		{"disabled", "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318 OTEL_SDK_DISABLED=true", "", ""},
		{"a base", "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318/", "http://c:4318/v1/traces", ""},
		{"an address of traces", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=https://c/x", "https://c/x", ""},
		{"no address", "OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317", "", "no address of HTTP"},
		{"gRPC", "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317 OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "", "http/json on port 4318"},
		{"a header that is none", "OTEL_EXPORTER_OTLP_ENDPOINT=http://c OTEL_EXPORTER_OTLP_HEADERS=secret", "", "KEY=VALUE"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			values := map[string]string{}
			for pair := range strings.FieldsSeq(row.values) {
				name, value, _ := strings.Cut(pair, "=")
				values[name] = value
			}
			e, err := ExporterOf(environment(values), "", "", func(int) {}, slog.New(slog.DiscardHandler))
			if row.fails != "" {
				require.ErrorContains(t, err, row.fails)
				require.NotContains(t, err.Error(), "secret")
				return
			}
			require.NoError(t, err)
			require.Equal(t, row.address == "", e == nil)
			if e != nil {
				require.Equal(t, row.address, e.address)
			}
		})
	}
}

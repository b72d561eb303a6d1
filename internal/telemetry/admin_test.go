package telemetry

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ask sends one request to the admin side and gives the status and the body.
func ask(t *testing.T, a *Admin, method, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, nil))
	return w.Code, w.Body.String()
}

func passes(context.Context) error { return nil }

func TestAdmin_HealthSaysWhichPartFails(t *testing.T) {
	t.Parallel()
	fails := func(context.Context) error { return errors.New("store: ping: connection refused") }
	rows := []struct {
		sentence string
		register func(*Admin)
		path     string
		status   int
		body     string
	}{
		{"without checks it is live", func(*Admin) {}, "/livez", 200, "ok\n"},
		{"with passing checks it is ready", func(a *Admin) { a.Ready("kafka", passes); a.Ready("database", passes) },
			"/readyz", 200, "database: ok\nkafka: ok\n"},
		{
			"with one failing check it is not",
			func(a *Admin) { a.Ready("kafka", passes); a.Ready("database", fails) },
			"/readyz",
			503,
			"database: store: ping: connection refused\nkafka: ok\n",
		},
		{"what fails to be ready is still live", func(a *Admin) { a.Ready("database", fails) }, "/livez", 200, "ok\n"},
		{"a stuck loop is not live", func(a *Admin) { a.Live("feed", fails) },
			"/livez", 503, "feed: store: ping: connection refused\n"},
		{"the same name again replaces the check", func(a *Admin) { a.Live("feed", fails); a.Live("feed", passes) },
			"/livez", 200, "feed: ok\n"},
	}
	for _, r := range rows {
		t.Run(r.sentence, func(t *testing.T) {
			t.Parallel()
			a := NewAdmin(NewMetrics())
			r.register(a)
			status, body := ask(t, a, http.MethodGet, r.path)
			require.Equal(t, r.status, status)
			require.Equal(t, r.body, body)
		})
	}
}

func TestAdmin_AHangingCheckFailsAloneAndInTime(t *testing.T) {
	t.Parallel()
	a := NewAdmin(NewMetrics())
	a.timeout = 2 * time.Second
	release := make(chan struct{})
	defer close(release)
	a.Ready("a-hangs", func(context.Context) error { <-release; return nil })
	a.Ready("b-passes", passes)
	a.Ready("c-minds-its-context", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
	status, body := ask(t, a, http.MethodGet, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, body, "a-hangs: no result within 2s\nb-passes: ok\nc-minds-its-context: ")
}

func TestAdmin_ServesMetricsAndProfiles(t *testing.T) {
	t.Parallel()
	metrics := NewMetrics()
	metrics.Assigned("employee.commands", 2)
	a := NewAdmin(metrics)
	rows := []struct{ method, path, holds string }{
		{http.MethodGet, "/metrics", "tenure_rebalances_total 1"},
		{http.MethodGet, "/metrics", "go_goroutines"},
		{http.MethodGet, "/debug/pprof/", "goroutine"},
		{http.MethodGet, "/debug/pprof/goroutine?debug=1", "goroutine profile: total"},
		{http.MethodPost, "/debug/pprof/symbol", "num_symbols"},
		{http.MethodGet, "/debug/pprof/cmdline", "telemetry"},
	}
	for _, r := range rows {
		status, body := ask(t, a, r.method, r.path)
		require.Equal(t, http.StatusOK, status, r.path)
		require.True(t, strings.Contains(body, r.holds), "%s: %.200s", r.path, body)
	}
	status, _ := ask(t, a, http.MethodPost, "/readyz")
	require.Equal(t, http.StatusMethodNotAllowed, status)
	status, _ = ask(t, a, http.MethodGet, "/")
	require.Equal(t, http.StatusNotFound, status)
}

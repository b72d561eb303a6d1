package telemetry

import (
	"context"
	"fmt"
	"net/http"
	"net/http/pprof"
	"slices"
	"strings"
	"sync"
	"time"
)

// checkSecondsMax bounds one health check: a probe usually waits a second or two more, and a hanging check is a failed
// one.
const checkSecondsMax = 2

// Check returns nil when its part works. It must return when its context ends.
type Check func(ctx context.Context) error

// Admin is the HTTP server for operators of a process. It is meant for an address that only operators reach: profiles
// show what is in memory.
type Admin struct {
	metrics *Metrics
	timeout time.Duration

	mu    sync.Mutex
	live  map[string]Check
	ready map[string]Check
}

// NewAdmin returns an admin server without checks: it is live and ready.
func NewAdmin(metrics *Metrics) *Admin {
	return &Admin{
		metrics: metrics,
		timeout: checkSecondsMax * time.Second,
		live:    map[string]Check{},
		ready:   map[string]Check{},
	}
}

// Live adds a check to /livez. When it fails, a restart of the process helps; what a restart cannot help (database
// or broker gone) belongs to Ready. The same name again replaces the check.
func (a *Admin) Live(name string, check Check) { a.register(a.live, name, check) }

// Ready adds a check to /readyz: while it fails, the process should get no requests. The same name again replaces it.
func (a *Admin) Ready(name string, check Check) { a.register(a.ready, name, check) }

func (a *Admin) register(checks map[string]Check, name string, check Check) {
	a.mu.Lock()
	defer a.mu.Unlock()
	checks[name] = check
}

// Handler serves /livez, /readyz, /metrics and /debug/pprof/, and nothing else.
func (a *Admin) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, r *http.Request) { a.respond(w, r, a.live) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { a.respond(w, r, a.ready) })
	mux.Handle("GET /metrics", a.metrics.Handler())
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("POST /debug/pprof/symbol", pprof.Symbol) // pprof's own tool posts its addresses
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// respond runs every check and writes one line each: 200 when all passed, else 503.
func (a *Admin) respond(w http.ResponseWriter, r *http.Request, checks map[string]Check) {
	verdicts := a.run(r.Context(), checks)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if slices.ContainsFunc(verdicts, func(v verdict) bool { return v.err != nil }) {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	var text strings.Builder
	for _, line := range verdicts {
		fmt.Fprintln(&text, line)
	}
	if len(verdicts) == 0 {
		fmt.Fprintln(&text, "ok")
	}
	_, _ = w.Write([]byte(text.String())) // the caller has gone when this fails
}

// verdict is the result of one check.
type verdict struct {
	name string
	err  error
}

// String is the check's line; a long error is cut as in a log.
func (v verdict) String() string {
	if v.err == nil {
		return v.name + ": ok"
	}
	return v.name + ": " + cut(v.err.Error())
}

// run runs all checks concurrently and returns their verdicts by name. A check that does not return is abandoned: the
// probe's response must not hang with it.
func (a *Admin) run(ctx context.Context, checks map[string]Check) []verdict {
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	a.mu.Lock()
	results := make(map[string]chan error, len(checks))
	for name, check := range checks {
		result := make(chan error, 1)
		results[name] = result
		go func() { result <- check(ctx) }()
	}
	a.mu.Unlock()
	verdicts := make([]verdict, 0, len(results))
	for name, result := range results {
		verdicts = append(verdicts, verdict{name: name, err: a.await(ctx, result)})
	}
	slices.SortFunc(verdicts, func(x, y verdict) int { return strings.Compare(x.name, y.name) })
	return verdicts
}

// await prefers a result that is there to the deadline, which another check may have used up.
func (a *Admin) await(ctx context.Context, result <-chan error) error {
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-result:
		return err
	default:
		return fmt.Errorf("no result within %s", a.timeout)
	}
}

package telemetry

import (
	"net/http"
	"strconv"
	"time"
)

// Requests wraps the APIs' handler: it measures each request, and continues the trace that its traceparent names, so
// that a command made of it belongs to that trace.
func (m *Metrics) Requests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if header := r.Header.Get(headerTraceparent); header != "" {
			r = r.WithContext(ContextWithTraceparent(r.Context(), header))
		}
		began, response := time.Now(), &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(response, r)
		m.own.requests.WithLabelValues(methodLabel(r.Method), strconv.Itoa(response.status)).
			Observe(time.Since(began).Seconds())
	})
}

// TokenFailed counts a token that the APIs did not accept: unknown, expired, blocked, restored, stale or limited.
func (m *Metrics) TokenFailed(reason string) { m.own.tokens.WithLabelValues(reason).Inc() }

// statusWriter records the status of a response.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader records the status.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// methodLabel keeps callers from inventing label values.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet,
		http.MethodPost,
		http.MethodPut,
		http.MethodPatch,
		http.MethodDelete,
		http.MethodHead,
		http.MethodOptions:
		return method
	}
	return "other"
}

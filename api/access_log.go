package api

import (
	"context"
	"net/http"
	"time"
)

// exchange is what is known of a request when it has been served: who asked for what, and the result, without content.
type exchange struct {
	by caller
}

type exchangeKey struct{}

// noteCaller keeps the caller of a request for its access line.
func noteCaller(r *http.Request, by caller) {
	if e, ok := r.Context().Value(exchangeKey{}).(*exchange); ok {
		e.by = by
	}
}

// withExchange gives a request room for what its access line needs.
func withExchange(r *http.Request) (*http.Request, *exchange) {
	e := &exchange{}
	return r.WithContext(context.WithValue(r.Context(), exchangeKey{}, e)), e
}

// statusRecorder notes the status of a response.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status.
func (w *statusRecorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write is a WriteHeader with status 200 where none was written.
func (w *statusRecorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusRecorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// logAccess writes the access line of a request: who, with which token, from where, what of whom, and the result. It
// has no query, no body and no name.
func (h *handler) logAccess(r *http.Request, e *exchange, status int, began time.Time) {
	if h.AccessLog == nil {
		return
	}
	h.AccessLog.InfoContext(
		r.Context(),
		"access",
		"trace_id",
		r.Header.Get(requestHeader),
		"method",
		r.Method,
		"route",
		r.Pattern,
		"target",
		r.PathValue("id")+r.PathValue("client"),
		"status",
		status,
		"took",
		h.Machine().Sub(began),
		"caller",
		e.by.Employee,
		"access_level",
		e.by.AccessLevel,
		"token",
		e.by.token.id,
		"caller_address",
		callerAddress(r, h.Proxies).String(),
	)
}

package api

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"

	"tenure/domain"
)

// bodyBytesMax bounds what a caller may send: an employee with everything has some ten kilobytes, ten thousand ids a
// quarter of this.
const bodyBytesMax = 1 << 20

// requestHeader names a request in responses and in the log.
const requestHeader = "X-Request-Id"

// requestForm is a request id that is accepted from the caller: anything else could forge a log line.
var requestForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// guard gives each request an id, bounds its body, and turns a panic into a response.
func (h *handler) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(requestHeader)
		if !requestForm.MatchString(id) {
			id = randomHex(requestBytes)
			r.Header.Set(requestHeader, id)
		}
		w.Header().Set(requestHeader, id)
		r.Body = http.MaxBytesReader(w, r.Body, bodyBytesMax)
		defer func() {
			if p := recover(); p != nil {
				h.Log.Error("api: panic", "trace_id", id, "reason", string(debug.Stack()))
				refuse(w, errInternal)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// requestBytes is the length of a request id that is unique in a log.
const requestBytes = 8

// randomHex returns random bytes in hex.
func randomHex(bytes int) string {
	raw := make([]byte, bytes)
	_, _ = rand.Read(raw) // never fails: it ends the program instead
	return hex.EncodeToString(raw)
}

// unmatched refuses where the mux knows no path or not the method, in the form of the API whose base the path has.
func (h *handler) unmatched(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		switch {
		case r.URL.Path == callGearPath:
			h.callGear(w, r)
		case strings.HasPrefix(r.URL.Path, jtelBase):
			w.WriteHeader(http.StatusNotFound) // an unknown endpoint has an empty body
		case takesOther(mux, r):
			refuse(w, errMethod)
		default:
			refuse(w, errPath)
		}
	})
}

// takesOther reports whether the path exists for another method.
func takesOther(mux *http.ServeMux, r *http.Request) bool {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); pattern != "" && method != r.Method {
			return true
		}
	}
	return false
}

// fault logs an error that is not the caller's and returns what the caller sees of it.
func (h *handler) fault(r *http.Request, doing string, err error) *domain.Rejection {
	if r.Context().Err() != nil { // the client has gone
		return errUnavailable
	}
	h.Log.Error("api: "+doing, "trace_id", r.Header.Get(requestHeader), "error", err)
	return errInternal
}

// body reads a request's body.
func body(r *http.Request) ([]byte, *domain.Rejection) {
	raw, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, errTooLarge
	case err != nil:
		return nil, errBody
	}
	return raw, nil
}

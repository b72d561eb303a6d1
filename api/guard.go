package api

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"runtime/debug"
	"slices"
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

// guard gives each request an id, bounds its body, turns a panic into a response, and writes the access line.
func (h *handler) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(requestHeader)
		if !requestForm.MatchString(id) {
			id = randomHex(requestBytes)
			r.Header.Set(requestHeader, id)
		}
		w.Header().Set(requestHeader, id)
		r.Body = http.MaxBytesReader(w, r.Body, bodyBytesMax)
		began, out := h.Machine(), &statusRecorder{ResponseWriter: w}
		r, known := withExchange(r)
		defer func() {
			if p := recover(); p != nil {
				h.Log.Error("api: panic", "trace_id", id, "reason", string(debug.Stack()))
				refuse(out, errInternal)
			}
			h.logAccess(r, known, out.status, began)
		}()
		next.ServeHTTP(out, r)
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
		allowed := methodsOf(mux, r)
		if len(allowed) > 0 {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
		}
		jtel := strings.HasPrefix(r.URL.Path, jtelBase) // where an error of the address has an empty body
		switch {
		case r.URL.Path == callGearPath:
			h.callGear(w, r)
		case jtel && len(allowed) > 0:
			w.WriteHeader(http.StatusMethodNotAllowed)
		case jtel:
			w.WriteHeader(http.StatusNotFound)
		case len(allowed) > 0:
			refuse(w, errMethod)
		default:
			refuse(w, errPath)
		}
	})
}

// methodsOf lists the methods that a path takes.
func methodsOf(mux *http.ServeMux, r *http.Request) (all []string) {
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); pattern != "" {
			all = append(all, method)
		}
	}
	return all
}

// fault logs an error that is not the caller's and returns what the caller sees of it.
func (h *handler) fault(r *http.Request, doing string, err error) *domain.Rejection {
	if r.Context().Err() != nil { // the client has gone
		return errUnavailable
	}
	h.Log.Error("api: "+doing, "trace_id", r.Header.Get(requestHeader), "error", err)
	return errInternal
}

// body reads a request's body, which is JSON as it stands.
func body(r *http.Request) ([]byte, *domain.Rejection) {
	if no := checkMedia(r.Header); no != nil {
		return nil, no
	}
	raw, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, errTooLarge
	case err != nil:
		return nil, errBody
	case bytes.HasPrefix(raw, []byte("\uFEFF")):
		return nil, errMark
	}
	return raw, nil
}

// mediaTypes are those that a body may be announced as: JSON, and what clients send that were told nothing (curl's
// default).
var mediaTypes = []string{
	"application/json",
	"application/x-www-form-urlencoded",
	"text/plain",
	"application/octet-stream",
}

// checkMedia refuses a body in another encoding or of another type.
func checkMedia(header http.Header) *domain.Rejection {
	if encoding := header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return errEncoding
	}
	given := header.Get("Content-Type")
	if given == "" {
		return nil
	}
	kind, _, err := mime.ParseMediaType(given)
	if err != nil || !slices.Contains(mediaTypes, kind) && !strings.HasSuffix(kind, "+json") {
		return errMedia
	}
	return nil
}

// unknownField begins the error of encoding/json for a member that a type does not have.
const unknownField = "json: unknown field "

// exactly decodes a body that is one JSON object into what a pointer points to: no member that it does not have, none
// in another spelling and none twice.
func (h *handler) exactly(raw []byte, into any, malformed *domain.Rejection) *domain.Rejection {
	if no := h.twice(raw); no != nil {
		return no
	}
	err := domain.DecodeExactly(raw, into)
	if no, ok := domain.AsRejection(err); ok {
		return no
	}
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return invalid(wrong.Field, "has another type")
	case err != nil && strings.HasPrefix(err.Error(), unknownField):
		return invalid(strings.Trim(strings.TrimPrefix(err.Error(), unknownField), `"`), "is not a member of this body")
	case err != nil:
		return malformed
	}
	return nil
}

// twice refuses an object that breaks a rule of messages as a whole, such as a member that it has twice: which one
// counts would depend on the reader.
func (h *handler) twice(raw []byte) *domain.Rejection {
	if h.Carried == nil || !json.Valid(raw) || !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		return nil
	}
	if err := h.Carried(raw); err != nil {
		return failure(http.StatusBadRequest, "body", err.Error())
	}
	return nil
}

package api

import (
	"bytes"
	"encoding/json"
	"net/http"

	"tenure/domain"
)

// envelope is the body of every published error.
type envelope struct {
	Error *domain.Rejection `json:"error"`
}

// The published errors of every call.
var (
	errExpired     = failure(http.StatusUnauthorized, "expired", "Session has expired, please login")
	errCredentials = failure(http.StatusUnauthorized, "credentials_invalid", "Authorization required, please login")
	errFormat      = failure(http.StatusUnauthorized, "format_error", "Authorization header format is Authorization: Bearer <token>")
	errToken       = failure(http.StatusUnauthorized, "invalid_token", "Invalid token")
	errAccess      = failure(http.StatusForbidden, "access_denied", "Insufficient access level")
	errEmployee    = failure(http.StatusNotFound, "employee", "Employee not found")
	errPath        = failure(http.StatusNotFound, "not_found", "There is nothing at this address")
	errInternal    = failure(http.StatusInternalServerError, "internal_error", "Internal error")
)

func failure(status int, code, message string) *domain.Rejection {
	return &domain.Rejection{Status: status, Code: code, Message: message}
}

// refuse answers with an error.
func refuse(w http.ResponseWriter, r *domain.Rejection) { answer(w, r.Status, envelope{r}) }

// answer writes a document. What cannot be written has no reader any more.
func answer(w http.ResponseWriter, status int, document any) {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false) // messages stand as they are published, <token> among them
	if err := e.Encode(document); err != nil {
		status = http.StatusInternalServerError
		body.Reset()
		body.WriteString(`{"error":{"status":500,"code":"internal_error","message":"Internal error"}}` + "\n")
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}

package api

import (
	"bytes"
	"encoding/json"
	"net/http"

	"tenure/domain"
)

// envelope is the body of every error of Telecom X.
type envelope struct {
	Error *domain.Rejection `json:"error"`
}

// The published errors of every call, and those that HTTP adds.
var (
	errExpired     = failure(http.StatusUnauthorized, "expired", "Session has expired, please login")
	errCredentials = failure(http.StatusUnauthorized, "credentials_invalid", "Authorization required, please login")
	errFormat      = failure(
		http.StatusUnauthorized,
		"format_error",
		"Authorization header format is Authorization: Bearer <token>",
	)
	errToken = failure(http.StatusUnauthorized, "invalid_token", "Invalid token")
	// of an employee that may not log in any more
	errBlocked = failure(http.StatusUnauthorized, "invalid_token", "Invalid token")
	// of one that nobody has confirmed since a restore
	errRestored = failure(http.StatusUnauthorized, "invalid_token", "The token is of before a restore")
	errAddress  = &domain.Rejection{
		Status:  http.StatusForbidden,
		Code:    "access_denied",
		Message: "Insufficient access level",
		Check:   "ipRestriction",
	}
	errAccess     = failure(http.StatusForbidden, "access_denied", "Insufficient access level")
	errEmployee   = failure(http.StatusNotFound, "employee", "Employee not found")
	errBody       = failure(http.StatusBadRequest, "employee", "Employee not found in body of request")
	errPath       = failure(http.StatusNotFound, "not_found", "There is nothing at this address")
	errMethod     = failure(http.StatusMethodNotAllowed, "method_not_allowed", "This address does not take the method")
	errTooLarge   = failure(http.StatusRequestEntityTooLarge, "too_large", "The body is larger than 1 MiB")
	errCommand    = failure(http.StatusNotFound, "command", "Command not found")
	errCustomer   = failure(http.StatusNotFound, "customer", "Customer not found")
	errTokenID    = failure(http.StatusNotFound, "token", "Token not found")
	errNewTokens  = failure(http.StatusForbidden, "webauthnOnly", "The employee may only login using webauthn")
	errPersistent = failure(http.StatusForbidden, "m2mOnly", "The employee may only use persistent tokens")
	errTooMany    = failure(
		http.StatusTooManyRequests,
		"too_many",
		"Too many invalid tokens from this address, please wait a minute",
	)
	errEncoding = failure(
		http.StatusUnsupportedMediaType,
		"content_encoding",
		"A body must not be encoded: send it as it is",
	)
	errMedia   = failure(http.StatusUnsupportedMediaType, "content_type", "The body must be JSON")
	errMark    = failure(http.StatusBadRequest, "body", "The body must not begin with a byte order mark")
	errChanged = failure(
		http.StatusPreconditionFailed,
		"precondition_failed",
		"The employee has changed since it was read",
	)
	errTokensMax = failure(
		http.StatusConflict,
		"token",
		"The employee has as many persistent tokens as it may, revoke one first",
	)
	errRepeated = failure(
		http.StatusConflict,
		keyHeader,
		"A token was made by this call before, its value is not kept: revoke it and make another",
	)
	errUnavailable = failure(
		http.StatusServiceUnavailable,
		"unavailable",
		"The service cannot answer now, please try again",
	)
	errInternal = failure(http.StatusInternalServerError, "internal_error", "Internal error")
)

func failure(status int, code, message string) *domain.Rejection {
	return &domain.Rejection{Status: status, Code: code, Message: message}
}

// invalid refuses a property or parameter of a request.
func invalid(path, message string) *domain.Rejection {
	return &domain.Rejection{Status: http.StatusUnprocessableEntity, Code: path, Message: message, Path: path}
}

// refuse responds with an error.
func refuse(w http.ResponseWriter, r *domain.Rejection) { respond(w, r.Status, envelope{r}) }

// respond writes a document. A failed write means that the client has gone.
func respond(w http.ResponseWriter, status int, document any) {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false) // messages are published as they are, <token> among them
	if err := e.Encode(document); err != nil {
		status = http.StatusInternalServerError
		body.Reset()
		body.WriteString(`{"error":{"status":500,"code":"internal_error","message":"Internal error"}}` + "\n")
	}
	send(w, status, body.Bytes())
}

// send writes a JSON document that is encoded already.
func send(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

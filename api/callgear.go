package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"tenure/access"
	"tenure/domain"
	"tenure/projections"
)

// callGearPath is where CallGear's Data API is.
const callGearPath = "/callgear/v2.0"

// rpcRequest is a JSON-RPC 2.0 request. A notification has no id.
type rpcRequest struct {
	Version string
	ID      json.RawMessage
	Method  string
	Params  json.RawMessage
}

// UnmarshalJSON reads the members by their exact names: encoding/json would take Method for method.
func (q *rpcRequest) UnmarshalJSON(raw []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return err
	}
	q.ID, q.Params = members["id"], members["params"]
	for name, into := range map[string]*string{"jsonrpc": &q.Version, "method": &q.Method} {
		if given, ok := members[name]; ok {
			if err := json.Unmarshal(given, into); err != nil {
				return err
			}
		}
	}
	return nil
}

// rpcReply is its response: result or error.
type rpcReply struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  any             `json:"result,omitempty"`
	Error   *rpcError       `json:"error,omitempty"`
}

// rpcError is an error as published.
type rpcError struct {
	Code    int       `json:"code"`
	Message string    `json:"message"`
	Detail  rpcDetail `json:"data"`
}

type rpcDetail struct {
	Mnemonic string `json:"mnemonic"`
	Field    string `json:"field,omitempty"`
	Value    any    `json:"value,omitempty"`
	Params   any    `json:"params,omitempty"`
	Metadata any    `json:"metadata,omitempty"`
}

// The codes of JSON-RPC and of CallGear.
const (
	codeParse         = -32700
	codeRequest       = -32600
	codeMethod        = -32601
	codeParams        = -32602
	codeInternal      = -32603
	codeToken         = -32001
	codeForbidden     = -32003
	codeLimit         = -32029
	codeNotSupported  = -32099
	rpcVersion        = "2.0"
	methodEmployees   = "get.employees"
	mnemonicForbidden = "forbidden"
)

func rpcFailure(code int, mnemonic, message string) *rpcError {
	return &rpcError{Code: code, Message: message, Detail: rpcDetail{Mnemonic: mnemonic}}
}

// callGear serves one call. The HTTP status is 200 also for errors, as published.
func (h *handler) callGear(w http.ResponseWriter, r *http.Request) {
	reply := rpcReply{Version: rpcVersion, ID: json.RawMessage("null")}
	call, wrong := h.readCall(r)
	if len(call.ID) > 0 {
		reply.ID = call.ID
	}
	if wrong == nil {
		reply.Result, wrong = h.getEmployees(r, call.Params)
	}
	reply.Error = wrong
	respond(w, http.StatusOK, reply)
}

// readCall reads a request and refuses what is none.
func (h *handler) readCall(r *http.Request) (call rpcRequest, wrong *rpcError) {
	if r.Method != http.MethodPost {
		return call, rpcFailure(codeRequest, "invalid_request", "A call is a POST")
	}
	raw, no := body(r)
	switch {
	case no == errTooLarge:
		return call, rpcFailure(codeRequest, "invalid_request", errTooLarge.Message)
	case no != nil, !json.Valid(raw):
		return call, rpcFailure(codeParse, "parse_error", "Invalid JSON was received by the server")
	case bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")):
		return call, rpcFailure(codeNotSupported, "batch_opreations_not_supported", "Batch operations are not supported")
	}
	if h.twice(raw) != nil || json.Unmarshal(raw, &call) != nil || call.Version != rpcVersion || !rpcID(call.ID) {
		if !rpcID(call.ID) {
			call.ID = nil
		}
		return call, rpcFailure(codeRequest, "invalid_request", "The JSON sent is not a valid request object")
	}
	switch {
	case call.ID == nil:
		return call, rpcFailure(codeNotSupported, "notifications_not_supported", "Notifications are not supported")
	case call.Method != methodEmployees:
		return call, rpcFailure(codeMethod, "method_not_found", "The method does not exist")
	}
	return call, nil
}

// rpcID reports whether an id is valid: a string, a number, null or absent.
func rpcID(raw json.RawMessage) bool {
	return len(raw) == 0 || raw[0] != '{' && raw[0] != '[' && raw[0] != 't' && raw[0] != 'f'
}

// rpcResult is the result of get.employees.
type rpcResult struct {
	Data     []map[string]any `json:"data"`
	Metadata rpcMetadata      `json:"metadata"`
}

type rpcMetadata struct {
	Total  int64    `json:"total_items"`
	Limits counters `json:"limits"`
}

func (h *handler) getEmployees(r *http.Request, raw json.RawMessage) (any, *rpcError) {
	p, wrong := readParams(raw)
	if wrong != nil {
		return nil, wrong
	}
	by, wrong := h.rpcCaller(r, p.token)
	if wrong != nil {
		return nil, wrong
	}
	if p.search.Customer, wrong = h.rpcCustomer(r, by, p.user); wrong != nil {
		return nil, wrong
	}
	left, ok, err := h.calls.take(r.Context(), by.countedAs(p.token))
	switch {
	case err != nil:
		h.fault(r, "counting a call", err)
		return nil, rpcFailure(codeInternal, "internal_error", "Internal error")
	case !ok:
		wrong := rpcFailure(codeLimit, "limit_exceeded", "The limit of calls is exceeded")
		wrong.Detail.Metadata = map[string]counters{"limits": left}
		return nil, wrong
	}
	page, total, err := h.search(r.Context(), p.search)
	if err != nil {
		return nil, h.searchFailure(r, err)
	}
	result := rpcResult{Data: make([]map[string]any, len(page)), Metadata: rpcMetadata{Total: total, Limits: left}}
	for i := range page {
		result.Data[i] = record(&page[i], p.fields)
	}
	return result, nil
}

// searchesMax is how many searches run at once in a process: each may keep a core of the database for searchTime.
const searchesMax = 2

// search runs a search when there is room for it, within searchTime in all.
func (h *handler) search(ctx context.Context, s projections.Search) ([]projections.Found, int64, error) {
	waited, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	select {
	case h.searching <- struct{}{}:
		defer func() { <-h.searching }()
	case <-waited.Done():
		return nil, 0, cmp.Or(ctx.Err(), projections.ErrSearchTime)
	}
	db := h.Searches
	if db == nil {
		db = h.Database
	}
	s.Within = searchTime
	return projections.SearchDirectory(ctx, db, s)
}

// countedAs is what calls are counted by: the employee, whatever token it uses, or a token without an employee.
func (by caller) countedAs(token string) string {
	if by.Employee != "" {
		return "employee " + by.Employee
	}
	return token
}

func (h *handler) searchFailure(r *http.Request, err error) *rpcError {
	switch {
	case errors.Is(err, projections.ErrSearchPattern):
		return badParam("invalid_parameter_value", "filter", nil, "The regular expression is not valid")
	case errors.Is(err, projections.ErrSearchTime):
		return badParam("invalid_parameter_value", "filter", nil, "The search takes too long: use a filter that finds less")
	}
	h.fault(r, "searching the directory", err)
	return rpcFailure(codeInternal, "internal_error", "Internal error")
}

// rpcCaller authenticates the access token.
func (h *handler) rpcCaller(r *http.Request, token string) (caller, *rpcError) {
	by, no := h.authenticate(r, token)
	switch no {
	case nil:
	case errExpired:
		return by, rpcFailure(codeToken, "access_token_expired", "The access token has expired")
	case errBlocked:
		return by, rpcFailure(codeToken, "access_token_blocked", "The access token is blocked")
	case errToken, errRestored, errCredentials, errTooMany:
		return by, rpcFailure(codeToken, "access_token_invalid", "The access token is invalid")
	case errAddress:
		return by, rpcFailure(codeForbidden, "ip_not_whitelisted", "The IP address is not whitelisted")
	case errAccess:
		return by, rpcFailure(codeForbidden, mnemonicForbidden, "There is no access to this method")
	default:
		return by, rpcFailure(codeInternal, "internal_error", "Internal error")
	}
	if by.reach(access.Search) == access.ReachNone {
		return by, rpcFailure(codeForbidden, mnemonicForbidden, "There is no access to this method")
	}
	return by, nil
}

// rpcCustomer is the customer whose employees are asked for. An agent, which reaches several customers, names one by
// the number of one of its employees.
func (h *handler) rpcCustomer(r *http.Request, by caller, user *int64) (string, *rpcError) {
	agent := by.reach(access.Search) > access.ReachCustomer
	switch {
	case user == nil && agent:
		return "", badParam("required_parameter_missed", "user_id", nil, "An agent must name the user")
	case user == nil:
		return by.Customer, nil
	}
	person, ok, err := projections.PersonByNumber(r.Context(), h.Database, *user)
	if err != nil {
		h.fault(r, "looking for a user", err)
		return "", rpcFailure(codeInternal, "internal_error", "Internal error")
	}
	if !ok ||
		!by.may(access.Search, domain.TargetOf(person.ID, person.AccessLevel, person.Customer, h.catalog().Catalog)) {
		return "", badParam("invalid_parameter_value", "user_id", *user, "There is no such user")
	}
	return person.Customer, nil
}

// badParam refuses a parameter.
func badParam(mnemonic, field string, value any, message string) *rpcError {
	wrong := rpcFailure(codeParams, mnemonic, message)
	wrong.Detail.Field, wrong.Detail.Value = field, value
	return wrong
}

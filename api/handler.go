package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"tenure/domain"
	"tenure/events"
	"tenure/projections"
)

// Config is what the handlers work with.
type Config struct {
	// Database holds the read models and the tokens.
	Database projections.Database
	// Searches is a separate pool for searches, which keep a connection for seconds and whose statements are not worth
	// keeping; nil: Database.
	Searches projections.Database
	// Now is business time.
	Now func() time.Time
	// Machine is the time of the machine, by which limits and caches age also where business time is stopped.
	Machine func() time.Time
	// Zone is the billing zone, in which an instant becomes a day.
	Zone *time.Location
	// Log receives faults, never content.
	Log *slog.Logger
	// Catalog gives the products, customers and resellers as this process knows them; nil: an empty catalogue.
	Catalog func() Catalog
	// Send sends a command and waits for its outcome, as long as ctx lasts. The error wraps that of ctx when the
	// command is on its way and its outcome has not come. nil: this process accepts no writes.
	Send func(ctx context.Context, c Command) (domain.Outcome, error)
	// Outcome returns the outcome of a command to an employee; false while there is none.
	Outcome func(ctx context.Context, employee, command string) (domain.Outcome, bool, error)
	// Caught waits until the read models and the catalogue are at the position of an outcome.
	Caught func(ctx context.Context, position string) error
	// Hash is that of a shard's log at a position, nil where there is none: after a failover that lost the end of the log
	// a position may be another event. nil: positions are taken as they are.
	Hash func(ctx context.Context, shard int32, position int64) ([]byte, error)
	// Seal replaces the secrets among an employee's properties (password, pinCode) by what may be in a command. An error
	// that is a *domain.Rejection goes to the caller. employee is whose they are; once names a call that may be
	// repeated, which then gives the same; empty: it may not. nil leaves them, and the domain refuses them.
	Seal func(properties map[string]json.RawMessage, employee, once string) error
	// Carried checks whether a topic carries a command with these bytes; the error is the rule that they break. nil: it
	// carries everything.
	Carried func(value []byte) error
	// WriteTime bounds how long a writing call waits before it responds with 202; 0 means 10 s.
	WriteTime time.Duration
	// Behind is how long the directory has not had all events of a shard; nil: it always has. A token of an employee in
	// a shard that is more than 30 s behind has no rights: what was taken from the employee may not be known yet.
	Behind func(shard int32) time.Duration
	// AccessLog receives a line for each request; nil: none.
	AccessLog *slog.Logger
	// TokenFailed counts a token that was not accepted, by reason; nil: nothing counts.
	TokenFailed func(reason string)
	// Limits bound the calls of CallGear.
	Limits Limits
	// Proxies are those whose X-Forwarded-For is believed; none unless they are named.
	Proxies []netip.Prefix
}

// Catalog is the catalogue with the numbers by which APIs with integers name customers and resellers.
type Catalog struct {
	*domain.Catalog
	// Numbers are the stable integers of customers and resellers, by id.
	Numbers map[string]int64
	// Customers are the customers by number.
	Customers map[int64]string
}

// Command is a command to an employee.
type Command struct {
	Type     string // employee.create.v1
	Employee string // id
	ID       string // the same id takes effect once
	Actor    events.Actor
	Data     any
}

// writeTimeDefault is shorter than the patience of clients and proxies, which is 30 s and more.
const writeTimeDefault = 10 * time.Second

type handler struct {
	Config
	tokens   Tokens
	callers  *callers
	failures *failures
	calls    *meter

	searching chan struct{} // a place for each search that runs
}

// route is one method and path, as the mux takes it, with its handler.
type route struct {
	pattern string
	serve   http.HandlerFunc
	query   queryParams
	open    bool // asks for no token
}

// routes are the published paths.
func (h *handler) routes() []route {
	deleted := params("includeDeleted")
	directory := params("calls", "standalone", "customer").withList("ids")
	return []route{
		{
			pattern: "GET /employee",
			serve:   h.employees,
			query:   params("offset", "limit", "customer", "filter", "includeDeleted"),
		},
		{pattern: "POST /employee", serve: h.create},
		{pattern: "GET /employee/{id}", serve: h.employee, query: deleted},
		{pattern: "POST /employee/{id}", serve: h.update},
		{pattern: "DELETE /employee/{id}", serve: h.remove, query: params(deletionProperties...)},
		{pattern: "GET /employee/{id}/token", serve: h.listTokens},
		{pattern: "POST /employee/{id}/token", serve: h.createToken},
		{pattern: "DELETE /employee/{id}/token", serve: h.deleteTokens},
		{pattern: "DELETE /employee/{id}/token/{token}", serve: h.deleteToken},
		{pattern: "GET /product", serve: h.products, query: params("offset", "limit", "customer", "type")},
		{
			pattern: "GET /mvno",
			serve:   h.accounts,
			query:   params("offset", "limit", "customer", "filter", "pbx", "available", "ratePlan", "network"),
		},
		{pattern: "GET /invoice", serve: h.invoices, query: params("billTo", "after", "limit")},
		{pattern: "GET /invoice/{ref...}", serve: h.invoice, query: params("after", "limit", "showIncludedProducts")},
		{pattern: "GET /pbx/app/employees", serve: h.directory, query: directory},
		{pattern: "POST /pbx/app/employees", serve: h.directory, query: directory},
		{pattern: "GET /commands/{id}", serve: h.command},
		{pattern: "POST /callgear/v2.0", serve: h.callGear},
		{pattern: "GET /rest/v1.0/{client}/users", serve: h.users, query: deleted},
		{pattern: "GET /rest/v1.0/{client}/users/user", serve: h.userByUID, query: params("uid", "includeDeleted")},
		{pattern: "GET /rest/v1.0/{client}/users/user/{user}", serve: h.userByID, query: deleted},
		{pattern: "GET /openapi.json", serve: serveOpenAPI, open: true},
	}
}

// New serves the published APIs, and refuses everything else in the form of the API whose base the path has.
func New(c Config) http.Handler {
	if c.WriteTime == 0 {
		c.WriteTime = writeTimeDefault
	}
	h := &handler{Config: c, failures: &failures{}, calls: newMeter(c.Limits, c.Machine, c.Database)}
	h.tokens = Tokens{Database: c.Database, Now: c.Now, filters: &apiFilters{}}
	h.searching = make(chan struct{}, searchesMax)
	h.callers = &callers{lookUp: h.lookUp, now: c.Machine, failures: h.failures, known: map[[32]byte]cachedHolder{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	for _, r := range h.routes() {
		mux.HandleFunc(r.pattern, h.strict(r))
	}
	return h.guard(h.unmatched(mux))
}

// catalog is the catalogue, an empty one where none is configured.
func (h *handler) catalog() Catalog {
	if h.Catalog == nil {
		return Catalog{Catalog: domain.EmptyCatalog()}
	}
	return h.Config.Catalog()
}

package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/access"
	"tenure/billing"
	"tenure/events"
	"tenure/internal/store"
	"tenure/internal/test/database"
	"tenure/internal/test/environment"
	"tenure/internal/test/running"
	"tenure/projections"
)

// db is one database for all tests of the package: none of them changes what another reads.
var db *store.Store

func TestMain(m *testing.M) {
	os.Exit(environment.Run(func() int { return withDatabase(m.Run) }))
}

func withDatabase(run func() int) int {
	ctx := context.Background()
	var err error
	db, err = openNew(ctx)
	if err == nil {
		defer db.Close()
		err = createAll(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "api:", err)
		return 1
	}
	return run()
}

// openNew makes a database and opens it.
func openNew(ctx context.Context) (*store.Store, error) {
	dsn, err := database.Shared(ctx)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Config{DSN: dsn})
}

// createAll folds the facts of everybody into the read models.
func createAll(ctx context.Context) error {
	var page []events.Recorded
	for _, p := range people() {
		for i, e := range p.facts {
			page = append(page, events.Recorded{Stream: "employee/" + p.id, Version: int32(i + 1),
				Position: int64(len(page) + 1), Event: e})
		}
	}
	if err := readable(ctx, db, page); err != nil {
		return err
	}
	claim, err := projections.ClaimActivity(ctx, db, "topic", 0)
	if err != nil {
		return err
	}
	_, err = claim.Take(ctx, db, activities(), nil)
	return err
}

// readable folds facts into the read model of a database.
func readable(ctx context.Context, in *store.Store, page []events.Recorded) error {
	var p projections.Directory
	var wanted []events.Recorded
	for _, f := range page {
		if p.Wants(f.Event.EventType()) {
			wanted = append(wanted, f)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	b := &pgx.Batch{}
	if err := p.Write(ctx, in, wanted, b); err != nil {
		return err
	}
	return in.InTx(ctx, b)
}

// today is when the tests take place.
var today = time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)

// serve gives the handlers on 30 October 2026.
func serve(change ...func(*Config)) http.Handler {
	policy := billing.DefaultPolicy()
	c := Config{
		Database: db, Zone: policy.Zone(), Log: running.Log(),
		Now: func() time.Time { return today }, Machine: time.Now, Catalog: theCatalog,
		Limits: Limits{Day: 1 << 40, Minute: 1 << 40},
	}
	for _, f := range change {
		f(&c)
	}
	return New(c)
}

// ask sends a request with headers, name and value in turn.
func ask(t testing.TB, h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	return call(t, h, http.MethodGet, path, "", headers...)
}

// callerAt is where requests of the tests come from.
const callerAt = "192.0.2.17"

// call sends a request with a body and headers, name and value in turn.
func call(t testing.TB, h http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	request := httptest.NewRequestWithContext(t.Context(), method, path, content)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	request.RemoteAddr = callerAt + ":40000"
	return served(h, request)
}

func served(h http.Handler, request *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request)
	return w
}

// madeTokens are the tokens of all tests, by database and rights: an employee has a bounded number of them.
var (
	madeTokens   = map[tokenKey]string{}
	madeTokensMu sync.Mutex
)

type tokenKey struct {
	db     *store.Store
	rights events.Actor
}

// tokenOf makes a token for rights, once.
func tokenOf(in *store.Store, rights events.Actor) (string, error) {
	madeTokensMu.Lock()
	defer madeTokensMu.Unlock()
	key := tokenKey{in, rights}
	if made, ok := madeTokens[key]; ok {
		return made, nil
	}
	made, err := Tokens{Database: in}.Create(context.Background(), rights, 0)
	if err == nil {
		madeTokens[key] = made
	}
	return made, err
}

// newTokenOf makes a token that no other test uses.
func newTokenOf(t testing.TB, rights events.Actor) string {
	t.Helper()
	made, err := Tokens{Database: db}.Create(t.Context(), rights, 0)
	require.NoError(t, err)
	return made
}

// token is one for the rights.
func token(t testing.TB, rights events.Actor) string {
	t.Helper()
	made, err := tokenOf(db, rights)
	require.NoError(t, err)
	return made
}

// as gives the headers of a caller with a level in the customer of the tests, or above it.
func as(t testing.TB, level string) []string {
	t.Helper()
	return []string{"X-API-Key", token(t, at(level))}
}

// at is a caller without an employee.
func at(level string) events.Actor {
	a := events.Actor{AccessLevel: level}
	switch {
	case access.LevelOf(level) < access.Reseller:
		a.Customer, a.Reseller = ownCustomer, ownReseller
	case level == "RESELLER":
		a.Reseller = ownReseller
	}
	return a
}

// refused is the envelope of an error.
func refused(t testing.TB, w *httptest.ResponseRecorder, status int, code, message string) {
	t.Helper()
	require.Equal(t, status, w.Code, w.Body.String())
	require.JSONEq(t, fmt.Sprintf(`{"error":{"status":%d,"code":%q,"message":%q}}`, status, code, message),
		w.Body.String())
}

// batchOf is a batch of one statement.
func batchOf(sql string, args ...any) *pgx.Batch {
	b := &pgx.Batch{}
	b.Queue(sql, args...)
	return b
}

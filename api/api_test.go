package api

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/embedded"
	"tenure/internal/store"
	"tenure/projections"
)

// db is one database for all tests of the package: none of them changes what another reads.
var db *store.Store

func TestMain(m *testing.M) { os.Exit(withDatabase(m.Run)) }

func withDatabase(run func() int) int {
	ctx := context.Background()
	server, err := embedded.StartPostgres(ctx, embedded.PostgresOptions{Ephemeral: true})
	if err == nil {
		defer func() { _ = server.Stop(ctx) }()
		err = store.Migrate(ctx, server.DSN())
	}
	if err == nil {
		db, err = store.Open(ctx, store.Config{DSN: server.DSN()})
	}
	if err == nil {
		defer db.Close()
		err = hireAll(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "api:", err)
		return 1
	}
	return run()
}

// The people in the database.
const (
	plain    = "5e0000000000000000000001" // a name and nothing else
	equipped = "5e0000000000000000000002" // all that the document shows
	deleted  = "5e0000000000000000000003"
	unknown  = "5e0000000000000000000009"

	ownCustomer, otherCustomer = "5c0000000000000000000001", "5c0000000000000000000002"
	ownReseller, otherReseller = "5a0000000000000000000001", "5a0000000000000000000002"
)

// hireAll folds the facts of everybody into the read model.
func hireAll(ctx context.Context) error {
	amount := billing.MustAmount
	price := amount("85.5")
	facts := map[string][]events.Event{
		plain:   {created("Sample employee 01", nil)},
		deleted: {created("Sample employee 03", nil), events.EmployeeDeleted{Date: billing.MustDate("2026-10-01")}},
		equipped: {
			created("Sample employee 02", events.Attributes{"language": json.RawMessage(`"da"`)}),
			events.ProductAssigned{Product: "5b0000000000000000000001", From: billing.MustDate("2026-10-01")},
			events.ProductChangeScheduled{Product: "5b0000000000000000000002", From: billing.MustDate("2026-11-01")},
			events.BillingCustomerChanged{BillingCustomer: otherCustomer, Effective: billing.MustDate("2026-10-05")},
			events.AddonAdded{Addon: events.Addon{ID: "5d0000000000000000000001", Product: "5b0000000000000000000003", Name: "Busylight",
				Units: amount("2"), UnitPrice: &price, Start: billing.MustDate("2026-10-01"), InvoicedUntil: billing.MustDate("2026-09-30")}},
			events.AddonTerminated{ID: "5d0000000000000000000001", Terminate: billing.MustDate("2026-12-01")},
			events.MvnoAccountAttached{Account: events.MvnoAccount{ID: "a00000000000000000000002", Number: "+4500000002", State: "ACTIVE"}},
			events.DeletionScheduled{Date: billing.MustDate("2026-12-24"), At: time.Date(2026, 12, 24, 20, 0, 0, 0, time.UTC), DeleteExtensions: true},
		},
	}
	var page []events.Recorded
	for id, all := range facts {
		for i, e := range all {
			page = append(page, events.Recorded{Stream: "employee/" + id, Version: int32(i + 1), Position: int64(len(page) + 1), Event: e})
		}
	}
	b := &pgx.Batch{}
	if err := (projections.Employees{}).Write(ctx, db, page, b); err != nil {
		return err
	}
	return db.InTx(ctx, b)
}

func created(name string, attributes events.Attributes) events.EmployeeCreated {
	return events.EmployeeCreated{
		Number: 1, Customer: ownCustomer, Reseller: ownReseller, AccessLevel: "NO_LOGIN", State: "ENABLED",
		On: billing.MustDate("2026-10-01"), Attributes: attributes,
		Personal: events.Attributes{"name": json.RawMessage(`"` + name + `"`), "notes": json.RawMessage(`"for resellers only"`)},
	}
}

// serve gives the handlers on 30 October 2026.
func serve(database projections.Database) http.Handler {
	policy := billing.DefaultPolicy()
	return New(Config{
		Database: database, Zone: policy.Zone(), Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC) },
	})
}

// ask sends a request with headers, name and value in turn.
func ask(t *testing.T, h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request)
	return w
}

// token makes one for the rights.
func token(t *testing.T, rights events.Actor) string {
	t.Helper()
	made, err := Tokens{Database: db}.Create(t.Context(), rights, 0)
	require.NoError(t, err)
	return made
}

func TestWhoDoesNotSayWhoSheIsIsToldSo(t *testing.T) {
	t.Parallel()
	expired, err := Tokens{Database: db}.Create(t.Context(), events.Actor{AccessLevel: "ADMIN"}, time.Second)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, _, err := Tokens{Database: db}.Rights(t.Context(), expired)
		return err != nil
	}, 10*time.Second, 20*time.Millisecond)
	for name, c := range map[string]struct {
		headers []string
		code    string
		message string
	}{
		"nothing":                     {nil, "credentials_invalid", "Authorization required, please login"},
		"another scheme":              {[]string{"Authorization", "Basic abc"}, "format_error", "Authorization header format is Authorization: Bearer <token>"},
		"no token":                    {[]string{"Authorization", "Bearer "}, "format_error", "Authorization header format is Authorization: Bearer <token>"},
		"a token that does not exist": {[]string{"Authorization", "Bearer abc"}, "invalid_token", "Invalid token"},
		"a key that does not exist":   {[]string{"X-API-Key", "abc"}, "invalid_token", "Invalid token"},
		"a token whose time is over":  {[]string{"X-API-Key", expired}, "expired", "Session has expired, please login"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := ask(t, serve(db), "/employee/"+plain, c.headers...)
			require.Equal(t, http.StatusUnauthorized, w.Code)
			want, err := json.Marshal(envelope{failure(http.StatusUnauthorized, c.code, c.message)})
			require.NoError(t, err)
			require.JSONEq(t, string(want), w.Body.String())
		})
	}
}

func TestEachLevelSeesItsOwnPeople(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rights events.Actor
		status int
	}{
		"a viewer of the customer":     {events.Actor{AccessLevel: "VIEWER", Customer: ownCustomer}, 200},
		"a manager of the customer":    {events.Actor{AccessLevel: "MANAGER", Customer: ownCustomer}, 200},
		"an owner of another customer": {events.Actor{AccessLevel: "OWNER", Customer: otherCustomer}, 404},
		"the reseller":                 {events.Actor{AccessLevel: "RESELLER", Reseller: ownReseller}, 200},
		"another reseller":             {events.Actor{AccessLevel: "RESELLER", Reseller: otherReseller}, 404},
		"a reseller's administrator":   {events.Actor{AccessLevel: "RESELLER_ADMIN"}, 200},
		"an administrator":             {events.Actor{AccessLevel: "ADMIN"}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := ask(t, serve(db), "/employee/"+plain, "X-API-Key", token(t, c.rights))
			require.Equal(t, c.status, w.Code, w.Body)
		})
	}
}

func TestALevelThatMayNotReadIsRefused(t *testing.T) {
	t.Parallel()
	for _, level := range []string{"", "NO_LOGIN", "PERSONAL"} {
		require.Equal(t, errAccess, refusalToRead(events.Actor{AccessLevel: level, Customer: ownCustomer}, ownCustomer, ownReseller))
	}
}

func TestRightsThatDoNotFitTogetherGetNoToken(t *testing.T) {
	t.Parallel()
	for _, rights := range []events.Actor{
		{}, {AccessLevel: "PERSONAL"}, {AccessLevel: "VIEWER"}, {AccessLevel: "OWNER", Reseller: ownReseller}, {AccessLevel: "RESELLER", Customer: ownCustomer},
	} {
		_, err := Tokens{Database: db}.Create(t.Context(), rights, 0)
		require.ErrorIs(t, err, ErrRights)
	}
}

func TestAnEmployeeIsShownUnderThePublishedNames(t *testing.T) {
	t.Parallel()
	admin := token(t, events.Actor{AccessLevel: "ADMIN"})
	w := ask(t, serve(db), "/employee/"+strings.ToUpper(equipped), "Authorization", "bearer "+admin)
	require.Equal(t, http.StatusOK, w.Code)
	require.JSONEq(t, `{
		"_id": "`+equipped+`", "customer": "`+ownCustomer+`", "accessLevel": "NO_LOGIN", "state": "ENABLED",
		"name": "Sample employee 02", "notes": "for resellers only", "language": "da",
		"product": {"_id": "5b0000000000000000000001"}, "newProduct": "5b0000000000000000000002", "billingCustomer": "`+otherCustomer+`",
		"deleteDate": "2026-12-24T20:00:00.000Z", "deleteExtensions": true, "deleteMvnoAccounts": false,
		"mvnoAccounts": [{"_id": "a00000000000000000000002", "number": "+4500000002", "state": "ACTIVE"}],
		"addonProducts": [{"_id": "5d0000000000000000000001", "product": "5b0000000000000000000003", "name": "Busylight", "units": 2,
			"unitPrice": 85.5, "start": "2026-10-01", "terminate": "2026-12-01", "invoicedUntil": "2026-09-30"}]
	}`, w.Body.String())
	require.Contains(t, w.Body.String(), `"units":2}`, "numbers are numbers here")
}

func TestNotesAreForResellersAndUp(t *testing.T) {
	t.Parallel()
	for level, sees := range map[string]bool{"VIEWER": false, "OWNER": false, "RESELLER": true, "RESELLER_ADMIN": true, "ADMIN": true} {
		rights := events.Actor{AccessLevel: level, Customer: ownCustomer, Reseller: ownReseller}
		w := ask(t, serve(db), "/employee/"+plain, "X-API-Key", token(t, rights))
		require.Equal(t, sees, strings.Contains(w.Body.String(), "notes"), level)
	}
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	t.Parallel()
	admin := token(t, events.Actor{AccessLevel: "ADMIN"})
	for path, code := range map[string]string{
		"/employee/" + unknown: "employee",
		"/employee/" + deleted: "employee",
		"/employee/1":          "employee",
		"/employee/%00":        "employee",
		"/nothing":             "not_found",
		"/":                    "not_found",
	} {
		w := ask(t, serve(db), path, "X-API-Key", admin)
		require.Equal(t, http.StatusNotFound, w.Code, path)
		require.Contains(t, w.Body.String(), `"code":"`+code+`"`, path)
	}
	require.Equal(t, "ok\n", ask(t, serve(db), "/livez").Body.String())
}

// broken is a database that has gone.
type broken struct{}

func (broken) InTx(context.Context, *pgx.Batch) error { return context.DeadlineExceeded }

func TestADatabaseThatIsGoneIsAnInternalErrorWithoutItsText(t *testing.T) {
	t.Parallel()
	w := ask(t, serve(broken{}), "/employee/"+plain, "X-API-Key", "any")
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.JSONEq(t, `{"error":{"status":500,"code":"internal_error","message":"Internal error"}}`, w.Body.String())
}

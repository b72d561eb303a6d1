package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/events"
)

func TestCaller_RefusesMissingAndInvalidTokens(t *testing.T) {
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
		"nothing": {nil, "credentials_invalid", "Authorization required, please login"},
		"another scheme": {[]string{"Authorization", "Basic abc"},
			"format_error", "Authorization header format is Authorization: Bearer <token>"},
		"no token": {[]string{"Authorization", "Bearer "},
			"format_error", "Authorization header format is Authorization: Bearer <token>"},
		"a token that does not exist": {[]string{"Authorization", "Bearer abc"}, "invalid_token", "Invalid token"},
		"a key that does not exist":   {[]string{"X-API-Key", "abc"}, "invalid_token", "Invalid token"},
		"a token whose time is over":  {[]string{"X-API-Key", expired}, "expired", "Session has expired, please login"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, ask(t, serve(), "/employee/"+plain, c.headers...), http.StatusUnauthorized, c.code, c.message)
		})
	}
}

func TestLevels_ReachOverHTTP(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rights events.Actor
		status int
	}{
		"a viewer of the customer":     {at("VIEWER"), 200},
		"a person of the customer":     {at("PERSONAL"), 403},
		"an owner of another customer": {events.Actor{AccessLevel: "OWNER", Customer: otherCustomer}, 404},
		"the reseller":                 {at("RESELLER"), 200},
		"another reseller":             {events.Actor{AccessLevel: "RESELLER", Reseller: otherReseller}, 404},
		"a reseller's administrator":   {at("RESELLER_ADMIN"), 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := ask(t, serve(), "/employee/"+plain, "X-API-Key", token(t, c.rights))
			require.Equal(t, c.status, w.Code, w.Body)
		})
	}
}

func TestOrganizationResellers_ExtendTheReach(t *testing.T) {
	t.Parallel()
	organizerHeaders := []string{"X-API-Key", token(t, events.Actor{Employee: organizer, AccessLevel: "MANAGER",
		Customer: organization})}
	for path, status := range map[string]int{
		"/employee/" + organizer: 200, "/employee/" + foreign: 200, "/employee/" + plain: 404, "/employee?customer=" +
			foreignCustomer: 200,
		"/employee?customer=" + ownCustomer: 403, "/pbx/app/employees?customer=" + foreignCustomer: 200,
		"/pbx/app/employees?customer=" + ownCustomer: 403,
		"/rest/v1.0/8/users":                         200, "/rest/v1.0/7/users": 401,
	} {
		require.Equal(t, status, ask(t, serve(), path, organizerHeaders...).Code, path)
	}
	require.Contains(t, ask(t, serve(), "/employee?customer="+foreignCustomer, organizerHeaders...).Body.String(),
		`"total":1`)
	require.Contains(t, ask(t, serve(), "/employee", organizerHeaders...).Body.String(), `"total":1`)
	plainCustomer := serve(func(c *Config) {
		c.Catalog = func() Catalog {
			without := sampleCatalog()
			without.Fold(events.Recorded{Stream: "customer/" + organization,
				Event: events.CustomerPut{Reseller: parentReseller}})
			return without
		}
	})
	require.Equal(t, http.StatusNotFound, ask(t, plainCustomer, "/employee/"+foreign, organizerHeaders...).Code,
		"only where its customer is an organisation")
}

func TestTokens_RefuseRightsThatDoNotFitTogether(t *testing.T) {
	t.Parallel()
	for _, rights := range []events.Actor{
		{}, {AccessLevel: "PERSONAL"}, {AccessLevel: "VIEWER"}, {AccessLevel: "OWNER", Reseller: ownReseller},
		{AccessLevel: "RESELLER", Customer: ownCustomer}, {AccessLevel: "NO_LOGIN", Customer: ownCustomer},
	} {
		_, err := Tokens{Database: db}.Create(t.Context(), rights, 0)
		require.ErrorIs(t, err, ErrRights)
	}
}

func TestTokens_CarryTheRightsOfTheEmployeeNow(t *testing.T) {
	t.Parallel()
	// The token was made with other rights; the directory has the current ones.
	was := func(id string) events.Actor {
		return events.Actor{Employee: id, AccessLevel: "ADMIN", Customer: otherCustomer, Reseller: otherReseller}
	}
	now, ok, err := Tokens{Database: db}.Rights(t.Context(), token(t, was(viewer)))
	require.NoError(t, err)
	require.True(t, ok)
	require.NotEmpty(t, now.Token)
	now.Token = ""
	require.Equal(t, events.Actor{Employee: viewer, AccessLevel: "VIEWER", Customer: ownCustomer, Reseller: ownReseller},
		now)
	for _, id := range []string{disabled, deleted} {
		own := token(t, was(id))
		_, ok, err := Tokens{Database: db}.Rights(t.Context(), own)
		require.ErrorIs(t, err, errTokenBlocked, "who cannot log in has no token either")
		require.False(t, ok)
		refused(t, ask(t, serve(), "/employee/"+plain, "X-API-Key", own), 401, "invalid_token", "Invalid token")
		require.Equal(t, "access_token_blocked", get(t, serve(), own, "").Error.Data.Mnemonic)
	}
}

func TestAPIAccessFilter_AllowsItsEndpointsOnly(t *testing.T) {
	t.Parallel()
	me := token(t, events.Actor{Employee: narrowed, AccessLevel: "MANAGER", Customer: ownCustomer})
	for path, status := range map[string]int{
		"/pbx/app/employees": 200, "/employee/" + plain: 200, "/employee": 403, "/employee/" + plain + "/token": 403,
		"/commands/1": 403,
	} {
		require.Equal(t, status, ask(t, serve(), path, "X-API-Key", me).Code, path)
	}
	w := call(t, serve(), http.MethodPost, callGearPath,
		`{"jsonrpc":"2.0","id":1,"method":"get.employees","params":{"access_token":"`+me+`"}}`)
	require.Contains(t, w.Body.String(), `"mnemonic":"forbidden"`)
	require.False(
		t,
		holder{filter: []endpoint{{Endpoint: "(", Type: "REGEXP"}}}.mayCall(httptest.NewRequest(http.MethodGet,
			"/employee", nil)),
		"a pattern that is none lets nothing through",
	)
}

func TestTokens_SlideWhileUsed(t *testing.T) {
	t.Parallel()
	tokens := Tokens{Database: db}
	_, value, err := tokens.create(t.Context(), newToken{rights: at("VIEWER"), lifetime: 90 * time.Second, slides: true})
	require.NoError(t, err)
	var left time.Duration
	look := func() {
		b := &pgx.Batch{}
		b.Queue("SELECT expires_at - now() FROM tokens WHERE hash = $1", tokenHash(value)).QueryRow(func(row pgx.Row) error {
			return row.Scan(&left)
		})
		require.NoError(t, db.InTx(t.Context(), b))
	}
	shorten := &pgx.Batch{}
	shorten.Queue("UPDATE tokens SET expires_at = now() + INTERVAL '10 seconds' WHERE hash = $1", tokenHash(value))
	require.NoError(t, db.InTx(t.Context(), shorten))
	look()
	require.LessOrEqual(t, left, 10*time.Second)
	_, ok, err := tokens.Rights(t.Context(), value)
	require.NoError(t, err)
	require.True(t, ok)
	look()
	require.Greater(t, left, 80*time.Second, "each use moves the end")
}

func TestTokens_OverHTTP(t *testing.T) {
	t.Parallel()
	h := serve()
	me := token(t, events.Actor{Employee: manager, AccessLevel: "MANAGER", Customer: ownCustomer})
	w := call(t, h, http.MethodPost, "/employee/"+manager+"/token", `{"name":"Sample machine","persistent":true}`,
		"X-API-Key", me)
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	var made struct{ ID, Token string }
	require.NoError(t, json.Unmarshal([]byte(strings.Replace(w.Body.String(), "_id", "ID", 1)), &made))
	require.Len(t, made.Token, 64)
	require.Equal(t, http.StatusOK, ask(t, h, "/employee/"+plain, "Authorization", "Bearer "+made.Token).Code)

	list := ask(t, h, "/employee/"+manager+"/token", "X-API-Key", made.Token).Body.String()
	require.Contains(t, list, `"name":"Sample machine"`)
	require.NotContains(t, list, made.Token, "a token is shown once")
	rows := &pgx.Batch{}
	rows.Queue("SELECT count(*) FROM tokens AS t WHERE t::text LIKE '%' || $1 || '%'",
		made.Token).QueryRow(func(row pgx.Row) error {
		var n int
		require.NoError(t, row.Scan(&n))
		require.Zero(t, n, "and stored as a hash")
		return nil
	})
	require.NoError(t, db.InTx(t.Context(), rows))

	w = call(t, h, http.MethodDelete, "/employee/"+manager+"/token/"+strings.ToUpper(made.ID), "", "X-API-Key", me)
	require.Equal(t, http.StatusOK, w.Code)
	refused(t, ask(t, h, "/employee/"+plain, "X-API-Key", made.Token), 401, "invalid_token", "Invalid token")
	for _, id := range []string{made.ID, "x", "%00"} {
		refused(t, call(t, h, http.MethodDelete, "/employee/"+manager+"/token/"+id, "", "X-API-Key", me), 404, "token",
			"Token not found")
	}
}

func TestTokens_MayBeMadeByEmployeeAndImpersonator(t *testing.T) {
	t.Parallel()
	parent := events.Actor{AccessLevel: "RESELLER", Reseller: parentReseller}
	for name, c := range map[string]struct {
		by     events.Actor
		of     string
		body   string
		status int
		code   string
	}{
		"the employee itself": {events.Actor{Employee: viewer, AccessLevel: "VIEWER",
			Customer: ownCustomer}, viewer, "", 200, ""},
		"a manager for another":               {at("MANAGER"), viewer, "", 403, "access_denied"},
		"a manager for a machine":             {at("MANAGER"), machine, `{"persistent":true}`, 403, "access_denied"},
		"an operator for a machine":           {at("ADMIN"), machine, `{"persistent":true}`, 200, ""},
		"a session of a machine":              {at("ADMIN"), machine, "", 403, "m2mOnly"},
		"a viewer for a machine":              {at("VIEWER"), machine, "", 403, "access_denied"},
		"a manager for an employee above it":  {at("MANAGER"), equipped, "", 403, "access_denied"},
		"the platform":                        {at("ADMIN"), viewer, "", 200, ""},
		"the parent reseller, who cannot see": {parent, viewer, "", 404, "employee"},
		"for who uses webauthn":               {at("ADMIN"), keyed, "", 403, "webauthnOnly"},
		"for who has no login":                {at("ADMIN"), plain, "", 403, "access_denied"},
		"for who is disabled":                 {at("ADMIN"), disabled, "", 403, "access_denied"},
		"for nobody":                          {at("ADMIN"), unknown, "", 404, "employee"},
		"with a body that is none":            {at("ADMIN"), viewer, "[", 400, "token"},
		"with a name of another type":         {at("ADMIN"), viewer, `{"name":1}`, 422, "name"},
		"with a name that is too long": {at("ADMIN"), viewer, `{"name":"` + strings.Repeat("x", 201) + `"}`,
			422, "name"},
		"with a name that no database can hold": {at("ADMIN"), viewer, `{"name":"\u0000"}`, 422, "name"},
	} {
		w := call(t, serve(), http.MethodPost, "/employee/"+c.of+"/token", c.body, "X-API-Key", token(t, c.by))
		require.Equal(t, c.status, w.Code, "%s: %s", name, w.Body.String())
		if c.code != "" {
			require.Contains(t, w.Body.String(), `"code":"`+c.code+`"`, name)
		}
	}
}

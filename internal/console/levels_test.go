package console_test

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/api"
	"tenure/events"
)

// operatorPages are those that need an operator.
var operatorPages = []string{
	"/runs", "/runs/nightly/2026-11-01", "/held/nightly/2026-11-01?reason=HELD", "/parked", "/flow", "/switches",
	"/replays", "/cluster", "/proofs",
}

// of is a visitor with a session of a caller.
func (s *system) of(by events.Actor) *visitor {
	s.t.Helper()
	v := s.visitor()
	_, _ = v.post("/login", url.Values{"token": {s.newToken(by)}, "next": {"/employees"}})
	return v
}

func (s *system) levels(t *testing.T) {
	const stranger, other = "5c00000000000000000000ff", "5a00000000000000000000ff"
	invoice := "/document/2026-11/CUSTOMER/" + customer + "/DKK"
	for _, row := range []struct {
		name     string
		by       events.Actor
		employee int // status of the employee's page
		invoice  int // of the customer's document, which is not issued yet: 404 where it may be read
		payer    int // of the list of its documents
		reseller int // of the list of the reseller's documents
	}{
		{"RESELLER_ADMIN", events.Actor{AccessLevel: "RESELLER_ADMIN"}, 200, 404, 200, 200},
		{"its reseller", events.Actor{AccessLevel: "RESELLER", Reseller: reseller}, 200, 404, 200, 200},
		{"another reseller", events.Actor{AccessLevel: "RESELLER", Reseller: other}, 404, 404, 404, 404},
		{"OWNER", events.Actor{AccessLevel: "OWNER", Customer: customer}, 200, 404, 200, 403},
		{"MANAGER", events.Actor{AccessLevel: "MANAGER", Customer: customer}, 200, 404, 200, 403},
		{"MANAGER of another", events.Actor{AccessLevel: "MANAGER", Customer: stranger}, 404, 404, 404, 403},
		{"VIEWER", events.Actor{AccessLevel: "VIEWER", Customer: customer}, 200, 403, 403, 403},
		{"PERSONAL", events.Actor{AccessLevel: "PERSONAL", Customer: customer}, 403, 403, 403, 403},
	} {
		v := s.of(row.by)
		for _, path := range operatorPages {
			code, page := v.get(path)
			assert.Equal(t, http.StatusForbidden, code, "%s %s", row.name, path)
			assert.Contains(t, page, "needs a token of an ADMIN", "%s %s", row.name, path)
		}
		for path, want := range map[string]int{
			"/employees/" + employee: row.employee, invoice: row.invoice, "/documents?payer=" + customer: row.payer,
			"/documents?payer=" + reseller: row.reseller,
		} {
			code, _ := v.get(path)
			assert.Equal(t, want, code, "%s %s", row.name, path)
		}
		code, page := v.get("/employees")
		assert.Equal(t, http.StatusOK, code, row.name)
		assert.NotContains(t, page, "/cluster", "%s has no way to pages for operators", row.name)
	}
	s.narrowed(t)
}

// narrowed holds what a customer's manager sees of an employee: no operator, no form, nothing that a VIEWER may not
// see.
func (s *system) narrowed(t *testing.T) {
	manager := s.of(events.Actor{AccessLevel: "MANAGER", Customer: customer})
	_, page := manager.get("/")
	assert.Contains(t, page, "Find an employee", "the first page of others is the search")
	_, page = manager.get("/employees/" + employee)
	assert.Contains(t, page, "Events, and what is to come")
	assert.NotContains(t, page, "Hold the employee", "no form")
	assert.NotContains(t, page, "ADMIN", "nor who did it")
	_, admin := s.signedIn().get("/employees/" + employee)
	assert.Contains(t, admin, "Hold the employee")
	form := s.signedIn().hiddenOf(admin, "hold")
	form.Set("reason", "a form of another session")
	code, _ := manager.post("/confirm", form)
	assert.Equal(t, http.StatusForbidden, code)
	_, page = s.of(events.Actor{AccessLevel: "VIEWER", Customer: customer}).get("/employees/" + employee)
	assert.NotContains(t, page, "79.00", "a VIEWER does not see what is billed")
	_, page = s.of(events.Actor{AccessLevel: "MANAGER", Customer: "5c00000000000000000000ff"}).get("/employees?q=" +
		employee)
	assert.Contains(t, page, "No employee has this", "who is out of reach is not found")
}

// revoked ends what a token has open: the next page asks to sign in, and the stream ends with the next move.
func (s *system) revoked(t *testing.T) {
	tokens := api.Tokens{Database: s.node.Store}
	before, err := tokens.All(t.Context())
	require.NoError(t, err)
	v := s.of(events.Actor{AccessLevel: "ADMIN"})
	code, page := v.get("/runs")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, page, "Calendar")
	response := v.listen(t)
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode)

	after, err := tokens.All(t.Context())
	require.NoError(t, err)
	for _, token := range after {
		if !slices.ContainsFunc(before, func(b api.Token) bool { return b.ID == token.ID }) {
			_, err = tokens.Revoke(t.Context(), token.ID)
			require.NoError(t, err)
		}
	}
	_, page = v.get("/runs")
	assert.NotContains(t, page, "Calendar")
	assert.Contains(t, heading(page), "Sign in")
	s.send("employee.update.v1", employee, map[string]any{"title": "Tester " + time.Now().String()})
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(t, err, "the stream ends by itself")
	code, _ = v.get("/live")
	assert.Equal(t, http.StatusUnauthorized, code)
}

// listen opens a stream of what moves; the caller closes it.
func (v *visitor) listen(t *testing.T) *http.Response {
	t.Helper()
	live := "http://" + v.s.node.Console + "/live"
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, live, http.NoBody)
	require.NoError(t, err)
	response, err := v.client.Do(request)
	require.NoError(t, err)
	return response
}

func (s *system) live(t *testing.T) {
	v := s.signedIn()
	code, _ := s.visitor().get("/live")
	assert.Equal(t, http.StatusUnauthorized, code)
	code, _ = s.of(events.Actor{AccessLevel: "RESELLER", Reseller: reseller}).get("/live")
	assert.Equal(t, http.StatusUnauthorized, code, "what moves is for operators")

	response := v.listen(t)
	defer response.Body.Close()
	require.Equal(t, "text/event-stream", response.Header.Get("Content-Type"))
	for range 3 {
		more := v.listen(t)
		defer more.Body.Close()
		require.Equal(t, http.StatusOK, more.StatusCode)
	}
	code, _ = v.get("/live")
	assert.Equal(t, http.StatusServiceUnavailable, code, "a browser has connections left for its pages")
	other := s.signedIn().listen(t)
	defer other.Body.Close()
	assert.Equal(t, http.StatusOK, other.StatusCode, "another one listens too")
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(response.Body); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	s.send("employee.update.v1", employee, map[string]any{"title": "Tester " + time.Now().String()})
	moved := func() bool {
		for line := range lines {
			if strings.Contains(line, "event: moved") {
				return true
			}
		}
		return false
	}
	require.True(t, moved(), "a command moves the page")
}

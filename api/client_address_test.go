package api

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/events"
)

func TestCallerAddress_BelievesTrustedProxiesOnly(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	// Each row: the end of the connection, what it says whom it speaks for, and who it is taken for.
	for _, row := range []struct{ end, said, taken string }{
		{"192.0.2.1:40000", "", "192.0.2.1"}, {"192.0.2.1:40000", "198.51.100.7", "192.0.2.1"},
		{"10.0.0.1:40000", "", "10.0.0.1"},
		{"10.0.0.1:40000", "198.51.100.7", "198.51.100.7"}, {"10.0.0.1:40000", "203.0.113.9, 198.51.100.7", "198.51.100.7"},
		{"10.0.0.1:40000", "198.51.100.7, 10.0.0.2", "198.51.100.7"},
		{"10.0.0.1:40000", "192.0.2.17, made up, 10.0.0.2", "10.0.0.2"},
		{"10.0.0.1:40000", "10.0.0.3,10.0.0.2", "10.0.0.3"}, {"[::1]:40000", "2001:db8::7", "2001:db8::7"},
		{"[::ffff:10.0.0.1]:40000", "::ffff:198.51.100.7", "198.51.100.7"},
		{"[fe80::1%eth0]:40000", "198.51.100.7", "fe80::1"},
		{"10.0.0.1:40000", strings.Repeat("10.0.0.1,", 30) + "198.51.100.7", "198.51.100.7"},
		{"10.0.0.1:40000", "198.51.100.7" + strings.Repeat(",10.0.0.1", 30), "10.0.0.1"}, {"@", "198.51.100.7", "invalid IP"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = row.end
		r.Header.Set(forwardedFor, row.said)
		require.Equal(t, row.taken, callerAddress(r, trusted).String(), "%s says %s", row.end, row.said)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.RemoteAddr = "10.0.0.1:40000"
	r.Header[forwardedFor] = []string{"203.0.113.9", "198.51.100.7"}
	require.Equal(t, "198.51.100.7", callerAddress(r, trusted).String(), "a header given twice is one list")
	require.Equal(t, "10.0.0.1", callerAddress(r, nil).String(), "nobody is trusted unless it is said")
}

func TestIPRestriction_MatchesListedAddresses(t *testing.T) {
	t.Parallel()
	for restriction, may := range map[string]bool{
		"": true, " ": true, "192.0.2.17": true, "192.0.2.1, 192.0.2.17": true, "::ffff:192.0.2.17": true, "192.0.2.1": false,
		"2001:db8::1":           false,
		"192.0.2.17,unreadable": false, "192.0.2.0/24": false,
	} {
		require.Equal(t, may, holder{from: addressesOf(restriction)}.mayCallFrom(netip.MustParseAddr(callerAt)), restriction)
	}
	require.False(t, holder{from: addressesOf("192.0.2.17")}.mayCallFrom(netip.Addr{}), "an address that is none")
}

// TestIPRestriction_HoldsOverAllAPIs asks each of the APIs as an employee whose ipRestriction is 192.0.2.17.
func TestIPRestriction_HoldsOverAllAPIs(t *testing.T) {
	t.Parallel()
	me := token(t, events.Actor{Employee: equipped, AccessLevel: "OWNER", Customer: ownCustomer})
	proxied := serve(func(c *Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	// Each row: the end of the connection, the forwarded address, and whether the call is allowed.
	for _, row := range []struct {
		h         http.Handler
		end, said string
		may       bool
	}{
		{serve(), callerAt, "", true}, {serve(), "192.0.2.18", "", false}, {serve(), "192.0.2.18", callerAt, false},
		{serve(), "10.0.0.1", callerAt, false},
		{proxied, "10.0.0.1", callerAt, true}, {proxied, "10.0.0.1", "192.0.2.18", false},
		{proxied, "10.0.0.1", callerAt + ", 192.0.2.18", false},
		{proxied, "192.0.2.18", callerAt, false},
	} {
		send := func(method, path, body string) *httptest.ResponseRecorder {
			r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
			r.RemoteAddr = row.end + ":40000"
			r.Header.Set(forwardedFor, row.said)
			r.Header.Set("X-API-Key", me)
			w := httptest.NewRecorder()
			row.h.ServeHTTP(w, r)
			return w
		}
		x, jtel := send(http.MethodGet, "/employee/"+plain, ""), send(http.MethodGet, "/rest/v1.0/7/users", "")
		rpc := send(http.MethodPost, callGearPath,
			`{"jsonrpc":"2.0","id":1,"method":"get.employees","params":{"access_token":"`+me+`"}}`)
		if row.may {
			require.Equal(t, []int{200, 200}, []int{x.Code, jtel.Code}, "%v", row)
			require.Contains(t, rpc.Body.String(), `"result"`, "%v", row)
			continue
		}
		require.Equal(t, http.StatusForbidden, x.Code)
		require.JSONEq(
			t, `{"error":{"status":403,"code":"access_denied","message":"Insufficient access level","check":"ipRestriction"}}`,
			x.Body.String())
		require.JSONEq(t, `{"status":401,"error":"Unauthorized"}`, jtel.Body.String())
		require.JSONEq(
			t,
			`{"jsonrpc":"2.0","id":1,"error":{"code":-32003,"message":"The IP address is not whitelisted","data":{"mnemonic":"ip_not_whitelisted"}}}`,
			rpc.Body.String(),
		)
	}
}

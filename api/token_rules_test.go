package api

import (
	"context"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/events"
)

func TestTokens_EndAtTheInstantOfTheDeletion(t *testing.T) {
	t.Parallel()
	mine := token(t, events.Actor{Employee: equipped, AccessLevel: "OWNER", Customer: ownCustomer})
	for at, status := range map[string]int{"2026-12-24T19:59:59Z": 200, "2026-12-24T20:00:00Z": 401,
		"2027-01-30T00:00:00Z": 401} {
		now, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		h := serve(func(c *Config) { c.Now = func() time.Time { return now } })
		require.Equal(t, status, ask(t, h, "/employee/"+plain, "X-API-Key", mine).Code, at)
	}
}

func TestTokens_NeedACurrentDirectory(t *testing.T) {
	t.Parallel()
	lost := newTokenOf(t, events.Actor{Employee: unknown, AccessLevel: "OWNER", Customer: ownCustomer})
	refused(t, ask(t, serve(), "/employee/"+plain, "X-API-Key", lost), 503, "unavailable",
		"The service cannot answer now, please try again")
	_, ok, err := Tokens{Database: db}.Rights(t.Context(), lost)
	require.ErrorIs(t, err, errTokenStale)
	require.False(t, ok, "what it was made with counts for nothing")

	mine := token(t, events.Actor{Employee: manager, AccessLevel: "MANAGER", Customer: ownCustomer})
	for behind, status := range map[time.Duration]int{behindMax: 200, behindMax + time.Second: 503} {
		h := serve(func(c *Config) { c.Behind = func(int32) time.Duration { return behind } })
		require.Equal(t, status, ask(t, h, "/employee/"+plain, "X-API-Key", mine).Code, behind)
		require.Equal(t, 200, ask(t, h, "/employee/"+plain, as(t, "MANAGER")...).Code,
			"rights without an employee are in no directory")
	}
}

// TestTokens_AreBoundedByEmployee is not parallel: it revokes all tokens of an employee whose token other tests use.
func TestTokens_AreBoundedByEmployee(t *testing.T) { // see above
	tokens := Tokens{Database: db}
	rights := events.Actor{Employee: narrowed, AccessLevel: "MANAGER", Customer: ownCustomer}
	_, err := tokens.RevokeOf(t.Context(), narrowed)
	require.NoError(t, err)
	session := func() string {
		_, value, err := tokens.create(t.Context(), newToken{rights: rights, lifetime: time.Hour, slides: true})
		require.NoError(t, err)
		return value
	}
	first := session()
	for range tokensMax - 1 {
		session()
	}
	_, err = tokens.find(t.Context(), first)
	require.NoError(t, err)
	session()
	_, err = tokens.find(t.Context(), first)
	require.ErrorIs(t, err, errTokenUnknown, "a further session ends the one that was used longest ago")
	for range tokensMax {
		_, err := tokens.Create(t.Context(), rights, 0)
		require.NoError(t, err)
	}
	_, err = tokens.Create(t.Context(), rights, 0)
	require.ErrorIs(t, err, errTooManyTokens, "persistent ones are ended by nobody but their owner")
	list, err := tokens.Of(t.Context(), narrowed)
	require.NoError(t, err)
	require.Len(t, list, tokensMax)
	n, err := tokens.RevokeOf(t.Context(), narrowed)
	require.NoError(t, err)
	require.EqualValues(t, tokensMax, n)
}

func TestTokens_SessionsEnd(t *testing.T) {
	t.Parallel()
	tokens := Tokens{Database: db}
	_, value, err := tokens.create(t.Context(), newToken{rights: at("VIEWER"), lifetime: tokenSlides, slides: true})
	require.NoError(t, err)
	old := batchOf("UPDATE tokens SET created_at = now() - INTERVAL '13 hours' WHERE hash = $1", tokenHash(value))
	require.NoError(t, db.InTx(t.Context(), old))
	_, _, err = tokens.Rights(t.Context(), value)
	require.NoError(t, err)
	_, _, err = tokens.Rights(t.Context(), value)
	require.ErrorIs(t, err, errTokenExpired, "use does not move its end beyond its age")
}

func TestTokens_RevokedAreGoneWithTheirAge(t *testing.T) {
	t.Parallel()
	tokens := Tokens{Database: db}
	rights := events.Actor{AccessLevel: "VIEWER", Customer: otherCustomer}
	made, err := tokens.Create(t.Context(), rights, 0)
	require.NoError(t, err)
	ages := batchOf("UPDATE tokens SET created_at = '2001-01-02' WHERE hash = $1", tokenHash(made))
	require.NoError(t, db.InTx(t.Context(), ages))
	n, err := tokens.RevokeOlder(t.Context(), time.Date(2001, 1, 3, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
	_, known, err := tokens.Rights(t.Context(), made)
	require.NoError(t, err)
	require.False(t, known)
}

func TestTokens_NameWhoMadeAndWhatOrdered(t *testing.T) {
	t.Parallel()
	d := &recorder{}
	h := serve(d.use)
	mine := newTokenOf(t, events.Actor{Employee: manager, AccessLevel: "MANAGER", Customer: ownCustomer})
	require.Equal(t, 200, call(t, h, http.MethodPost, "/employee/"+plain, `{"title":"x"}`, "X-API-Key", mine).Code)
	list, err := Tokens{Database: db}.Of(t.Context(), manager)
	require.NoError(t, err)
	var used Token
	for _, k := range list {
		if k.ID == d.taken[0].Actor.Token {
			used = k
		}
	}
	require.NotEmpty(t, used.ID, "the actor names the token")
	require.Equal(t, []any{byOperator, callerAt}, []any{used.By, used.From})
	require.NotNil(t, used.Used)
}

func TestTokens_ACallThatNamesItselfMakesOne(t *testing.T) {
	t.Parallel()
	mine := newTokenOf(t, events.Actor{Employee: viewer, AccessLevel: "VIEWER", Customer: ownCustomer})
	again := func() (int, string) {
		w := call(t, serve(), http.MethodPost, "/employee/"+viewer+"/token", `{"persistent":true,"name":"once"}`, "X-API-Key",
			mine, keyHeader, "k1")
		return w.Code, w.Body.String()
	}
	status, _ := again()
	require.Equal(t, 200, status)
	status, text := again()
	require.Equal(t, 409, status, text)
	require.Contains(t, text, keyHeader)
}

func TestCallers_WaitForOneLookUp(t *testing.T) {
	t.Parallel()
	var lookUps atomic.Int64
	begun, finish := make(chan struct{}), make(chan struct{})
	c := &callers{now: time.Now, failures: &failures{}, known: map[[32]byte]cachedHolder{}}
	c.lookUp = func(ctx context.Context, _ string, _ netip.Addr) (holder, error) {
		if lookUps.Add(1) == 1 {
			close(begun)
		}
		<-finish
		return holder{Actor: events.Actor{AccessLevel: "VIEWER"}}, ctx.Err()
	}
	first, cancel := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		_, err := c.find(first, "x", netip.Addr{})
		left <- err
	}()
	<-begun
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			found, err := c.find(t.Context(), "x", netip.Addr{})
			if err != nil || found.AccessLevel != "VIEWER" {
				t.Errorf("%v %v", found, err)
			}
		})
	}
	cancel()
	require.ErrorIs(t, <-left, context.Canceled, "who leaves does not wait, and takes the look-up from nobody")
	close(finish)
	all.Wait()
	require.LessOrEqual(t, lookUps.Load(), int64(2), "all that came meanwhile shared it")
}

func TestCallers_LimitInvalidTokensByAddress(t *testing.T) {
	t.Parallel()
	now := midday()
	var reasons []string
	h := serve(func(c *Config) {
		c.Machine = func() time.Time { return now }
		c.TokenFailed = func(reason string) { reasons = append(reasons, reason) }
	})
	known := as(t, "VIEWER")
	require.Equal(t, 200, ask(t, h, "/employee/"+plain, known...).Code)
	for range failuresMax {
		require.Equal(t, 401, ask(t, h, "/employee", "X-API-Key", "wrong").Code)
	}
	refused(t, ask(t, h, "/employee", "X-API-Key", "wrong"), 429, "too_many",
		"Too many invalid tokens from this address, please wait a minute")
	require.Equal(t, 200, ask(t, h, "/employee/"+plain, known...).Code, "a token that was good a moment ago works")
	require.Equal(t, []string{"unknown", "limited"}, []string{reasons[0], reasons[len(reasons)-1]})
	now = now.Add(failuresTime)
	require.Equal(t, 401, ask(t, h, "/employee", "X-API-Key", "wrong").Code)
	require.Equal(t, networkOf(netip.MustParseAddr("2001:db8::1")), networkOf(netip.MustParseAddr("2001:db8::2")))
}

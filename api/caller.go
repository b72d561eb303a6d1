package api

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"tenure/domain"
	"tenure/events"
)

// caller authenticates a request by its token, Authorization: Bearer or X-API-Key, and checks the addresses and the
// paths that the token's employee is restricted to.
func (h *handler) caller(r *http.Request) (caller, *domain.Rejection) {
	token := r.Header.Get("X-API-Key")
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, rest, _ := strings.Cut(header, " ")
		if token = strings.TrimSpace(rest); !strings.EqualFold(scheme, "Bearer") || token == "" {
			return caller{}, errFormat
		}
	}
	return h.authenticate(r, token)
}

// authenticate finds the caller of a token.
func (h *handler) authenticate(r *http.Request, token string) (caller, *domain.Rejection) {
	if token == "" {
		return caller{}, errCredentials
	}
	from := callerAddress(r, h.Proxies)
	found, err := h.callers.find(r.Context(), token, from)
	if no := h.tokenFailure(r, err, from); no != nil {
		return caller{}, no
	}
	by := callerOf(found.Actor, found.credential, h.catalog())
	noteCaller(r, by)
	switch {
	case !found.mayCallFrom(from):
		return by, errAddress
	case !found.mayCall(r):
		return by, errAccess
	}
	return by, nil
}

// tokenFailure is what the caller gets when its token is not accepted. Invalid tokens are counted against its address.
func (h *handler) tokenFailure(r *http.Request, err error, from netip.Addr) *domain.Rejection {
	var no *domain.Rejection
	var reason string
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errTokenUnknown):
		no, reason = errToken, "unknown"
		h.failures.add(from, h.Machine())
	case errors.Is(err, errTokenExpired):
		no, reason = errExpired, "expired"
	case errors.Is(err, errTokenBlocked):
		no, reason = errBlocked, "blocked"
	case errors.Is(err, errTokenRestored):
		no, reason = errRestored, "restored"
	case errors.Is(err, errTooManyFailures):
		no, reason = errTooMany, "limited"
	case errors.Is(err, errTokenStale):
		no, reason = errUnavailable, "stale"
	default:
		return h.fault(r, "finding a token", err)
	}
	if h.TokenFailed != nil {
		h.TokenFailed(reason)
	}
	return no
}

// behindMax is how long the directory may be behind a shard before it gives no rights.
const behindMax = 30 * time.Second

// lookUp finds a token that is accepted now, and notes its use.
func (h *handler) lookUp(ctx context.Context, token string, from netip.Addr) (holder, error) {
	found, err := h.tokens.find(ctx, token)
	if err == nil {
		err = found.check(h.Now())
	}
	if err == nil && found.Employee != "" && h.Behind != nil && h.Behind(found.shard) > behindMax {
		err = errTokenStale
	}
	if err == nil {
		err = h.tokens.use(ctx, found, from)
	}
	return found.holder, err
}

// holder is the employee whose rights a token carries.
type holder struct {
	events.Actor
	credential
	filter apiFilter    // empty: every path
	from   []netip.Addr // nil: from anywhere
}

const (
	// callersMax bounds the cached tokens; at the bound the cache is emptied.
	callersMax = 10_000
	// callersTime is how long a token that another process revoked is still accepted.
	callersTime = time.Second
	// lookUpMax bounds one look-up, which goes on for those who wait when the first of them leaves.
	lookUpMax = 5 * time.Second
)

// callers caches the holders of tokens for callersTime: a caller's next request then costs no query. Requests that come
// meanwhile with the same token wait for one look-up.
type callers struct {
	lookUp   func(ctx context.Context, token string, from netip.Addr) (holder, error)
	now      func() time.Time
	failures *failures

	flight     singleflight.Group
	mu         sync.Mutex
	known      map[[32]byte]cachedHolder
	generation int // of the cache; a look-up that began before a purge is not kept
}

type cachedHolder struct {
	holder
	until time.Time
}

// purge makes a revoked token invalid at once in this process.
func (c *callers) purge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.known)
	c.generation++
}

// errTokenUnknown means that there is no such token.
var errTokenUnknown = errors.New("api: there is no such token")

// find returns the holder of a token that is used from an address. The error is errTokenUnknown, errTokenExpired,
// errTokenBlocked, errTokenRestored, errTokenStale or errTooManyFailures where the token is not accepted.
func (c *callers) find(ctx context.Context, token string, from netip.Addr) (holder, error) {
	key, now := sha256.Sum256([]byte(token)), c.now()
	c.mu.Lock()
	found, ok := c.known[key]
	generation := c.generation
	c.mu.Unlock()
	if ok && now.Before(found.until) {
		return found.holder, nil
	}
	if !ok && c.failures.exceeded(from, now) { // a token that was good a moment ago is looked up all the same
		return holder{}, errTooManyFailures
	}
	result := c.flight.DoChan(string(key[:]), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookUpMax)
		defer cancel()
		who, err := c.lookUp(ctx, token, from)
		c.keep(key, who, err, generation)
		return who, err
	})
	select {
	case r := <-result:
		who, _ := r.Val.(holder)
		return who, r.Err
	case <-ctx.Done():
		return holder{}, ctx.Err()
	}
}

// keep caches the result of a look-up.
func (c *callers) keep(key [32]byte, who holder, err error, generation int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		delete(c.known, key)
		return
	}
	if generation != c.generation {
		return
	}
	if len(c.known) >= callersMax {
		clear(c.known)
	}
	c.known[key] = cachedHolder{who, c.now().Add(callersTime)}
}

// mayCallFrom reports whether the token may be used from an address.
func (c holder) mayCallFrom(at netip.Addr) bool {
	return len(c.from) == 0 || at.IsValid() && slices.Contains(c.from, at)
}

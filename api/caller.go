package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"tenure/domain"
	"tenure/events"
)

// caller authenticates a request by its token, Authorization: Bearer or X-API-Key, and checks the addresses and the
// paths that the token's employee is restricted to.
func (h *handler) caller(r *http.Request) (events.Actor, *domain.Rejection) {
	token := r.Header.Get("X-API-Key")
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, rest, _ := strings.Cut(header, " ")
		if token = strings.TrimSpace(rest); !strings.EqualFold(scheme, "Bearer") || token == "" {
			return events.Actor{}, errFormat
		}
	}
	return h.callerOf(r, token)
}

// callerOf authenticates a token.
func (h *handler) callerOf(r *http.Request, token string) (events.Actor, *domain.Rejection) {
	if token == "" {
		return events.Actor{}, errCredentials
	}
	holder, ok, err := h.callers.find(r.Context(), token)
	switch {
	case errors.Is(err, ErrTokenExpired):
		return events.Actor{}, errExpired
	case errors.Is(err, ErrTokenBlocked):
		return events.Actor{}, errBlocked
	case err != nil:
		return events.Actor{}, h.fault(r, "finding a token", err)
	case !ok:
		return events.Actor{}, errToken
	case len(holder.from) > 0 && !holder.mayCallFrom(callerAddress(r, h.Proxies)):
		return events.Actor{}, errAddress
	case !holder.mayCall(r.URL.Path):
		return events.Actor{}, errAccess
	}
	by := holder.Actor
	if employer, _ := h.catalog().Customer(by.Customer); !slices.Contains(employer.Features, domain.FeatureOrganization) {
		by.OrganizationResellers = ""
	}
	return by, nil
}

// holder is the employee whose rights a token carries.
type holder struct {
	events.Actor
	filter []endpoint   // nil: every path
	from   []netip.Addr // nil: from anywhere
}

// endpoint is one item of an employee's apiAccessFilter.
type endpoint struct {
	Endpoint string `json:"endpoint"`
	Type     string `json:"type"` // STRING, REGEXP

	pattern *regexp.Regexp // of a REGEXP; nil: invalid, and matches nothing
}

// filterOf reads an apiAccessFilter; nil bytes are none. One that cannot be read matches no path.
func filterOf(raw []byte) []endpoint {
	var filter []endpoint
	if raw == nil {
		return nil
	}
	if json.Unmarshal(raw, &filter) != nil {
		return []endpoint{{Type: "REGEXP"}}
	}
	for i := range filter {
		if e := &filter[i]; e.Type == "REGEXP" {
			e.pattern, _ = regexp.Compile("^(?:" + e.Endpoint + ")$") // checked when it was set
		}
	}
	return filter
}

// mayCall reports whether the filter allows a path.
func (c holder) mayCall(path string) bool {
	return len(c.filter) == 0 || slices.ContainsFunc(c.filter, func(e endpoint) bool { return e.matches(path) })
}

func (e endpoint) matches(path string) bool {
	if e.Type == "REGEXP" {
		return e.pattern != nil && e.pattern.MatchString(path)
	}
	prefix, wild := strings.CutSuffix(e.Endpoint, "*")
	return path == e.Endpoint || wild && strings.HasPrefix(path, prefix)
}

const (
	// callersMax bounds the cached tokens; at the bound the cache is emptied.
	callersMax = 10_000
	// callersTime is how long a token that another process revoked is still accepted.
	callersTime = time.Second
)

// callers caches the holders of tokens for callersTime: a caller's next request then costs no query.
type callers struct {
	tokens Tokens
	now    func() time.Time
	mu     sync.Mutex
	known  map[[32]byte]cachedHolder
}

type cachedHolder struct {
	holder
	until time.Time
}

func newCallers(t Tokens, now func() time.Time) *callers {
	return &callers{tokens: t, now: now, known: map[[32]byte]cachedHolder{}}
}

// purge makes a revoked token invalid at once in this process.
func (c *callers) purge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.known)
}

// find returns the holder of a token; false when there is no such token, ErrTokenExpired when it has ended.
func (c *callers) find(ctx context.Context, token string) (holder, bool, error) {
	key, now := sha256.Sum256([]byte(token)), c.now()
	c.mu.Lock()
	found, ok := c.known[key]
	c.mu.Unlock()
	if ok && now.Before(found.until) {
		return found.holder, true, nil
	}
	who, ok, err := c.tokens.holder(ctx, token)
	if err != nil || !ok {
		return holder{}, ok, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= callersMax {
		clear(c.known)
	}
	c.known[key] = cachedHolder{who, now.Add(callersTime)}
	return who, true, nil
}

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

// caller finds out who calls: a token as Authorization: Bearer or as X-API-Key. From where
// and what she may call is looked at here, before anything else.
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

// callerOf finds out whose a token is.
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
		return events.Actor{}, h.fault(r, "finding out who calls", err)
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

// holder is who a token speaks for.
type holder struct {
	events.Actor
	filter []endpoint   // nil: she may call everything
	from   []netip.Addr // nil: she may call from anywhere
}

// endpoint is one item of an employee's apiAccessFilter.
type endpoint struct {
	Endpoint string `json:"endpoint"`
	Type     string `json:"type"` // STRING, REGEXP

	pattern *regexp.Regexp // of a REGEXP; nil: it is none, and lets nothing through
}

// filterOf reads an apiAccessFilter; nil bytes are none. One that cannot be read lets nothing through.
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

// mayCall tells whether the filter lets a path through.
func (c holder) mayCall(path string) bool {
	return len(c.filter) == 0 || slices.ContainsFunc(c.filter, func(e endpoint) bool { return e.lets(path) })
}

func (e endpoint) lets(path string) bool {
	if e.Type == "REGEXP" {
		return e.pattern != nil && e.pattern.MatchString(path)
	}
	prefix, wild := strings.CutSuffix(e.Endpoint, "*")
	return path == e.Endpoint || wild && strings.HasPrefix(path, prefix)
}

const (
	// callersMax bounds the tokens that are remembered; when there are more, all are forgotten.
	callersMax = 10_000
	// callersTime is how long a token that was revoked elsewhere is still taken.
	callersTime = time.Second
)

// callers remembers for a moment whose tokens are: a caller's next request then costs no query.
type callers struct {
	tokens Tokens
	now    func() time.Time
	mu     sync.Mutex
	known  map[[32]byte]remembered
}

type remembered struct {
	holder
	until time.Time
}

func newCallers(t Tokens, now func() time.Time) *callers {
	return &callers{tokens: t, now: now, known: map[[32]byte]remembered{}}
}

// forgetAll makes a revoked token invalid at once in this process.
func (c *callers) forgetAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.known)
}

// find tells whose a token is; false when there is none like it, ErrTokenExpired when its time is over.
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
	c.known[key] = remembered{who, now.Add(callersTime)}
	return who, true, nil
}

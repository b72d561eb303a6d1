package api

import (
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"tenure/domain"
)

// apiFilter is an employee's apiAccessFilter, ready to use; an empty one allows every path.
type apiFilter []endpoint

// endpoint is one item of an apiAccessFilter: a path, or a path behind a method (GET /employee/*).
type endpoint struct {
	Endpoint string `json:"endpoint"`
	Type     string `json:"type"` // STRING, REGEXP

	method  string         // empty: any
	pattern *regexp.Regexp // of a REGEXP; nil: invalid, and matches nothing
}

const typeRegexp = "REGEXP"

// filterMethods are those that an endpoint may name in front of its path.
var filterMethods = []string{http.MethodGet, http.MethodPost, http.MethodDelete}

// filteredPathMax bounds the paths that expressions are tried on, in bytes: what one costs is its size times the
// length. No path of the APIs is longer.
const filteredPathMax = 320

// filtersMax bounds the cached filters; at the bound the cache is emptied.
const filtersMax = 1_000

// apiFilters caches compiled filters by their text: compiling one costs a thousand times what a look-up of a token
// does.
type apiFilters struct {
	mu    sync.Mutex
	known map[[32]byte]apiFilter
}

// of returns the filter of its JSON; nil is none.
func (f *apiFilters) of(raw []byte) apiFilter {
	switch {
	case raw == nil:
		return nil
	case f == nil:
		return compileFilter(raw)
	}
	key := sha256.Sum256(raw)
	f.mu.Lock()
	defer f.mu.Unlock()
	if known, ok := f.known[key]; ok {
		return known
	}
	if f.known == nil || len(f.known) >= filtersMax {
		f.known = map[[32]byte]apiFilter{}
	}
	f.known[key] = compileFilter(raw)
	return f.known[key]
}

// compileFilter reads an apiAccessFilter. One that cannot be read, or whose expressions are too large to compile for
// each look-up, matches no path.
func compileFilter(raw []byte) apiFilter {
	var filter apiFilter
	if json.Unmarshal(raw, &filter) != nil {
		return apiFilter{{Type: typeRegexp}}
	}
	size := 0
	for i := range filter {
		e := &filter[i]
		if method, path, found := strings.Cut(e.Endpoint, " "); found && slices.Contains(filterMethods, method) {
			e.method, e.Endpoint = method, path
		}
		if e.Type != typeRegexp {
			continue
		}
		n, err := domain.PatternSize(e.Endpoint)
		if size += n; err == nil && size <= domain.PatternSizeMax {
			e.pattern, _ = regexp.Compile("^(?:" + e.Endpoint + ")$") // nil where it is invalid
		}
	}
	return filter
}

// mayCall reports whether the filter allows a request.
func (c holder) mayCall(r *http.Request) bool {
	return len(c.filter) == 0 ||
		slices.ContainsFunc(c.filter, func(e endpoint) bool { return e.matches(r.Method, r.URL.Path) })
}

func (e endpoint) matches(method, path string) bool {
	if e.method != "" && e.method != method {
		return false
	}
	if e.Type == typeRegexp {
		return e.pattern != nil && len(path) <= filteredPathMax && e.pattern.MatchString(path)
	}
	prefix, wild := strings.CutSuffix(e.Endpoint, "*")
	return path == e.Endpoint || wild && strings.HasPrefix(path, prefix)
}

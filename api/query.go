package api

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tenure/domain"
)

// offsetMax bounds how far into a list a caller may begin: what is skipped is read all the same.
const offsetMax = 1_000_000

// checkQuery refuses a query that says something else than it seems to: one that cannot be parsed, and a parameter that
// the address does not have, that is empty, or that is given twice. A default in its place could be the destructive
// one.
func checkQuery(raw string, p queryParams) *domain.Rejection {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return failure(
			http.StatusBadRequest,
			"query",
			"The query cannot be read: names and values are joined by & and escaped by %",
		)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		given := values[name]
		switch {
		case !slices.Contains(p.names, name):
			return invalid(name, "is not a parameter of this address")
		case slices.Contains(given, ""):
			return invalid(name, "has no value")
		case len(given) > 1 && name != p.list:
			return invalid(name, "is given more than once")
		}
	}
	return nil
}

// queryParams are the parameters of an address.
type queryParams struct {
	names []string
	list  string // the one that may be repeated
}

func params(names ...string) queryParams { return queryParams{names: names} }

// withList names the parameter that may be repeated.
func (p queryParams) withList(name string) queryParams {
	return queryParams{names: append(slices.Clone(p.names), name), list: name}
}

// strict serves a route whose query has only parameters of the route. A caller without a valid token gets that error
// first.
func (h *handler) strict(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		no := checkQuery(r.URL.RawQuery, rt.query)
		if no == nil {
			rt.serve(w, r)
			return
		}
		if !rt.open && r.URL.Path != callGearPath {
			if _, unknown := h.caller(r); unknown != nil {
				no = unknown
			}
		}
		refuseIn(w, r, no)
	}
}

// refuseIn responds with an error in the form of the API that the path belongs to.
func refuseIn(w http.ResponseWriter, r *http.Request, no *domain.Rejection) {
	switch {
	case r.URL.Path == callGearPath:
		respond(
			w,
			http.StatusOK,
			rpcReply{Version: rpcVersion, ID: encoded(nil), Error: rpcFailure(codeRequest, "invalid_request", no.Message)},
		)
	case !strings.HasPrefix(r.URL.Path, jtelBase):
		refuse(w, no)
	case no.Status == http.StatusUnauthorized, no.Status == http.StatusForbidden:
		jtelUnauthorized(w)
	case no.Path != "":
		jtelRefuse(w, http.StatusBadRequest, "Parameter "+no.Path+" "+no.Message)
	default:
		jtelRefuse(w, no.Status, no.Message)
	}
}

// whole reads a whole number of a query; an absent one is the default.
func whole(text, name string, absent, low, high int) (int, *domain.Rejection) {
	if text == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high || strconv.Itoa(n) != text {
		return 0, invalid(name, fmt.Sprintf("must be a whole number from %d to %d", low, high))
	}
	return n, nil
}

// boolean reads a boolean of a query; an absent one is false.
func boolean(values url.Values, name string) (bool, *domain.Rejection) {
	switch values.Get(name) {
	case "", "false", "0":
		return false, nil
	case "true", "1":
		return true, nil
	}
	return false, invalid(name, "must be true or false")
}

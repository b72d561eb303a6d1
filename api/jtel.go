package api

import (
	"net/http"
	"strconv"
	"strings"

	"tenure/access"
	"tenure/domain"
	"tenure/projections"
)

// jtelBase begins every path of jtel's API.
const jtelBase = "/rest/v1.0/"

// localForm is how jtel writes datetimes: milliseconds and no zone. They are in UTC.
const localForm = "2006-01-02T15:04:05.000"

// jtelError is jtel's error.
type jtelError struct {
	Status int    `json:"status"`
	Error  string `json:"error"`
}

func jtelRefuse(w http.ResponseWriter, status int, text string) {
	respond(w, status, jtelError{status, text})
}

// jtelUser is a user with the fields that are published. What the domain does not hold is false, 0 or null.
type jtelUser struct {
	ID                               int64   `json:"ID"`
	UID                              string  `json:"UID"`
	TelCallsForwarding               bool    `json:"bTelCallsForwarding"`
	UseWebMail                       bool    `json:"bUseWebMail"`
	UseWebEmail                      bool    `json:"bUseWebEmail"`
	PBXTelephoneStatus               *string `json:"dtPBXTelephoneStatus"`
	ResellersID                      *int64  `json:"ResellersID"`
	TelStatusID                      int     `json:"TelStatusID"`
	AgentStatusAfterLogoutRejectedID *int64  `json:"AgentStatusAfterLogoutRejectedID"`
}

// jtelRecords is the response for one user, or for those that match.
type jtelRecords struct {
	Records []jtelUser `json:"records"`
	Count   int        `json:"count"`
	Status  int        `json:"status"`
}

// jtelList is the response for all users.
type jtelList struct {
	Filter        string     `json:"filter"`
	LimitStart    int        `json:"limitStart"`
	LimitPageSize int        `json:"limitPageSize"`
	Records       []jtelUser `json:"records"`
	Count         int        `json:"count"`
	OrderBy       string     `json:"orderBy"`
	Ascending     bool       `json:"ascending"`
	Status        int        `json:"status"`
}

// jtelClient authenticates the caller and finds the customer that the path names by its number or its id. A customer
// outside the caller's reach is refused as a bad token is.
func (h *handler) jtelClient(w http.ResponseWriter, r *http.Request) (customer string, ok bool) {
	by, no := h.caller(r)
	if no == errInternal || no == errUnavailable || no == errTooMany {
		jtelRefuse(w, no.Status, no.Message)
		return "", false
	}
	catalog := h.catalog()
	client := strings.ToLower(r.PathValue("client"))
	if n, err := strconv.ParseInt(client, 10, 64); err == nil && len(client) < len("000000000000000000000000") {
		client = catalog.Customers[n]
	}
	_, exists := catalog.Customer(client)
	if no != nil || !exists && !same(by.Customer, client) || !by.may(access.Search, catalog.targetIn(client)) {
		jtelUnauthorized(w)
		return "", false
	}
	return client, true
}

func jtelUnauthorized(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", "Bearer")
	jtelRefuse(w, http.StatusUnauthorized, "Unauthorized")
}

func (h *handler) users(w http.ResponseWriter, r *http.Request) {
	customer, ok := h.jtelClient(w, r)
	if !ok {
		return
	}
	all, ok := h.jtelUsers(w, r, projections.PeopleQuery{Customer: customer, IncludeDeleted: includeDeleted(r)})
	if !ok {
		return
	}
	respond(
		w,
		http.StatusOK,
		jtelList{LimitPageSize: -1, Records: all, Count: len(all), OrderBy: "UID", Ascending: true, Status: http.StatusOK},
	)
}

func (h *handler) userByUID(w http.ResponseWriter, r *http.Request) {
	customer, ok := h.jtelClient(w, r)
	if !ok {
		return
	}
	uid := r.URL.Query().Get("uid")
	if uid == "" || !isText(uid) {
		jtelRefuse(w, http.StatusBadRequest, "Parameter uid is missing or not a text")
		return
	}
	found, ok := h.jtelUsers(
		w,
		r,
		projections.PeopleQuery{Customer: customer, UID: uid, IncludeDeleted: includeDeleted(r)},
	)
	if ok {
		respond(w, http.StatusOK, jtelRecords{Records: found, Count: len(found), Status: http.StatusOK})
	}
}

func (h *handler) userByID(w http.ResponseWriter, r *http.Request) {
	customer, ok := h.jtelClient(w, r)
	if !ok {
		return
	}
	n, err := strconv.ParseInt(r.PathValue("user"), 10, 64)
	if err != nil {
		jtelRefuse(w, http.StatusNotFound, "User not found")
		return
	}
	person, ok, err := projections.PersonByNumber(r.Context(), h.Database, n)
	switch {
	case err != nil:
		no := h.fault(r, "reading a user", err)
		jtelRefuse(w, no.Status, no.Message)
	case !ok, person.Customer != customer, person.State == domain.StateDeleted && !includeDeleted(r):
		jtelRefuse(w, http.StatusNotFound, "User not found")
	default:
		respond(w, http.StatusOK, jtelRecords{Records: []jtelUser{h.jtelUser(person)}, Count: 1, Status: http.StatusOK})
	}
}

func (h *handler) jtelUsers(w http.ResponseWriter, r *http.Request, q projections.PeopleQuery) ([]jtelUser, bool) {
	people, err := projections.PeopleOf(r.Context(), h.Database, q)
	if err != nil {
		no := h.fault(r, "reading users", err)
		jtelRefuse(w, no.Status, no.Message)
		return nil, false
	}
	list := make([]jtelUser, len(people))
	for i, p := range people {
		list[i] = h.jtelUser(p)
	}
	return list, true
}

func (h *handler) jtelUser(p projections.Person) jtelUser {
	u := jtelUser{ID: p.Number, UID: p.UID}
	if p.PresenceSince != nil {
		at := p.PresenceSince.UTC().Format(localForm)
		u.PBXTelephoneStatus = &at
	}
	if n, ok := h.catalog().Numbers[p.Reseller]; ok {
		u.ResellersID = &n
	}
	return u
}

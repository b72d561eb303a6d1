package api

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"tenure/access"
	"tenure/domain"
	"tenure/projections"
)

// idForm is an id as published, after it was written in lower case: 24 hexadecimal characters.
var idForm = regexp.MustCompile(`^[0-9a-f]{24}$`)

// pathID gives the id of the employee in a path; false when it is none.
func pathID(r *http.Request) (string, bool) {
	id := strings.ToLower(r.PathValue("id"))
	return id, idForm.MatchString(id)
}

func (h *handler) employee(w http.ResponseWriter, r *http.Request) {
	by, no := h.caller(r)
	if no != nil {
		refuse(w, no)
		return
	}
	e, no := h.find(r, by, access.Read)
	if no != nil {
		refuse(w, no)
		return
	}
	h.show(w, r, e, by)
}

// find reads the employee of a path for an operation, or returns why the caller may not. A caller that may see nothing
// gets the same error for an id that does not exist as for one that does.
func (h *handler) find(r *http.Request, by caller, op access.Operation) (projections.Employee, *domain.Rejection) {
	id, ok := pathID(r)
	if !ok {
		return projections.Employee{}, by.unknown(op)
	}
	e, found, err := projections.EmployeeByID(r.Context(), h.Database, id)
	if err != nil {
		return e, h.fault(r, "reading an employee", err)
	}
	if !found || e.State == domain.StateDeleted && !includeDeleted(r) {
		return projections.Employee{}, by.unknown(op)
	}
	return e, by.refusal(op, h.catalog().target(&e), errEmployee)
}

// found is find for a write: the employee must be as the caller has read it, where the caller says so by If-Match.
func (h *handler) found(r *http.Request, by caller, op access.Operation) (projections.Employee, *domain.Rejection) {
	e, no := h.find(r, by, op)
	if given := r.Header.Values("If-Match"); no == nil && len(given) > 0 && !matches(given, etag(&e)) {
		no = errChanged
	}
	return e, no
}

// etagBytes is how much of a hash an ETag has: nobody makes one up, and two states of one position are rare.
const etagBytes = 6

// etag names the state of an employee: it changes with every event, and after a failover that lost the last of them the
// same position may be another state.
func etag(e *projections.Employee) string {
	return fmt.Sprintf("\"%d-%d-%x\"", e.Shard, e.Position, e.Hash[:etagBytes])
}

// matches reports whether an If-Match names a state.
func matches(headers []string, tag string) bool {
	for one := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		if one = strings.TrimSpace(one); one == "*" || one == tag {
			return true
		}
	}
	return false
}

// unknown is what the caller gets of an employee that does not exist.
func (by caller) unknown(op access.Operation) *domain.Rejection {
	if by.reach(op) <= access.ReachSelf {
		return errAccess
	}
	return errEmployee
}

// includeDeleted reports whether the caller wants to see deleted employees too.
func includeDeleted(r *http.Request) bool {
	yes, _ := boolean(r.URL.Query(), "includeDeleted")
	return yes
}

// show responds with an employee as the caller sees it.
func (h *handler) show(w http.ResponseWriter, r *http.Request, e projections.Employee, by caller) {
	doc := h.view(by).document(&e)
	if by.is(e.ID) {
		tokens, err := h.tokens.Of(r.Context(), e.ID)
		if err != nil {
			refuse(w, h.fault(r, "reading tokens", err))
			return
		}
		if persistent := persistentTokens(tokens); len(persistent) > 0 {
			doc["persistentTokens"] = persistent
		}
	}
	w.Header().Set("ETag", etag(&e))
	respond(w, http.StatusOK, doc)
}

// Bounds of GET /employee as published.
const (
	listLimitDefault = 100
	listLimitMax     = 500
)

func (h *handler) employees(w http.ResponseWriter, r *http.Request) {
	by, no := h.caller(r)
	if no != nil {
		refuse(w, no)
		return
	}
	q, no := h.listQuery(r, by)
	if no != nil {
		refuse(w, no)
		return
	}
	page, total, err := projections.EmployeesIn(r.Context(), h.Database, q)
	if err != nil {
		refuse(w, h.fault(r, "listing employees", err))
		return
	}
	view := h.view(by)
	list := make([]map[string]any, len(page))
	for i := range page {
		list[i] = view.document(&page[i])
	}
	respond(w, http.StatusOK, map[string]any{"offset": q.Offset, "limit": q.Limit, "total": total, "employees": list})
}

// listQuery reads offset, limit and customer, and bounds the list to what the caller may see.
func (h *handler) listQuery(r *http.Request, by caller) (q projections.EmployeesWithin, no *domain.Rejection) {
	far := by.reach(access.Read)
	if far < access.ReachCustomer {
		return q, errAccess
	}
	values := r.URL.Query()
	if q.Offset, no = whole(values.Get("offset"), "offset", 0, 0, offsetMax); no != nil {
		return q, no
	}
	if q.Limit, no = whole(values.Get("limit"), "limit", listLimitDefault, 1, listLimitMax); no != nil {
		return q, no
	}
	if q.IncludeDeleted, no = boolean(values, "includeDeleted"); no != nil {
		return q, no
	}
	if q.Text = values.Get("filter"); !isText(q.Text) || len(q.Text) > filterTextMax {
		return q, invalid("filter", "must be a text of at most 1000 bytes")
	}
	if q.Customer = strings.ToLower(values.Get("customer")); q.Customer != "" && !idForm.MatchString(q.Customer) {
		return q, invalid("customer", "must be an id of 24 hexadecimal characters")
	}
	return q, h.within(by, &q)
}

// isText reports whether a text of a query is one that a database can hold.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// within bounds a list of employees to the caller's reach, or to the customer that it names.
func (h *handler) within(by caller, q *projections.EmployeesWithin) *domain.Rejection {
	switch far := by.reach(access.Read); {
	case q.Customer != "":
		if !by.may(access.Read, h.catalog().targetIn(q.Customer)) {
			return errAccess
		}
	case far == access.ReachReseller:
		if q.Reseller = by.rights.Reseller; q.Reseller == "" {
			q.Customer = by.Customer
			return nil
		}
		q.Companies = h.catalog().CompaniesOf(q.Reseller)
	case far == access.ReachCustomer:
		q.Customer = by.Customer
	}
	return nil
}

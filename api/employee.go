package api

import (
	"net/http"
	"regexp"
	"strings"

	"tenure/domain"
	"tenure/events"
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
	e, no := h.find(r, by, OpRead)
	if no != nil {
		refuse(w, no)
		return
	}
	h.show(w, r, e, by)
}

// find reads the employee of a path for an operation, or returns why the caller may not. A caller that may see nothing
// gets the same error for an id that does not exist as for one that does.
func (h *handler) find(r *http.Request, by events.Actor, op Operation) (projections.Employee, *domain.Rejection) {
	id, ok := pathID(r)
	if !ok {
		return projections.Employee{}, firstOf(refusal(by, op, whose{}), errEmployee)
	}
	e, found, err := projections.EmployeeByID(r.Context(), h.Database, id)
	if err != nil {
		return e, h.fault(r, "reading an employee", err)
	}
	if !found || e.State == domain.StateDeleted && !includeDeleted(r) {
		return projections.Employee{}, firstOf(refusal(by, op, whose{}), errEmployee)
	}
	return e, refusal(by, op, whoseOf(&e))
}

func whoseOf(e *projections.Employee) whose {
	return whose{employee: e.ID, customer: e.Customer, reseller: e.Reseller}
}

func firstOf(a, b *domain.Rejection) *domain.Rejection {
	if a != nil {
		return a
	}
	return b
}

// includeDeleted reports whether the caller wants to see deleted employees too.
func includeDeleted(r *http.Request) bool { return isTrue(r.URL.Query().Get("includeDeleted")) }

func isTrue(text string) bool { return text == "true" || text == "1" }

// show responds with an employee as the caller sees it.
func (h *handler) show(w http.ResponseWriter, r *http.Request, e projections.Employee, by events.Actor) {
	doc := h.view(by).document(&e)
	if same(by.Employee, e.ID) {
		tokens, err := h.tokens.Of(r.Context(), e.ID)
		if err != nil {
			refuse(w, h.fault(r, "reading tokens", err))
			return
		}
		if persistent := persistentTokens(tokens); len(persistent) > 0 {
			doc["persistentTokens"] = persistent
		}
	}
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
func (h *handler) listQuery(r *http.Request, by events.Actor) (q projections.EmployeesWithin, no *domain.Rejection) {
	far := reachOf(by, OpRead)
	if far < reachCustomer {
		return q, errAccess
	}
	values := r.URL.Query()
	if q.Offset, no = whole(values.Get("offset"), "offset", 0, 0, offsetMax); no != nil {
		return q, no
	}
	if q.Limit, no = whole(values.Get("limit"), "limit", listLimitDefault, 1, listLimitMax); no != nil {
		return q, no
	}
	q.IncludeDeleted = isTrue(values.Get("includeDeleted"))
	if q.Customer = strings.ToLower(values.Get("customer")); q.Customer != "" && !idForm.MatchString(q.Customer) {
		return q, invalid("customer", "must be an id of 24 hexadecimal characters")
	}
	if q.Customer != "" {
		known, _ := h.catalog().Customer(q.Customer)
		if far < reachReseller && refusal(by, OpRead, whose{customer: q.Customer, reseller: known.Reseller}) != nil {
			return q, errAccess
		}
	}
	switch {
	case far == reachReseller && !ofOrganization(h, by, q.Customer):
		q.Reseller = by.Reseller
	case far == reachCustomer && q.Customer == "":
		q.Customer = by.Customer
	}
	return q, nil
}

// ofOrganization reports whether a customer belongs to a reseller that is granted to the caller.
func ofOrganization(h *handler, by events.Actor, customer string) bool {
	known, _ := h.catalog().Customer(customer)
	return by.OrganizationResellers.Has(known.Reseller)
}

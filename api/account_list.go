package api

import (
	"net/http"
	"strings"

	"tenure/access"
	"tenure/domain"
	"tenure/projections"
)

// accounts lists a customer's mobile accounts, those that no employee has among them.
func (h *handler) accounts(w http.ResponseWriter, r *http.Request) {
	by, no := h.caller(r)
	if no == nil && by.reach(access.Read) < access.ReachCustomer {
		no = errAccess
	}
	var q projections.AccountQuery
	if no == nil {
		q, no = h.accountQuery(r, by)
	}
	if no != nil {
		refuse(w, no)
		return
	}
	page, total, err := projections.AccountsOf(r.Context(), h.Database, q)
	if err != nil {
		refuse(w, h.fault(r, "listing mobile accounts", err))
		return
	}
	v := h.view(by)
	list := make([]map[string]any, len(page))
	for i := range page {
		list[i] = v.account(&page[i].MvnoAccount)
		setText(list[i], "employee", page[i].Employee)
	}
	respond(w, http.StatusOK, map[string]any{"offset": q.Offset, "limit": q.Limit, "total": total, "mvnoAccounts": list})
}

func (h *handler) accountQuery(r *http.Request, by caller) (q projections.AccountQuery, no *domain.Rejection) {
	values := r.URL.Query()
	if q.Offset, no = whole(values.Get("offset"), "offset", 0, 0, offsetMax); no != nil {
		return q, no
	}
	if q.Limit, no = whole(values.Get("limit"), "limit", listLimitDefault, 1, listLimitMax); no != nil {
		return q, no
	}
	if q.OnPBX, no = boolean(values, "pbx"); no != nil {
		return q, no
	}
	if q.WithoutUser, no = boolean(values, "available"); no != nil {
		return q, no
	}
	q.Text, q.RatePlan, q.Network = values.Get("filter"), domain.CanonicalID(values.Get("ratePlan")), values.Get("network")
	for name, text := range map[string]string{"filter": q.Text, "ratePlan": q.RatePlan, "network": q.Network} {
		if !isText(text) || len(text) > filterTextMax {
			return q, invalid(name, "must be a text of at most 1000 bytes")
		}
	}
	q.Customer, no = h.customerOf(values.Get("customer"), by, access.Read)
	return q, no
}

// customerOf is the customer whose list a caller asks for: the caller's own unless it names one.
func (h *handler) customerOf(named string, by caller, op access.Operation) (string, *domain.Rejection) {
	customer := strings.ToLower(named)
	if customer == "" {
		customer = by.Customer
	}
	if customer == "" {
		return "", invalid("customer", "is required: the caller has no customer")
	}
	if _, known := h.catalog().Customer(customer); !known {
		return "", errCustomer
	}
	return customer, by.refusal(op, h.catalog().targetIn(customer), errCustomer)
}

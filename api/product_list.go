package api

import (
	"net/http"

	"tenure/access"
	"tenure/domain"
)

// products lists what the caller could assign to employees of a customer today: of the master catalogue, of the
// customer's reseller and of the customer. Whoever may not change terms sees none.
func (h *handler) products(w http.ResponseWriter, r *http.Request) {
	by, no := h.caller(r)
	if no == nil && by.reach(access.ChangeTerms) < access.ReachCustomer {
		no = errAccess
	}
	var q productQuery
	if no == nil {
		q, no = h.productQuery(r, by)
	}
	if no != nil {
		refuse(w, no)
		return
	}
	v := h.view(by)
	world := domain.World{Now: h.Now(), Catalog: v.catalog.Catalog, Actor: by.Actor}
	list := []map[string]any{}
	total := 0
	for _, id := range world.Offered(q.customer, v.today) {
		kind := inheritedText(v.catalog, id, func(p *domain.CatalogProduct) string { return p.Type })
		if q.kind != "" && q.kind != kind {
			continue
		}
		if total++; total > q.offset && len(list) < q.limit {
			list = append(list, v.offered(id))
		}
	}
	respond(w, http.StatusOK, map[string]any{"offset": q.offset, "limit": q.limit, "total": total, "products": list})
}

// productQuery asks for a page of products.
type productQuery struct {
	customer, kind string
	offset, limit  int
}

func (h *handler) productQuery(r *http.Request, by caller) (q productQuery, no *domain.Rejection) {
	values := r.URL.Query()
	if q.offset, no = whole(values.Get("offset"), "offset", 0, 0, offsetMax); no != nil {
		return q, no
	}
	if q.limit, no = whole(values.Get("limit"), "limit", listLimitDefault, 1, listLimitMax); no != nil {
		return q, no
	}
	q.kind = values.Get("type")
	q.customer, no = h.customerOf(values.Get("customer"), by, access.ChangeTerms)
	return q, no
}

// offered is a product of the list: as an employee shows it, with its owner.
func (v view) offered(id string) map[string]any {
	doc := v.product(id)
	if own, ok := v.catalog.Find(id); ok {
		setText(doc, "reseller", own.Reseller)
		setText(doc, "customer", own.Customer)
	}
	if v.by.has(access.Reseller) {
		only, _ := inherited(v.catalog, id, func(p *domain.CatalogProduct) (bool, bool) {
			return p.ApplyByResellerOnly != nil && *p.ApplyByResellerOnly, p.ApplyByResellerOnly != nil
		})
		doc["applyByResellerOnly"] = only
	}
	return doc
}

package api

import (
	"encoding/json"
	"net/http"

	"tenure/domain"
	"tenure/events"
	"tenure/projections"
)

func (h *handler) create(w http.ResponseWriter, r *http.Request) {
	by, properties, no := h.written(r, OpCreate)
	if no != nil {
		refuse(w, no)
		return
	}
	if no := h.mayCreate(by, properties); no != nil {
		refuse(w, no)
		return
	}
	delete(properties, "newProduct") // only update sets it
	ids, no := identify(r, by, "")
	if no != nil {
		refuse(w, no)
		return
	}
	h.write(w, r, by, []Command{{Type: "employee.create.v1", Employee: ids.employee, ID: ids.command(0), Actor: by, Data: properties}})
}

// written reads what every write has: a caller who may do such a thing at all, and properties as a command takes them.
func (h *handler) written(r *http.Request, op Operation) (by events.Actor, p properties, no *domain.Rejection) {
	if by, no = h.caller(r); no != nil {
		return by, nil, no
	}
	if reachOf(by, op) == reachNone {
		return by, nil, errAccess
	}
	raw, no := body(r)
	if no != nil {
		return by, nil, no
	}
	if p, no = decodeProperties(raw); no != nil {
		return by, nil, no
	}
	return by, p, h.seal(r, p)
}

// seal replaces secrets before anything else sees them.
func (h *handler) seal(r *http.Request, p properties) *domain.Rejection {
	if h.Seal == nil {
		return nil
	}
	err := h.Seal(p)
	if err == nil {
		return nil
	}
	if no, ok := domain.AsRejection(err); ok {
		return no
	}
	return h.fault(r, "sealing secrets", err)
}

// mayCreate refuses a customer that is not the caller's to hire for, as one that does not exist. An unknown one is refused
// by the command, together with what else is wrong.
func (h *handler) mayCreate(by events.Actor, p properties) *domain.Rejection {
	customer := p.text("customer")
	if customer == "" {
		customer = by.Customer
	}
	known, ok := h.catalog().Customer(customer)
	if !ok && reachOf(by, OpCreate) == reachAll {
		return nil
	}
	if refusal(by, OpCreate, whose{customer: customer, reseller: known.Reseller}) != nil {
		return errCustomer
	}
	return nil
}

func (h *handler) update(w http.ResponseWriter, r *http.Request) {
	by, properties, no := h.written(r, OpUpdate)
	if no != nil {
		refuse(w, no)
		return
	}
	e, no := h.find(r, by, OpUpdate)
	if no != nil {
		refuse(w, no)
		return
	}
	ids, no := identify(r, by, e.ID)
	if no != nil {
		refuse(w, no)
		return
	}
	list, no := plan(&e, properties, h.view(by).today)
	if no != nil {
		refuse(w, no)
		return
	}
	for i := range list {
		list[i].Employee, list[i].Actor, list[i].ID = e.ID, by, ids.command(i)
	}
	h.write(w, r, by, list)
}

func (h *handler) remove(w http.ResponseWriter, r *http.Request) {
	by, no := h.caller(r)
	if no != nil {
		refuse(w, no)
		return
	}
	e, no := h.find(r, by, OpDelete)
	if no != nil {
		refuse(w, no)
		return
	}
	terms, no := h.deletion(r)
	if no != nil {
		refuse(w, no)
		return
	}
	ids, no := identify(r, by, e.ID)
	if no != nil {
		refuse(w, no)
		return
	}
	h.write(w, r, by, []Command{{Type: "employee.schedule_deletion.v1", Employee: e.ID, ID: ids.command(0), Actor: by, Data: terms}})
}

// deletion reads when and how to delete, from the body or the query; without a date it is today.
func (h *handler) deletion(r *http.Request) (properties, *domain.Rejection) {
	raw, no := body(r)
	if no != nil {
		return nil, no
	}
	p := properties{}
	if len(raw) > 0 {
		if p, no = decodeProperties(raw); no != nil {
			return nil, no
		}
	}
	for _, name := range deletionProperties {
		switch text := r.URL.Query().Get(name); {
		case text == "":
		case text == "null", text == "true", text == "false":
			p[name] = json.RawMessage(text)
		default:
			p[name] = quoted(text)
		}
	}
	if _, ok := p[propertyDeleteDate]; !ok {
		p[propertyDeleteDate] = quoted(h.view(events.Actor{}).today.String())
	}
	p.dates(propertyDeleteDate)
	return p, nil
}

// write sends commands to an employee one after the other, and answers with her as the caller then sees her.
func (h *handler) write(w http.ResponseWriter, r *http.Request, by events.Actor, list []Command) {
	var last Answer
	for _, c := range list {
		a, no := h.sendAndWait(r, c)
		if no != nil {
			refuse(w, no)
			return
		}
		if a.Status != statusApplied {
			answer(w, http.StatusAccepted, a)
			return
		}
		last = a
	}
	e, ok, err := projections.EmployeeByID(r.Context(), h.Database, last.Employee)
	switch {
	case err != nil:
		refuse(w, h.fault(r, "reading an employee", err))
	case !ok:
		refuse(w, errEmployee)
	default:
		h.show(w, r, e, by)
	}
}

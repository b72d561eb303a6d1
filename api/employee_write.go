package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"tenure/domain"
	"tenure/events"
	"tenure/projections"
)

func (h *handler) create(w http.ResponseWriter, r *http.Request) {
	by, given, no := h.written(r, OpCreate)
	if no == nil {
		no = h.mayCreate(by, given)
	}
	if no != nil {
		refuse(w, no)
		return
	}
	h.submit(w, r, Command{Type: "employee.create.v1", Actor: by}, given)
}

// written reads what every write has: a caller with the operation in its level, and properties as a command takes them.
func (h *handler) written(r *http.Request, op Operation) (by events.Actor, given properties, no *domain.Rejection) {
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
	given, no = decodeProperties(raw)
	return by, given, no
}

// submit completes a command with the given properties, their secrets sealed, and the ids of the call, and sends it.
func (h *handler) submit(w http.ResponseWriter, r *http.Request, c Command, given properties) {
	ids, no := identify(r, c.Actor, c.Employee)
	if no == nil {
		no = h.seal(r, given, ids.once())
	}
	if no == nil {
		no = h.carried(given)
	}
	if no != nil {
		refuse(w, no)
		return
	}
	c.Employee, c.ID, c.Data = ids.employee, ids.command(), given
	h.write(w, r, c)
}

// seal replaces secrets before anything else sees them.
func (h *handler) seal(r *http.Request, given properties, once string) *domain.Rejection {
	if h.Seal == nil {
		return nil
	}
	err := h.Seal(given, once)
	if err == nil {
		return nil
	}
	if no, ok := domain.AsRejection(err); ok {
		return no
	}
	return h.fault(r, "sealing secrets", err)
}

// carried refuses the properties that no topic carries, each by its name: JSON can express more than a database can
// hold.
func (h *handler) carried(given properties) *domain.Rejection {
	if h.Carried == nil {
		return nil
	}
	var found []*domain.Rejection
	for _, name := range slices.Sorted(maps.Keys(given)) {
		value := encoded(map[string]any{"data": map[string]json.RawMessage{name: given[name]}}) // as deep as in its command
		if err := h.Carried(value); err != nil {
			found = append(found, invalid(name, err.Error()))
		}
	}
	switch len(found) {
	case 0:
		return nil
	case 1:
		return found[0]
	}
	return &domain.Rejection{
		Status:  http.StatusUnprocessableEntity,
		Code:    "multiple",
		Message: "Multiple errors",
		Inner:   found,
	}
}

// mayCreate refuses a customer outside the caller's reach as one that does not exist. An unknown one is refused
// by the command, together with what else is wrong.
func (h *handler) mayCreate(by events.Actor, p properties) *domain.Rejection {
	customer := domain.CanonicalID(p.text("customer"))
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
	by, given, no := h.written(r, OpUpdate)
	if no != nil {
		refuse(w, no)
		return
	}
	e, no := h.find(r, by, OpUpdate)
	if no != nil {
		refuse(w, no)
		return
	}
	h.submit(w, r, Command{Type: "employee.update.v1", Employee: e.ID, Actor: by}, given)
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
	h.submit(w, r, Command{Type: "employee.schedule_deletion.v1", Employee: e.ID, Actor: by}, terms)
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
	p.date(propertyDeleteDate, h.Zone)
	return p, nil
}

// write sends a command to an employee, and responds with the employee as the caller then sees it.
func (h *handler) write(w http.ResponseWriter, r *http.Request, c Command) {
	a, no := h.sendAndWait(r, c)
	switch {
	case no != nil:
		refuse(w, no)
		return
	case a.Status != domain.StatusApplied:
		respond(w, http.StatusAccepted, commandDocument(a))
		return
	}
	e, ok, err := projections.EmployeeByID(r.Context(), h.Database, a.Subject)
	switch {
	case err != nil:
		refuse(w, h.fault(r, "reading an employee", err))
	case !ok:
		refuse(w, errEmployee)
	default:
		h.show(w, r, e, c.Actor)
	}
}

package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"tenure/access"
	"tenure/domain"
	"tenure/projections"
)

func (h *handler) create(w http.ResponseWriter, r *http.Request) {
	by, given, no := h.written(r, access.Create)
	if no == nil {
		no = h.mayCreate(by, given)
	}
	if no != nil {
		refuse(w, no)
		return
	}
	if o, ok := h.submit(w, r, by, Command{Type: "employee.create.v1"}, given); ok {
		h.showChanged(w, r, by, o)
	}
}

// written reads what every write has: a caller with the operation in its level, and properties as a command takes them.
func (h *handler) written(r *http.Request, op access.Operation) (by caller, given properties, no *domain.Rejection) {
	if by, no = h.caller(r); no != nil {
		return by, nil, no
	}
	if by.reach(op) == access.ReachNone {
		return by, nil, errAccess
	}
	raw, no := body(r)
	if no == nil {
		given, no = decodeProperties(raw)
	}
	if no == nil {
		no = h.carried(given)
	}
	if no == nil {
		no = h.twice(raw)
	}
	return by, given, no
}

// submit completes a command with the given properties, their secrets sealed, and the ids of the call, and sends it. It
// responds where the command was not applied; true: it was.
func (h *handler) submit(
	w http.ResponseWriter,
	r *http.Request,
	by caller,
	c Command,
	given properties,
) (domain.Outcome, bool) {
	ids, no := identify(r, by, c.Employee)
	if no == nil {
		no = h.seal(r, given, ids)
	}
	if no == nil {
		no = h.carried(given)
	}
	if no == nil {
		no = known(c.Type, given)
	}
	if no != nil {
		refuse(w, no)
		return domain.Outcome{}, false
	}
	c.Employee, c.ID, c.Actor, c.Data = ids.employee, ids.command(), by.Actor, given
	return h.write(w, r, c)
}

// known refuses properties that the command does not have, before it is sent: a secret under a misspelt name would
// otherwise stay on a topic in clear.
func known(command string, given properties) *domain.Rejection {
	decoded, err := domain.DecodeCommand(command, encoded(given))
	if no, ok := domain.AsRejection(err); ok {
		return no
	}
	return multiple(domain.UnknownProperties(decoded))
}

// seal replaces secrets before anything else sees them.
func (h *handler) seal(r *http.Request, given properties, ids identity) *domain.Rejection {
	if h.Seal == nil {
		return nil
	}
	err := h.Seal(given, ids.employee, ids.once())
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
	return multiple(found)
}

// multiple joins refusals in the published form; nil: there are none.
func multiple(found []*domain.Rejection) *domain.Rejection {
	switch len(found) {
	case 0:
		return nil
	case 1:
		return found[0]
	}
	return &domain.Rejection{
		Status: http.StatusUnprocessableEntity, Code: "multiple", Message: "Multiple errors", Inner: found,
	}
}

// mayCreate refuses a customer outside the caller's reach as one that does not exist. An unknown one is refused
// by the command, together with what else is wrong.
func (h *handler) mayCreate(by caller, p properties) *domain.Rejection {
	customer := domain.CanonicalID(p.text("customer"))
	if customer == "" {
		customer = by.Customer
	}
	if _, ok := h.catalog().Customer(customer); !ok && by.reach(access.Create) == access.ReachAll {
		return nil
	}
	return by.refusal(access.Create, h.catalog().targetIn(customer), errCustomer)
}

func (h *handler) update(w http.ResponseWriter, r *http.Request) {
	by, given, no := h.written(r, access.ChangeProfile)
	var e projections.Employee
	if no == nil {
		e, no = h.found(r, by, access.ChangeProfile)
	}
	if no != nil {
		refuse(w, no)
		return
	}
	if o, ok := h.submit(w, r, by, Command{Type: "employee.update.v1", Employee: e.ID}, given); ok {
		h.showChanged(w, r, by, o)
	}
}

func (h *handler) remove(w http.ResponseWriter, r *http.Request) {
	by, no := h.caller(r)
	var e projections.Employee
	if no == nil {
		e, no = h.found(r, by, access.Delete)
	}
	var terms properties
	if no == nil {
		terms, no = h.deletion(r)
	}
	if no != nil {
		refuse(w, no)
		return
	}
	_, dated := terms[propertyDeleteDate]
	if !dated {
		terms["now"] = json.RawMessage("true")
	}
	if _, ok := h.submit(w, r, by, Command{Type: "employee.schedule_deletion.v1", Employee: e.ID}, terms); ok {
		h.showDeletion(w, r, e.ID, dated)
	}
}

// showDeletion responds that an employee is or will be deleted, as published.
func (h *handler) showDeletion(w http.ResponseWriter, r *http.Request, id string, dated bool) {
	doc := map[string]any{"success": true}
	if dated {
		e, ok, err := projections.EmployeeByID(r.Context(), h.Database, id)
		if err != nil {
			refuse(w, h.fault(r, "reading an employee", err))
			return
		}
		if ok && e.Deletion != nil {
			doc[propertyDeleteDate] = instant(e.Deletion.At)
		}
	}
	respond(w, http.StatusOK, doc)
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
	values := r.URL.Query()
	for _, name := range deletionProperties {
		switch text := values.Get(name); {
		case text == "":
		case name != propertyDeleteDate:
			yes, no := boolean(values, name)
			if no != nil {
				return nil, no
			}
			p[name] = encoded(yes)
		default:
			p[name] = quoted(text)
		}
	}
	if raw, ok := p[propertyDeleteDate]; ok && (isNull(raw) || p.text(propertyDeleteDate) == "") {
		return nil, invalid(propertyDeleteDate, "must be a date: without one the employee is deleted now")
	}
	p.date(propertyDeleteDate, h.Zone)
	return p, nil
}

// warningHeader carries what a command was accepted with, such as properties that the caller cannot set.
const warningHeader = "Tenure-Warning"

// write sends a command to an employee. It responds where the command was not applied; true: it was.
func (h *handler) write(w http.ResponseWriter, r *http.Request, c Command) (domain.Outcome, bool) {
	o, no := h.sendAndWait(r, c)
	if no != nil {
		refuse(w, no)
		return o, false
	}
	for _, text := range o.Warnings {
		ascii := strconv.QuoteToASCII(text) // a header's value is visible ASCII
		w.Header().Add(warningHeader, ascii[1:len(ascii)-1])
	}
	if o.Status != domain.StatusApplied {
		respond(w, http.StatusAccepted, commandDocument(o))
		return o, false
	}
	return o, true
}

// showChanged responds with an employee as the caller sees it after a command.
func (h *handler) showChanged(w http.ResponseWriter, r *http.Request, by caller, o domain.Outcome) {
	e, ok, err := projections.EmployeeByID(r.Context(), h.Database, o.Subject)
	switch {
	case err != nil:
		refuse(w, h.fault(r, "reading an employee", err))
	case !ok:
		refuse(w, errEmployee)
	default:
		h.show(w, r, e, by)
	}
}

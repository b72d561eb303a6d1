package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"tenure/domain"
	"tenure/events"
	"tenure/projections"
)

// tokenDocument is a token as it is published. Its value is in the response to its creation and nowhere else.
func tokenDocument(t Token) map[string]any {
	doc := map[string]any{"_id": t.ID, "persistent": t.Persistent, "created": instant(t.Created)}
	setText(doc, "name", t.Name)
	if t.Expires != nil {
		doc["expires"] = instant(*t.Expires)
	}
	return doc
}

// persistentTokens are the tokens as the employee document shows them.
func persistentTokens(all []Token) []map[string]any {
	var list []map[string]any
	for _, t := range all {
		if t.Persistent {
			list = append(list, tokenDocument(t))
		}
	}
	return list
}

// tokenCall authenticates the caller and finds the employee whose tokens it is about.
func (h *handler) tokenCall(r *http.Request) (by events.Actor, e projections.Employee, no *domain.Rejection) {
	if by, no = h.caller(r); no != nil {
		return by, e, no
	}
	e, no = h.find(r, by, OpTokens)
	return by, e, no
}

func (h *handler) listTokens(w http.ResponseWriter, r *http.Request) {
	_, e, no := h.tokenCall(r)
	if no != nil {
		refuse(w, no)
		return
	}
	all, err := h.tokens.Of(r.Context(), e.ID)
	if err != nil {
		refuse(w, h.fault(r, "reading tokens", err))
		return
	}
	list := make([]map[string]any, len(all))
	for i, t := range all {
		list[i] = tokenDocument(t)
	}
	respond(w, http.StatusOK, map[string]any{"offset": 0, "limit": len(list), "total": len(list), "tokens": list})
}

// tokenNameMax bounds the name of a token, in bytes.
const tokenNameMax = 200

func (h *handler) createToken(w http.ResponseWriter, r *http.Request) {
	by, e, no := h.tokenCall(r)
	var flags loginFlags
	if no == nil {
		flags = flagsOf(&e)
		no = h.mayCreateToken(by, &e, flags)
	}
	if no != nil {
		refuse(w, no)
		return
	}
	name, persistent, no := tokenTerms(r)
	if no == nil && flags.Machine && !persistent {
		no = errPersistent
	}
	if no != nil {
		refuse(w, no)
		return
	}
	var lifetime time.Duration
	if !persistent {
		lifetime = TokenSlides
	}
	rights := events.Actor{Employee: e.ID, AccessLevel: e.AccessLevel, Customer: e.Customer, Reseller: e.Reseller}
	id, value, err := h.tokens.create(r.Context(), rights, name, lifetime, !persistent)
	if err != nil {
		refuse(w, h.fault(r, "creating a token", err))
		return
	}
	doc := map[string]any{"_id": id, "token": value, "persistent": persistent}
	setText(doc, "name", name)
	respond(w, http.StatusOK, doc)
}

// loginFlags are the properties of an employee that restrict its tokens.
type loginFlags struct {
	Machine  bool `json:"m2mOnly"`
	Webauthn bool `json:"webauthnOnly"`
}

// flagsOf reads them; what cannot be read allows nothing.
func flagsOf(e *projections.Employee) (flags loginFlags) {
	if len(e.Properties) > 0 && json.Unmarshal(e.Properties, &flags) != nil {
		flags.Webauthn = true
	}
	return flags
}

// mayCreateToken checks who may make a token of an employee. A token carries the employee's rights, so that only the
// employee itself may, and a caller that may impersonate it; for a machine a caller that may change it.
func (h *handler) mayCreateToken(by events.Actor, e *projections.Employee, flags loginFlags) *domain.Rejection {
	rights := events.Actor{AccessLevel: e.AccessLevel, Customer: e.Customer, Reseller: e.Reseller}
	switch {
	case flags.Webauthn:
		return errNewTokens
	case e.State != domain.StateEnabled, checkRights(rights) != nil, rank(e.AccessLevel) > rank(by.AccessLevel):
		return errAccess
	case same(by.Employee, e.ID), h.mayImpersonate(by, e.Reseller):
		return nil
	case flags.Machine && refusal(by, OpUpdate, whoseOf(e)) == nil:
		return nil
	}
	return errAccess
}

// tokenTerms reads what a new token is to be; an empty body asks for a session.
func tokenTerms(r *http.Request) (name string, persistent bool, no *domain.Rejection) {
	raw, no := body(r)
	if no != nil || len(raw) == 0 {
		return "", false, no
	}
	var terms struct {
		Name       string `json:"name"`
		Persistent bool   `json:"persistent"`
	}
	if err := json.Unmarshal(raw, &terms); err != nil {
		return "", false, &domain.Rejection{
			Status:  http.StatusBadRequest,
			Code:    "token",
			Message: "The body must be an object with name and persistent",
		}
	}
	if len(terms.Name) > tokenNameMax || strings.ContainsRune(terms.Name, 0) {
		return "", false, invalid("name", "must be at most 200 bytes of text")
	}
	return terms.Name, terms.Persistent, nil
}

func (h *handler) deleteToken(w http.ResponseWriter, r *http.Request) {
	_, e, no := h.tokenCall(r)
	if no != nil {
		refuse(w, no)
		return
	}
	id := strings.ToLower(r.PathValue("token"))
	found := false
	if idForm.MatchString(id) {
		var err error
		if found, err = h.tokens.Delete(r.Context(), e.ID, id); err != nil {
			refuse(w, h.fault(r, "revoking a token", err))
			return
		}
	}
	h.callers.purge()
	if !found {
		refuse(w, errTokenID)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

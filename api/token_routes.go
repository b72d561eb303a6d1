package api

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"unicode"

	"tenure/access"
	"tenure/domain"
	"tenure/events"
	"tenure/projections"
)

// tokenDocument is a token as it is published. Its value is in the response to its creation and nowhere else.
func tokenDocument(t Token) map[string]any {
	doc := map[string]any{"_id": t.ID, "persistent": t.Persistent, "created": instant(t.Created)}
	setText(doc, "name", t.Name)
	setText(doc, "createdBy", t.By)
	if t.Expires != nil {
		doc["expires"] = instant(*t.Expires)
	}
	if t.Used != nil {
		doc["lastUsed"] = instant(*t.Used)
		setText(doc, "lastAddress", t.From)
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
func (h *handler) tokenCall(
	r *http.Request,
	op access.Operation,
) (by caller, e projections.Employee, no *domain.Rejection) {
	if by, no = h.caller(r); no != nil {
		return by, e, no
	}
	e, no = h.find(r, by, op)
	return by, e, no
}

func (h *handler) listTokens(w http.ResponseWriter, r *http.Request) {
	_, e, no := h.tokenCall(r, access.ListTokens)
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
	by, e, no := h.tokenCall(r, access.CreateToken)
	var flags loginFlags
	if no == nil {
		flags, no = mayHaveTokens(&e)
	}
	var n newToken
	if no == nil {
		n, no = h.tokenTerms(r, by, &e)
	}
	if no == nil && flags.Machine && n.slides {
		no = errPersistent
	}
	if no != nil {
		refuse(w, no)
		return
	}
	id, value, err := h.tokens.create(r.Context(), n)
	switch {
	case errors.Is(err, errTooManyTokens):
		refuse(w, errTokensMax)
	case errors.Is(err, errTokenRepeated):
		refuse(w, errRepeated)
	case err != nil:
		refuse(w, h.fault(r, "creating a token", err))
	default:
		doc := map[string]any{"_id": id, "token": value, "persistent": !n.slides}
		setText(doc, "name", n.name)
		respond(w, http.StatusOK, doc)
	}
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

// mayHaveTokens refuses new tokens of an employee that may not log in by one.
func mayHaveTokens(e *projections.Employee) (flags loginFlags, no *domain.Rejection) {
	flags = flagsOf(e)
	switch {
	case flags.Webauthn:
		return flags, errNewTokens
	case e.State != domain.StateEnabled, access.LevelOf(e.AccessLevel) < access.Personal:
		return flags, errAccess
	}
	return flags, nil
}

// tokenTerms reads what a new token is to be; an empty body asks for a session. A call that names itself gives the
// token an id that follows from its name, so that the call makes one token however often it is sent.
func (h *handler) tokenTerms(r *http.Request, by caller, e *projections.Employee) (n newToken, no *domain.Rejection) {
	var terms struct {
		Name       string `json:"name"`
		Persistent bool   `json:"persistent"`
	}
	raw, no := body(r)
	if no == nil && len(raw) > 0 {
		no = h.exactly(raw, &terms, errTokenBody)
	}
	key, wrong := idempotencyKey(r)
	switch {
	case no != nil:
		return n, no
	case wrong != nil:
		return n, wrong
	case len(terms.Name) > tokenNameMax || strings.ContainsFunc(terms.Name, unicode.IsControl):
		return n, invalid("name", "must be at most 200 bytes of text")
	}
	n = newToken{
		rights: events.Actor{Employee: e.ID, AccessLevel: e.AccessLevel, Customer: e.Customer, Reseller: e.Reseller},
		name:   terms.Name, slides: !terms.Persistent, by: by.Employee,
	}
	if n.by == "" {
		n.by = by.token.id
	}
	if n.slides {
		n.lifetime = tokenSlides
	}
	if key != "" {
		n.id = hex.EncodeToString(by.derive("token", e.ID, key)[:tokenIDBytes])
	}
	return n, nil
}

// errTokenBody names the accepted bodies.
var errTokenBody = failure(http.StatusBadRequest, "token", "The body must be an object with name and persistent")

// tokenForm is a token's id, or its value.
var tokenForm = regexp.MustCompile(`^([0-9a-f]{24}|[0-9a-f]{64})$`)

// deleteToken revokes a token by its id or, as published, by its value.
func (h *handler) deleteToken(w http.ResponseWriter, r *http.Request) {
	_, e, no := h.tokenCall(r, access.RevokeToken)
	if no != nil {
		refuse(w, no)
		return
	}
	token, found := strings.ToLower(r.PathValue("token")), false
	if tokenForm.MatchString(token) {
		var err error
		if found, err = h.tokens.Delete(r.Context(), e.ID, token); err != nil {
			refuse(w, h.fault(r, "revoking a token", err))
			return
		}
	}
	h.callers.purge()
	if !found {
		refuse(w, errTokenID)
		return
	}
	respond(w, http.StatusOK, map[string]any{"success": true})
}

// deleteTokens revokes all tokens of an employee.
func (h *handler) deleteTokens(w http.ResponseWriter, r *http.Request) {
	_, e, no := h.tokenCall(r, access.RevokeToken)
	if no != nil {
		refuse(w, no)
		return
	}
	n, err := h.tokens.RevokeOf(r.Context(), e.ID)
	h.callers.purge()
	if err != nil {
		refuse(w, h.fault(r, "revoking tokens", err))
		return
	}
	respond(w, http.StatusOK, map[string]any{"success": true, "revoked": n})
}

package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"tenure/access"
	"tenure/domain"
	"tenure/projections"
)

// directoryIDsMax bounds the ids of one call: twice the employees of a large customer.
const directoryIDsMax = 10_000

// directoryCall is what a caller of the PBX directory asks for.
type directoryCall struct {
	customer          string
	ids               []string // nil: all
	calls, standalone bool
}

func (h *handler) directory(w http.ResponseWriter, r *http.Request) {
	by, no := h.caller(r)
	if no != nil {
		refuse(w, no)
		return
	}
	call, no := h.directoryCall(r, by)
	if no != nil {
		refuse(w, no)
		return
	}
	raw, err := h.entries(r, by, call)
	if err != nil {
		refuse(w, h.fault(r, "reading the directory", err))
		return
	}
	send(w, http.StatusOK, raw)
}

// directoryCall reads the query or the body, and the customer: the caller's own, unless its reach is wider and it names
// another.
func (h *handler) directoryCall(r *http.Request, by caller) (c directoryCall, no *domain.Rejection) {
	if by.reach(access.Directory) == access.ReachNone {
		return c, errAccess
	}
	values := r.URL.Query()
	if list, ok := values["ids"]; ok {
		c.ids = list
	}
	if c.calls, no = boolean(values, "calls"); no != nil {
		return c, no
	}
	if c.standalone, no = boolean(values, "standalone"); no != nil {
		return c, no
	}
	if r.Method == http.MethodPost {
		raw, no := body(r)
		if no != nil {
			return c, no
		}
		if no := h.readDirectoryBody(&c, raw); no != nil {
			return c, no
		}
	}
	if no := c.checkIDs(); no != nil {
		return c, no
	}
	return c, h.directoryOf(&c, values, by)
}

// directoryOf sets whose directory a call reads, and refuses one that the caller may not.
func (h *handler) directoryOf(c *directoryCall, values url.Values, by caller) *domain.Rejection {
	c.customer = strings.ToLower(values.Get("customer"))
	if c.customer == "" {
		c.customer = by.Customer
	}
	_, known := h.catalog().Customer(c.customer)
	if c.customer == "" || !known && c.customer != by.Customer ||
		!by.may(access.Directory, h.catalog().targetIn(c.customer)) {
		return errAccess
	}
	return nil
}

// errDirectoryBody names the accepted bodies.
var errDirectoryBody = failure(
	http.StatusBadRequest,
	"ids",
	`The body must be {"ids":[…],"calls":…,"standalone":…} or a list of ids`,
)

// readDirectoryBody takes a body: an object, or the list of ids alone. An empty one asks for nothing more than the
// query.
func (h *handler) readDirectoryBody(c *directoryCall, raw []byte) *domain.Rejection {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return nil
	}
	if raw[0] == '[' {
		if json.Unmarshal(raw, &c.ids) != nil {
			return errDirectoryBody
		}
		return nil
	}
	var given struct {
		IDs        []string `json:"ids"`
		Calls      *bool    `json:"calls"`
		Standalone *bool    `json:"standalone"`
	}
	if no := h.exactly(raw, &given, errDirectoryBody); no != nil {
		return no
	}
	if given.IDs != nil {
		c.ids = given.IDs
	}
	if given.Calls != nil {
		c.calls = *given.Calls
	}
	if given.Standalone != nil {
		c.standalone = *given.Standalone
	}
	return nil
}

func (c *directoryCall) checkIDs() *domain.Rejection {
	if len(c.ids) > directoryIDsMax {
		return invalid("ids", "must be at most 10 000 ids")
	}
	for i, id := range c.ids {
		if c.ids[i] = strings.ToLower(id); !idForm.MatchString(c.ids[i]) {
			return invalid("ids", "must be ids of 24 hexadecimal characters")
		}
	}
	return nil
}

// entries reads the directory and writes it as one JSON list. Most entries are stored as they are published, and
// only the activity that other systems report has to be added.
func (h *handler) entries(r *http.Request, by caller, c directoryCall) ([]byte, error) {
	list, err := projections.DirectoryOf(
		r.Context(),
		h.Database,
		projections.DirectoryQuery{Customer: c.customer, IDs: c.ids},
	)
	if err != nil {
		return nil, err
	}
	s := show{by: by, calls: c.calls, addresses: h.addresses(c.customer)}
	if c.calls && by.Employee != "" {
		if s.groups, err = projections.GroupsOf(r.Context(), h.Database, by.Employee); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	out.WriteByte('[')
	for i := range list {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := s.entry(&out, &list[i]); err != nil {
			return nil, err
		}
	}
	if c.standalone {
		if err := h.standalone(r, &out, &s, c, len(list) > 0); err != nil {
			return nil, err
		}
	}
	out.WriteString("]\n")
	return out.Bytes(), nil
}

// standalone appends the extensions that no employee has.
func (h *handler) standalone(r *http.Request, out *bytes.Buffer, s *show, c directoryCall, more bool) error {
	alone, err := projections.LoneExtensions(r.Context(), h.Database, c.customer)
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, id := range c.ids {
		wanted[id] = true
	}
	for _, x := range alone {
		if c.ids != nil && !wanted[x.ID] {
			continue
		}
		if more {
			out.WriteByte(',')
		}
		more = true
		extension, err := s.alone(&x)
		if err != nil {
			return err
		}
		doc := map[string]any{"_id": x.ID, "type": "EXTENSION", "extensions": []projections.DirectoryExtension{extension}}
		setText(doc, "name", x.Name)
		raw, err := json.Marshal(doc)
		if err != nil {
			return err
		}
		out.Write(raw)
	}
	return nil
}

package console

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"tenure/access"
	"tenure/domain"
	"tenure/internal/telemetry"
	"tenure/projections"
)

// foundShown are listed where a name or an extension is that of many.
const foundShown = 50

// employeesPage is the search.
type employeesPage struct {
	Query, Problem string
	Found          []foundRow
	More           bool // there are more than are listed
}

type foundRow struct {
	projections.Match
	CustomerName string
}

var (
	employeeID     = regexp.MustCompile(`^[0-9a-fA-F]{24}$`)
	employeeNumber = regexp.MustCompile(`^[0-9]{1,18}$`)
)

// employees finds employees by id, number, extension, mobile number, login or the beginning of a name. Searches are
// logged without what was searched for.
func (h *console) employees(w http.ResponseWriter, r *request) error {
	query := strings.TrimSpace(r.URL.Query().Get("q"))
	p := employeesPage{Query: query}
	if query != "" {
		found, err := h.find(r, query)
		if err != nil {
			return err
		}
		h.Log.Info("console: search for an employee", telemetry.KeyKind, searchKind(query))
		if len(found) == 1 {
			http.Redirect(w, r.Request, "/employees/"+found[0].ID, http.StatusSeeOther)
			return nil
		}
		p.list(found, r)
	}
	return h.show(w, r, view{Name: "employees", Title: "Employees", Content: p})
}

// list shows what was found, with the names of the customers.
func (p *employeesPage) list(found []projections.Match, r *request) {
	if len(found) == 0 {
		p.Problem = "No employee has this id, number, extension, mobile number or login, and no name begins so."
	}
	if p.More = len(found) > foundShown; p.More {
		found = found[:foundShown]
	}
	for _, one := range found {
		p.Found = append(p.Found, foundRow{Match: one, CustomerName: r.customerName(one.Customer)})
	}
}

// find reads whom the text may mean and the caller may see.
func (h *console) find(r *request, query string) ([]projections.Match, error) {
	ctx := r.Context()
	switch searchKind(query) {
	case searchID:
		id := domain.CanonicalID(query)
		_, ok, err := h.Store.Subject(ctx, domain.Stream(domain.KindEmployee, id))
		if !ok {
			return nil, err
		}
		return h.within(r, []projections.Match{{ID: id}})
	case searchNumber:
		number, err := strconv.ParseInt(query, 10, 64)
		if err != nil {
			return nil, nil // too large: nobody has it
		}
		found, err := projections.FindByDigits(ctx, h.Store, query, number, foundShown+1)
		if err != nil {
			return nil, err
		}
		return h.within(r, found)
	}
	login, err := h.byLogin(ctx, query)
	if err != nil {
		return nil, err
	}
	if len(login) > 0 || !r.operates() {
		return h.within(r, login)
	}
	// over all customers: who sees one customer alone would be given the few of the first that are its own
	return projections.FindByName(ctx, h.Store, query, foundShown+1)
}

// byLogin is the employee who has a login name.
func (h *console) byLogin(ctx context.Context, name string) ([]projections.Match, error) {
	stream, ok, err := h.Store.LoginHolder(ctx, strings.ToLower(name))
	if err != nil || !ok {
		return nil, err
	}
	_, id := domain.SplitStream(stream)
	return []projections.Match{{ID: id}}, nil
}

// within leaves out employees that the caller may not see: for it there are none.
func (h *console) within(r *request, all []projections.Match) ([]projections.Match, error) {
	if r.operates() {
		return all, nil
	}
	var seen []projections.Match
	for _, one := range all {
		document, ok, err := projections.EmployeeByID(r.Context(), h.Store, one.ID)
		if err != nil {
			return nil, err
		}
		if ok && r.may(access.Read, one.ID, document.AccessLevel, document.Customer) == nil {
			seen = append(seen, one)
		}
	}
	return seen, nil
}

// The kinds of searches, as the log has them.
const (
	searchID     = "id"
	searchNumber = "number"
	searchText   = "text"
)

func searchKind(query string) string {
	switch {
	case employeeID.MatchString(query):
		return searchID
	case employeeNumber.MatchString(query):
		return searchNumber
	}
	return searchText
}

package api

import (
	"slices"

	"tenure/domain"
	"tenure/events"
)

// Operation is what a caller wants to do with an employee.
type Operation string

// The operations. Whether a write is allowed in detail is decided with the command; these are the doors before it.
const (
	OpRead      Operation = "read"
	OpCreate    Operation = "create"
	OpUpdate    Operation = "update"
	OpDelete    Operation = "delete"
	OpDirectory Operation = "directory" // the PBX directory of a customer
	OpSearch    Operation = "search"    // CallGear and jtel: a customer's employees
	OpTokens    Operation = "tokens"    // tokens of an employee, without their values
)

// reach is how far an access level goes in an operation. Each includes those before it.
type reach int

// The reaches.
const (
	reachNone     reach = iota
	reachSelf           // the employee itself
	reachCustomer       // employees of its customer
	reachReseller       // employees of its reseller's customers
	reachAll
)

// levels are the access levels, lowest first.
var levels = []string{"NO_LOGIN", "PERSONAL", "VIEWER", "MANAGER", "OWNER", "RESELLER", "RESELLER_ADMIN", "ADMIN"}

// The levels by name, as far as the code speaks of them.
const (
	levelReseller      = "RESELLER"
	levelResellerAdmin = "RESELLER_ADMIN"
	levelAdmin         = "ADMIN"
)

// access says who may do what: for each operation the reach of each level, in the order of levels.
var access = map[Operation][8]reach{
	//           NO_LOGIN   PERSONAL       VIEWER         MANAGER        OWNER          RESELLER       RESELLER_ADMIN ADMIN
	OpRead:   {reachNone, reachNone, reachCustomer, reachCustomer, reachCustomer, reachReseller, reachAll, reachAll},
	OpCreate: {reachNone, reachNone, reachCustomer, reachCustomer, reachCustomer, reachReseller, reachAll, reachAll},
	OpUpdate: {reachNone, reachSelf, reachSelf, reachCustomer, reachCustomer, reachReseller, reachAll, reachAll},
	OpDelete: {reachNone, reachNone, reachNone, reachCustomer, reachCustomer, reachReseller, reachAll, reachAll},
	OpDirectory: {
		reachNone,
		reachCustomer,
		reachCustomer,
		reachCustomer,
		reachCustomer,
		reachReseller,
		reachAll,
		reachAll,
	},
	OpSearch: {reachNone, reachNone, reachCustomer, reachCustomer, reachCustomer, reachReseller, reachAll, reachAll},
	OpTokens: {reachNone, reachSelf, reachSelf, reachCustomer, reachCustomer, reachReseller, reachAll, reachAll},
}

// reachOf is how far a caller goes in an operation.
func reachOf(by events.Actor, op Operation) reach {
	i := slices.Index(levels, by.AccessLevel)
	if i < 0 {
		return reachNone
	}
	return access[op][i]
}

// rank orders access levels; an unknown one is below all.
func rank(level string) int { return slices.Index(levels, level) }

// atLeast reports whether a caller has a level or one above it.
func atLeast(by events.Actor, level string) bool { return rank(by.AccessLevel) >= rank(level) }

// whose is the employee, or the customer, that an operation is about. Fields that are empty match nobody.
type whose struct{ employee, customer, reseller string }

// refusal is why a caller may not do something with an employee; nil: it may. A caller that has the level but not the
// customer gets the error of an employee that does not exist.
func refusal(by events.Actor, op Operation, of whose) *domain.Rejection {
	far := reachOf(by, op)
	switch {
	case far == reachNone:
		return errAccess
	case far == reachAll, far >= reachSelf && same(by.Employee, of.employee):
		return nil
	case far >= reachReseller && same(by.Reseller, of.reseller), far >= reachCustomer && same(by.Customer, of.customer):
		return nil
	case far >= reachCustomer && by.OrganizationResellers.Has(of.reseller): // its customer is an organisation of resellers
		return nil
	case far == reachSelf:
		return errAccess
	}
	return errEmployee
}

func same(a, b string) bool { return a != "" && a == b }

// mayImpersonate reports whether a caller may act as an employee: those of a parent reseller may, as employees of its
// sub-resellers, and the platform's are above all resellers.
func (h *handler) mayImpersonate(by events.Actor, reseller string) bool {
	switch {
	case !atLeast(by, levelReseller):
		return false
	case by.Reseller == "":
		return by.AccessLevel == levelAdmin
	}
	catalog := h.catalog()
	for range resellersMax {
		found, ok := catalog.Reseller(reseller)
		if !ok || found.Parent == "" {
			return false
		}
		if reseller = found.Parent; reseller == by.Reseller {
			return true
		}
	}
	return false
}

// resellersMax bounds the walk from a reseller to its ancestors; a longer chain is a mistake.
const resellersMax = 16

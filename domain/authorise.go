package domain

import (
	"strings"

	"tenure/access"
	"tenure/events"
)

// Who may do what is decided by package access. This file says who the caller of a command is and whose an employee is,
// in the terms of that package. Level, customer and resellers of an organization come with the command and are kept
// with its events, so that anyone can check the decision later.

// FeatureOrganization is the customer's feature that lets its employees manage resellers.
const FeatureOrganization = "ORGANIZATION"

var errAccessDenied = reject(statusForbidden, "access_denied", "Insufficient access level")

// CallerOf returns who an actor is, as far as rights go. Its reseller is the one whose company its customer is; an
// actor without a customer, such as another system of a reseller, names its reseller itself. Grants hold for employees
// of an organization only.
func CallerOf(by events.Actor, c *Catalog) access.Caller {
	caller := access.Caller{
		System:   by.System,
		Employee: CanonicalID(by.Employee),
		Level:    access.LevelOf(by.AccessLevel),
		Customer: CanonicalID(by.Customer),
	}
	if caller.Reseller = c.companyOf(caller.Customer); caller.Customer == "" {
		caller.Reseller = CanonicalID(by.Reseller)
	}
	if by.OrganizationResellers != "" && c.hasFeature(caller.Customer, FeatureOrganization) {
		caller.Grants = by.OrganizationResellers.List()
	}
	return caller
}

// TargetOf returns an employee of a customer as rights see it. For a new employee id and level are empty.
func TargetOf(employee, level, customer string, c *Catalog) access.Target {
	company := c.companyOf(customer)
	return access.Target{
		Employee: employee, Level: access.LevelOf(level), Customer: customer, Reseller: c.customers[customer].Reseller,
		Company: company, Parents: c.parentsOf(company),
	}
}

var errActor = reject(statusUnauthorized, "actor", "The command names no known actor")

// checkActor refuses a command that names nobody, a level that is not published, or a part of Tenure that there is not.
// The absence of an actor is no right.
func checkActor(by events.Actor) *Rejection {
	switch {
	case by.System != "" && by == (events.Actor{System: by.System, Key: by.Key}) && access.IsSystem(by.System):
		return nil
	case by.System == "" && access.LevelOf(by.AccessLevel) != access.Unknown:
		return nil
	}
	return errActor
}

// isSystem reports whether a part of Tenure sent the command.
func isSystem(by events.Actor) bool { return by.System != "" }

// caller is who sent the command.
func (w World) caller() access.Caller { return CallerOf(w.Actor, w.Catalog) }

// can reports whether the actor has at least a level, or is a part of Tenure.
func (w World) can(least access.Level) bool {
	return isSystem(w.Actor) || access.LevelOf(w.Actor.AccessLevel) >= least
}

// permit returns the refusal of an operation on an employee of a customer, or nil. What is hidden from the caller is
// refused in the words for what does not exist.
func (w World) permit(op access.Operation, of access.Target, hidden *Rejection) *Rejection {
	if refused := checkActor(w.Actor); refused != nil {
		return refused
	}
	switch access.Decide(op, w.caller(), of) {
	case access.Allowed:
		return nil
	case access.Hidden:
		return hidden
	}
	return errAccessDenied
}

// permitAll refuses an operation that is not about an employee.
func (w World) permitAll(op access.Operation) error {
	if refused := w.permit(op, access.Target{}, errAccessDenied); refused != nil {
		return refused
	}
	return nil
}

// isSelf reports whether the actor is the employee itself, with a level that may log in.
func (w World) isSelf(employee string) bool {
	return employee != "" && strings.EqualFold(w.Actor.Employee, employee) && w.can(access.Personal)
}

// target is the employee as rights see it.
func (e *Employee) target(w World) access.Target {
	of := TargetOf(e.ID, e.AccessLevel, e.Customer, w.Catalog)
	of.Reseller = or(of.Reseller, e.Reseller)
	return of
}

// may reports whether the actor may do an operation to the employee.
func (e *Employee) may(op access.Operation, w World) bool {
	return w.permit(op, e.target(w), errAccessDenied) == nil
}

// onlyItself reports whether the actor changes itself without a right to change others of its customer: what it may
// change is listed (settable.go).
func (e *Employee) onlyItself(w World) bool { return !e.may(access.ChangeTerms, w) }

// checkLevel is what a level must be to be given to an employee of a customer.
func (w World) checkLevel(name, customer string) []*Rejection {
	level, known := access.ParseLevel(name)
	if !known {
		return []*Rejection{invalid("accessLevel", quoteOf(name)+" is not an access level")}
	}
	var found []*Rejection
	if !w.can(level) {
		found = append(found, reject(statusForbidden, "accessLevel", "You cannot assign access level higher than your own"))
	}
	if level >= access.Reseller && w.Catalog.companyOf(customer) == "" {
		found = append(
			found,
			reject(statusForbidden, "accessLevel", "Cannot assign reseller rights to a regular customer employee"),
		)
	}
	return found
}

// resellersAboveMax bounds the way from a reseller to its ancestors; a longer one is a cycle.
const resellersAboveMax = 16

// companyOf returns the reseller whose own company a customer is; empty: none.
func (c *Catalog) companyOf(customer string) string {
	if customer == "" {
		return ""
	}
	return c.companies[customer]
}

// parentsOf lists the resellers above one, nearest first.
func (c *Catalog) parentsOf(reseller string) []string {
	var all []string
	for len(all) < resellersAboveMax {
		if reseller = c.resellers[reseller].Parent; reseller == "" {
			break
		}
		all = append(all, reseller)
	}
	return all
}

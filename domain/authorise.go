package domain

import (
	"slices"
	"strings"

	"tenure/events"
)

// Who may order what follows from the actor alone: level, customer, reseller and the resellers of an organization come with
// the command and are kept with its events, so that anyone can check the decision later. An entirely empty actor is
// Tenure itself: time, the scheduler and the processes that it drives. An actor that names anybody has the rights of the
// level it names, and none without one.

// The published access levels that rules name.
const (
	levelNoLogin       = "NO_LOGIN"
	levelPersonal      = "PERSONAL"
	levelViewer        = "VIEWER"
	levelManager       = "MANAGER"
	levelReseller      = "RESELLER"
	levelResellerAdmin = "RESELLER_ADMIN"
	levelAdmin         = "ADMIN"
)

// accessLevels are the published levels, lowest first.
var accessLevels = []string{
	levelNoLogin, levelPersonal, levelViewer, levelManager, "OWNER", levelReseller, levelResellerAdmin, levelAdmin,
}

// FeatureOrganization is the customer's feature that lets its employees manage resellers.
const FeatureOrganization = "ORGANIZATION"

var errAccessDenied = reject(statusForbidden, "access_denied", "Insufficient access level")

// atLeast reports whether a level is the given one or above it; what is no level is below all.
func atLeast(level, least string) bool {
	return slices.Index(accessLevels, level) >= slices.Index(accessLevels, least)
}

// isSystem reports whether nobody ordered it: Tenure itself did.
func isSystem(by events.Actor) bool { return by == (events.Actor{}) }

// can reports whether the actor has at least a level, or is Tenure itself.
func (w World) can(least string) bool {
	return isSystem(w.Actor) || atLeast(w.Actor.AccessLevel, least)
}

// operation is what a command does, as far as rights go.
type operation int

const (
	opCreate  operation = iota // a new employee
	opUpdate                   // its terms and what it has
	opSelf                     // what it may change of itself too
	opDelete                   // its end
	opOperate                  // what other systems tell, and whatever is not listed
	opBill                     // what it is billed otherwise than the rules do
)

// least is the lowest level that may do an operation within its reach.
var least = map[operation]string{
	opCreate: levelViewer, opUpdate: levelManager, opSelf: levelManager, opDelete: levelManager, opOperate: levelResellerAdmin,
	opBill: levelAdmin,
}

func operationOf(c Command) operation {
	switch c.(type) {
	case works:
		return opBill
	case CreateEmployee:
		return opCreate
	case UpdateEmployee, SetPresence:
		return opSelf
	case ScheduleProductChange, AddAddon, UpdateAddon, TerminateAddon, AssignExtension, UnassignExtension,
		AttachMvnoAccount, DetachMvnoAccount, ScheduleRatePlanChange, RestoreMvnoAccount:
		return opUpdate
	case ScheduleDeletion, CancelDeletion:
		return opDelete
	}
	return opOperate
}

// may reports whether the actor may do an operation on an employee of a customer of a reseller.
func (w World) may(op operation, employee, customer, reseller string) bool {
	by := w.Actor
	if isSystem(by) || op == opSelf && w.isSelf(employee) {
		return true
	}
	return atLeast(by.AccessLevel, least[op]) && w.reaches(customer, reseller)
}

// isSelf reports whether the actor is the employee itself, with a level that may log in.
func (w World) isSelf(employee string) bool {
	return employee != "" && strings.EqualFold(w.Actor.Employee, employee) && atLeast(w.Actor.AccessLevel, levelPersonal)
}

// reaches reports whether employees of a customer of a reseller are within the actor's reach, whatever it may do to them.
func (w World) reaches(customer, reseller string) bool {
	by := w.Actor
	switch {
	case atLeast(by.AccessLevel, levelResellerAdmin):
		return true
	case by.OrganizationResellers.Has(reseller) && w.Catalog.hasFeature(by.Customer, FeatureOrganization):
		return true
	case by.AccessLevel == levelReseller:
		return by.Reseller != "" && by.Reseller == reseller
	}
	return by.Customer != "" && by.Customer == customer
}

// authorise refuses what the actor may not order of an employee who exists.
func (e *Employee) authorise(c Command, w World) *Rejection {
	if w.may(operationOf(c), e.ID, e.Customer, e.Reseller) {
		return nil
	}
	return errAccessDenied
}

// onlyItself reports whether the actor changes itself without a right to change others of its customer: what it may change is
// listed (settable.go).
func (e *Employee) onlyItself(w World) bool { return !w.may(opUpdate, e.ID, e.Customer, e.Reseller) }

// mayChangeCatalog lets operators change products, customers and resellers.
func mayChangeCatalog(w World) error {
	if w.can(levelResellerAdmin) {
		return nil
	}
	return errAccessDenied
}

// checkLevel is what a level must be to be given to an employee of a customer.
func (w World) checkLevel(level, customer string) []*Rejection {
	if !slices.Contains(accessLevels, level) {
		return []*Rejection{invalid("accessLevel", level+" is not an access level")}
	}
	var found []*Rejection
	if !isSystem(w.Actor) && !atLeast(w.Actor.AccessLevel, level) {
		found = append(found, reject(statusForbidden, "accessLevel", "You cannot assign access level higher than your own"))
	}
	if atLeast(level, levelReseller) && !w.Catalog.isReseller(customer) {
		found = append(found, reject(statusForbidden, "accessLevel", "Cannot assign reseller rights to a regular customer employee"))
	}
	return found
}

// isReseller reports whether a customer is some reseller's own company.
func (c *Catalog) isReseller(customer string) bool {
	for _, r := range c.resellers {
		if customer != "" && r.Company == customer {
			return true
		}
	}
	return false
}

package api

import (
	"tenure/access"
	"tenure/domain"
	"tenure/events"
	"tenure/projections"
)

// caller is who sent a request: the actor of its commands, its rights, and the token that it came with.
type caller struct {
	events.Actor
	rights access.Caller
	token  credential
}

// credential is the token of a request.
type credential struct {
	id   string
	hash [32]byte
}

// callerOf gives an actor the rights that it has by the catalogue. An actor of a reseller's own company acts for that
// reseller.
func callerOf(by events.Actor, token credential, c Catalog) caller {
	rights := domain.CallerOf(by, c.Catalog)
	if len(rights.Grants) == 0 {
		by.OrganizationResellers = ""
	}
	if rights.Level >= access.Reseller && rights.Customer != "" {
		by.Reseller = rights.Reseller
	}
	return caller{Actor: by, rights: rights, token: token}
}

// has reports whether the caller has a level or one above it.
func (by caller) has(least access.Level) bool { return by.rights.Level >= least }

// reach is how far the caller goes in an operation.
func (by caller) reach(op access.Operation) access.Reach { return access.ReachOf(op, by.rights.Level) }

// refusal is why the caller may not do an operation to a target; nil: it may. What is hidden from it gets the error of
// what does not exist.
func (by caller) refusal(op access.Operation, of access.Target, hidden *domain.Rejection) *domain.Rejection {
	switch access.Decide(op, by.rights, of) {
	case access.Allowed:
		return nil
	case access.Hidden:
		return hidden
	}
	return errAccess
}

// may reports whether the caller may do an operation to a target.
func (by caller) may(op access.Operation, of access.Target) bool {
	return access.Decide(op, by.rights, of) == access.Allowed
}

// is reports whether the caller is an employee.
func (by caller) is(employee string) bool { return same(by.Employee, employee) }

// target is an employee as access rights see it.
func (c Catalog) target(e *projections.Employee) access.Target {
	of := domain.TargetOf(e.ID, e.AccessLevel, e.Customer, c.Catalog)
	if of.Reseller == "" {
		of.Reseller = e.Reseller
	}
	return of
}

// targetIn is any employee of a customer as access rights see it.
func (c Catalog) targetIn(customer string) access.Target {
	return domain.TargetOf("", "", customer, c.Catalog)
}

func same(a, b string) bool { return a != "" && a == b }

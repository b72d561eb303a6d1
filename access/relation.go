package access

import "slices"

// Caller is who asks, as far as rights go. The zero Caller may do nothing.
type Caller struct {
	// System is a part of Tenure that named itself, such as scheduler; it has no level.
	System   string
	Employee string
	Level    Level
	Customer string
	// Reseller is the reseller whose company Customer is, not the one that serves Customer: a sub-reseller's company is a
	// customer of its parent.
	Reseller string
	// Grants are the resellers whose customers an employee of an organization may manage.
	Grants []string
}

// Target is the employee that a caller asks about; for a new employee it has neither id nor level.
type Target struct {
	Employee string
	Level    Level
	Customer string
	Reseller string // that serves Customer
	// Company is the reseller whose company Customer is; empty for an ordinary customer.
	Company string
	// Parents are the resellers above Company, nearest first.
	Parents []string
}

// Place is where a target is, seen from a caller.
type Place int

// The places, in the order in which they are looked for.
const (
	Elsewhere        Place = iota
	Self                   // the caller itself
	SameCustomer           // an employee of the caller's customer
	Granted                // of a customer of a reseller that is granted to the caller
	ResellerCustomer       // of a customer of the caller's own reseller
	SubReseller            // of the company of a reseller below the caller's own, at any depth
	places                 // how many there are
)

var placeNames = [...]string{"elsewhere", "self", "same customer", "granted", "reseller's customer", "sub-reseller"}

// String returns the place's name.
func (p Place) String() string {
	if p < Elsewhere || p >= places {
		return "unknown"
	}
	return placeNames[p]
}

// Relation is how a target is related to a caller.
type Relation struct {
	Place Place
	Above bool // the target has a higher level, and is not the caller
}

// Relate returns the relation of a target to a caller. Fields that are empty match nobody.
func Relate(c Caller, t Target) Relation {
	place := c.placeOf(t)
	return Relation{Place: place, Above: place != Self && t.Level > c.Level}
}

func (c Caller) placeOf(t Target) Place {
	switch {
	case c.Level >= Personal && same(c.Employee, t.Employee):
		return Self
	case same(c.Customer, t.Customer):
		return SameCustomer
	case c.isParentOf(t):
		return SubReseller
	case c.Level >= Reseller && same(c.Reseller, t.Reseller):
		return ResellerCustomer
	case t.Reseller != "" && t.Company != t.Reseller && slices.Contains(c.Grants, t.Reseller):
		return Granted
	}
	return Elsewhere
}

// isParentOf reports whether the target is of a reseller below the caller's own. An ADMIN of no reseller is above all.
func (c Caller) isParentOf(t Target) bool {
	switch {
	case c.Level == Admin && c.Reseller == "":
		return t.Company != ""
	case c.Level >= Reseller && c.Reseller != "":
		return slices.Contains(t.Parents, c.Reseller)
	}
	return false
}

func same(a, b string) bool { return a != "" && a == b }

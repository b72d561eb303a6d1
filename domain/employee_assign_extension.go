package domain

import (
	"slices"

	"tenure/access"
	"tenure/events"
)

// AssignExtension is employee.assign_extension: of an extension that it has already, what is absent stays.
type AssignExtension struct {
	ID       string               `json:"_id"`
	Number   Optional[string]     `json:"number"`
	Name     Optional[string]     `json:"name"`
	Product  Optional[string]     `json:"product"` // what it is billed as
	Direct   Optional[string]     `json:"direct"`
	Mobile   Optional[events.IDs] `json:"mobile"`
	Redirect Optional[string]     `json:"redirect"`
}

// Kind is employee.
func (AssignExtension) Kind() string { return KindEmployee }

// Operation is change terms.
func (AssignExtension) Operation() access.Operation { return access.ChangeTerms }

func (c AssignExtension) decide(e *Employee, w World) ([]events.Event, error) {
	if c.ID == "" {
		return nil, invalid("_id", "is required")
	}
	if w.LoginTaken {
		return nil, errHeld
	}
	c.ID = CanonicalID(c.ID)
	old, has := e.extension(c.ID)
	x := events.Extension{
		ID: c.ID, Number: c.Number.or(old.Number), Name: c.Name.or(old.Name),
		Product: CanonicalID(c.Product.or(old.Product)), Direct: c.Direct.or(old.Direct), Mobile: c.Mobile.or(old.Mobile),
		Redirect: c.Redirect.or(old.Redirect),
	}
	if err := join(append(checkHolding(x.Number, x.Name), c.check(x)...)); err != nil {
		return nil, err
	}
	if refused := w.checkNewID("_id", c.ID); !has && refused != nil {
		return nil, refused
	}
	if x.Product != "" && x.Product != old.Product && !w.assignable(x.Product, e.Customer, w.Today()) {
		return nil, errProductNotFound
	}
	rated := e.rate(extensionSource(c.ID), x.Product, w)
	if has && old == x {
		return rated, nil
	}
	return append([]events.Event{events.ExtensionAssigned{Extension: x}}, rated...), nil
}

// extensionMobilesMax bounds the mobile numbers of an extension.
const extensionMobilesMax = 20

// check refuses what is no number, and an id that is empty.
func (c AssignExtension) check(x events.Extension) []*Rejection {
	found := nonNil(checkText("direct", x.Direct, nameMax, false), checkText("redirect", x.Redirect, nameMax, false),
		c.Product.notEmpty("product"))
	mobile := x.Mobile.List()
	if len(mobile) > extensionMobilesMax {
		found = append(found, invalid("mobile", "has too many numbers"))
	}
	if slices.ContainsFunc(mobile, func(n string) bool { return !isPhoneNumber(n) }) {
		found = append(found, invalid("mobile", "must be phone numbers such as +4512345678"))
	}
	return found
}

// checkHolding bounds how an extension or an account is called and reached.
func checkHolding(number, name string) []*Rejection {
	return nonNil(checkText("number", number, nameMax, false), checkText("name", name, nameMax, false))
}

package domain

import (
	"tenure/access"
	"tenure/events"
)

// AssignExtension is employee.assign_extension.
type AssignExtension struct {
	ID      string `json:"_id"`
	Number  string `json:"number"`
	Name    string `json:"name"`
	Product string `json:"product"` // what it is billed as
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
	c.ID, c.Product = CanonicalID(c.ID), CanonicalID(c.Product)
	if err := join(checkHolding(c.Number, c.Name)); err != nil {
		return nil, err
	}
	old, has := e.extension(c.ID)
	if refused := w.checkNewID("_id", c.ID); !has && refused != nil {
		return nil, refused
	}
	if c.Product != "" && c.Product != old.Product && !w.assignable(c.Product, e.Customer, w.Today()) {
		return nil, errProductNotFound
	}
	extension := events.Extension(c)
	rated := e.rate(extensionSource(c.ID), c.Product, w)
	if has && old == extension {
		return rated, nil
	}
	return append([]events.Event{events.ExtensionAssigned{Extension: extension}}, rated...), nil
}

// checkHolding bounds how an extension or an account is called and reached.
func checkHolding(number, name string) []*Rejection {
	return nonNil(checkText("number", number, nameMax, false), checkText("name", name, nameMax, false))
}

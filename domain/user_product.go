package domain

import (
	"tenure/billing"
	"tenure/events"
)

const messagePBXOnly = "Only available for customers with the PBX feature"

// checkProduct is what a PBX user product must be to be assigned on a day.
func checkProduct(id, customer string, on billing.Date, w World) *Rejection {
	if id == "" {
		return nil
	}
	_, known := w.Catalog.Customer(customer)
	switch {
	case w.Catalog.typeOf(id) != TypePBXUser || !w.assignable(id, customer, on):
		return errProductNotFound
	case known && !w.Catalog.hasFeature(customer, FeaturePBX):
		return reject(statusUnprocessable, "product", messagePBXOnly)
	}
	return nil
}

// Why a change that was scheduled did not happen when its time came.
const (
	droppedDeletion = "DELETION" // it is deleted on that day, or before it
	droppedProduct  = "PRODUCT"  // it may not be assigned on that day any more
)

// changeProduct is T1: the scheduled product becomes the employee's, unless by now it may not.
func (e *Employee) changeProduct(c *Catalog) events.Event {
	change := *e.NewProduct
	dropped := func(reason string) events.Event {
		return events.ProductChangeDropped{Product: change.Product, Reason: reason}
	}
	if e.Deletion != nil && e.Deletion.Date <= change.From {
		return dropped(droppedDeletion)
	}
	if c.typeOf(change.Product) != TypePBXUser || !c.hasDay(change.Product, change.From) ||
		!c.offers(change.Product, e.Customer) {
		return dropped(droppedProduct)
	}
	if !c.hasFeature(e.Customer, FeaturePBX) {
		return dropped("FEATURE")
	}
	return events.ProductAssigned{Product: change.Product, From: change.From}
}

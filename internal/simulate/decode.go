package simulate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"tenure/billing"
	"tenure/events"
)

// InputBytesMax bounds a file that is read: a hundred times the largest file of cases in use.
const InputBytesMax = 64 << 20

// given is what a case begins with.
type given struct {
	employee employee
	products []product // by id
	addons   []addon
}

type employee struct {
	customer, reseller, billingCustomer string
	product                             string
	productStart, productInvoicedUntil  moment
	deleteDate                          moment
}

type product struct {
	path                          string
	id, recurrence                string
	inheritFrom, inheritsReseller string
	fullMonth                     *bool
	included                      []events.Included
	price, wholesale, cost        *billing.Amount
}

type addon struct {
	id, product                     string
	start, terminate, invoicedUntil moment
	units, unitPrice                *billing.Amount
}

// root reads a whole file as one object.
func (r *reading) root(raw []byte, known ...string) object {
	if len(raw) > InputBytesMax {
		r.fail("file", "is larger than %d MiB", InputBytesMax>>20)
		return object{r: r}
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	var value json.RawMessage
	if err := d.Decode(&value); err != nil {
		r.fail("file", "is not JSON: %v", err)
		return object{r: r}
	}
	if d.More() {
		r.fail("file", "has something behind its end")
	}
	return r.object("", value, known...)
}

// givenKeys are the properties of what is given.
var givenKeys = []string{"employee", "products", "addons"}

func (o object) givenState() given {
	o.need("employee", "products")
	g := given{employee: o.employee("employee"), products: o.products("products")}
	seen := map[string]bool{}
	o.list("addons", func(path string, raw json.RawMessage) {
		a := o.r.addon(path, raw)
		if seen[a.id] {
			o.r.fail(path+".id", "%q stands twice in the list", a.id)
		}
		seen[a.id] = true
		g.addons = append(g.addons, a)
	})
	return g
}

func (o object) employee(name string) employee {
	e := o.r.object(o.at(name), o.fields[name], "customer", "reseller", "billingCustomer", "product", "productStart",
		"productInvoicedUntil", "deleteDate")
	out := employee{
		customer: e.name("customer"), reseller: e.text("reseller"), billingCustomer: e.text("billingCustomer"),
		product: e.text("product"), productStart: e.moment("productStart"),
		productInvoicedUntil: e.moment("productInvoicedUntil"), deleteDate: e.moment("deleteDate"),
	}
	if out.product != "" && out.productStart.none() {
		o.r.fail(e.at("productStart"), "is missing: the product has to begin on a day")
	}
	if out.product == "" && (!out.productStart.none() || !out.productInvoicedUntil.none()) {
		o.r.fail(e.at("product"), "is missing, while its dates are given")
	}
	return out
}

func (o object) products(name string) []product {
	all := o.r.object(o.at(name), o.fields[name])
	var out []product
	for _, id := range slices.Sorted(maps.Keys(all.fields)) {
		if id == "" {
			o.r.fail(all.path, "has a product without an id")
		}
		out = append(out, o.r.product(all.at(id), id, all.fields[id]))
	}
	return out
}

func (r *reading) product(path, id string, raw json.RawMessage) product {
	o := r.object(path, raw, "recurrence", "recurrenceFullMonth", "price", "wholesale", "cost", "inheritFromReseller",
		"inheritFrom", "includedProducts")
	p := product{
		path: path, id: id, recurrence: o.text("recurrence"), fullMonth: o.flag("recurrenceFullMonth"),
		inheritsReseller: o.text("inheritFromReseller"), inheritFrom: o.text("inheritFrom"),
		price: o.amount("price"), wholesale: o.amount("wholesale"), cost: o.amount("cost"),
	}
	o.list("includedProducts", func(path string, raw json.RawMessage) {
		in := r.object(path, raw, "_id", "amount")
		in.need("amount")
		included := events.Included{Product: in.name("_id")}
		if a := in.amount("amount"); a != nil {
			included.Amount = *a
		}
		p.included = append(p.included, included)
	})
	return p
}

func (r *reading) addon(path string, raw json.RawMessage) addon {
	o := r.object(path, raw, "id", "product", "start", "terminate", "units", "unitPrice", "invoicedUntil")
	a := addon{
		id: o.name("id"), product: o.name("product"), start: o.someMoment("start"), terminate: o.moment("terminate"),
		units: o.amount("units"), unitPrice: o.amount("unitPrice"), invoicedUntil: o.moment("invoicedUntil"),
	}
	if a.id == billing.ProductSource {
		r.fail(o.at("id"), "%q is the id of the employee's own product", a.id)
	}
	return a
}

// change is one operation on it or on the catalogue.
type change struct {
	path string
	on   moment // when it becomes known; none in cases, where the order of steps tells
	op   string

	addon     string
	added     addon
	date      moment
	effective moment
	from      moment
	commandAt moment

	units, unitPrice       *billing.Amount
	clearsPrice            bool
	to, product            string
	price, wholesale, cost *billing.Amount
}

// operation is what a change of one op looks like and does.
type operation struct {
	known, needed []string
	dated         string // the property that is the day of the change itself where that is known and it is absent
	apply         func(*history, change) (refused string, err error)
}

func (r *reading) change(path string, raw json.RawMessage, extra ...string) change {
	head := r.object(path, raw)
	c := change{path: path, op: head.name("op")}
	operation, ok := operations[c.op]
	if r.err != nil {
		return c
	}
	if !ok {
		r.fail(head.at("op"), "%q is not one of %v", c.op, slices.Sorted(maps.Keys(operations)))
		return c
	}
	o := r.object(path, raw, append(append([]string{"op"}, operation.known...), extra...)...)
	o.need(operation.needed...)
	c.read(o)
	if c.on.none() && operation.dated != "" {
		o.someMoment(operation.dated)
	}
	return c
}

func (c *change) read(o object) {
	c.on, c.date, c.effective = o.moment("on"), o.moment("date"), o.moment("effective")
	c.from, c.commandAt = o.moment("from"), o.moment("commandAt")
	c.units, c.unitPrice = o.amount("units"), o.amount("unitPrice")
	c.clearsPrice = o.has("unitPrice") && !o.given("unitPrice")
	c.to, c.product = o.text("to"), o.text("product")
	c.price, c.wholesale, c.cost = o.amount("price"), o.amount("wholesale"), o.amount("cost")
	switch {
	case c.op == "addAddon":
		c.added = o.r.addon(o.at("addon"), o.fields["addon"])
	case slices.Contains(operations[c.op].needed, "addon"):
		c.addon = o.name("addon")
	}
}

// label names a case in a path by its place and id.
func label(place int, id string) string {
	return fmt.Sprintf("cases[%d] (%.40s)", place, id)
}

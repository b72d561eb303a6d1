package demo

import (
	"fmt"

	"tenure/access"
	"tenure/events"
	"tenure/internal/command"
)

// The size of the company.
const (
	resellers = 2
	customers = 5
	employees = 60
)

// id is the id of the nth thing of a kind: 24 hexadecimal characters, of which the first two name the kind.
func id(kind string, n int) string { return fmt.Sprintf("%s%022d", kind, n) }

// The first characters of ids, by kind.
const (
	kindReseller  = "5a"
	kindCustomer  = "5c"
	kindEmployee  = "5e"
	kindProduct   = "5b"
	kindAddon     = "5d"
	kindExtension = "e0"
	kindAccount   = "a0"
)

// The products, by number.
const (
	productBasic = 1 + iota
	productPlus
	productSetUp     // billed once
	productRecording // every month
	productLicence   // every quarter
	productNumber    // every year; one is included in Plus
	productBusylight // every month, often with a price of the customer's own
	productBasicOfReseller
	productBasicOfCustomer
)

// actor is who orders everything here.
var actor = events.Actor{System: access.Demo}

// object is a command's data.
type object = map[string]any

// compose returns a command. Its id is derived from its purpose, so that a second demo on the same system changes
// nothing.
func compose(kind, subject, what string, body object) command.Command {
	return command.Command{Type: kind, Subject: subject, ID: "demo/" + what + "/" + subject, Actor: actor, Data: body}
}

// catalogue has the commands for resellers, products and customers, in the order in which they refer to each other.
func catalogue() []command.Command {
	var list []command.Command
	for n := 1; n <= resellers; n++ {
		list = append(list, compose("catalog.put_reseller.v1", id(kindReseller, n), "put",
			object{"name": fmt.Sprintf("Sample reseller %d", n), "currency": "DKK"}))
	}
	for n, body := range products {
		list = append(list, compose("catalog.put_product.v1", id(kindProduct, n+1), "put", body))
		if price, ok := inEuro[n+1]; ok {
			list = append(list, compose("catalog.set_price.v1", id(kindProduct, n+1), "euro",
				object{"amount": price, "currency": euro, "effective": "2000-01-01"}))
		}
	}
	for n := 1; n <= customers; n++ {
		list = append(list, compose("catalog.put_customer.v1", id(kindCustomer, n), "put", object{
			"reseller": id(kindReseller, resellerOf(n)), "name": fmt.Sprintf("Sample customer %d", n), "currency": currencyOf(n),
			"features": []string{"PBX"}, "billingCustomers": []string{id(kindCustomer, neighbour(n))},
		}))
	}
	return list
}

// euro is the currency of one customer.
const euro = "EUR"

// inEuro are the prices of products for who pays in euro, by number.
var inEuro = map[int]string{1: "10.60", 2: "19.95", 3: "33.50", 4: "3.90", 5: "5.70", 6: "0.67", 7: "12.75", 8: "11.40"}

// products are the catalogue by number: three levels of one product, and addons of each recurrence. Prices are per
// month where a product recurs.
var products = []object{
	{
		"name":       "PBX user Basic",
		"type":       "PBX_USER",
		"recurrence": "MONTHLY",
		"price":      "79.00",
		"wholesale":  "49.00",
		"cost":       "21.50",
	},
	{
		"name":             "PBX user Plus",
		"type":             "PBX_USER",
		"recurrence":       "MONTHLY",
		"price":            "149.00",
		"wholesale":        "95.00",
		"cost":             "40.25",
		"includedProducts": []object{{"_id": id(kindProduct, productNumber), "amount": "1"}},
	},
	{"name": "Set-up", "type": "OTHER", "recurrence": "NONE", "price": "250.00", "wholesale": "150.00", "cost": "80.00"},
	{
		"name":       "Call recording",
		"type":       "OTHER",
		"recurrence": "MONTHLY",
		"price":      "29.00",
		"wholesale":  "15.00",
		"cost":       "6.10",
	},
	{
		"name":       "Office licence",
		"type":       "EXTERNAL_LICENSE",
		"recurrence": "QUARTERLY",
		"price":      "42.50",
		"wholesale":  "31.00",
		"cost":       "27.75",
	},
	{
		"name":       "Extra number",
		"type":       "NUMBER_RENT",
		"recurrence": "YEARLY",
		"price":      "5.00",
		"wholesale":  "3.00",
		"cost":       "1.20",
	},
	{
		"name":       "Busylight",
		"type":       "OTHER",
		"recurrence": "MONTHLY",
		"price":      "95.00",
		"wholesale":  "60.00",
		"cost":       "25.00",
	},
	{
		"name":        "PBX user Basic of reseller 1",
		"inheritFrom": id(kindProduct, productBasic),
		"recurrence":  "MONTHLY",
		"price":       "85.00",
	},
	{
		"name":                "PBX user Basic of customer 2",
		"inheritFromReseller": id(kindProduct, productBasicOfReseller),
		"recurrence":          "MONTHLY",
	},
}

// resellerOf assigns customers 1 to 3 to reseller 1 and the others to reseller 2.
func resellerOf(customer int) int {
	if customer <= 3 {
		return 1
	}
	return 2
}

// currencyOf is that of a customer; the last one pays in euro.
func currencyOf(customer int) string {
	if customer == customers {
		return euro
	}
	return "DKK"
}

// neighbour is the customer that may pay for a customer's employees.
func neighbour(customer int) int { return customer%4 + 1 }

// customerOf spreads the employees over the customers.
func customerOf(employee int) int { return (employee-1)%customers + 1 }

// staff has the commands for the employees with extensions, accounts and addons.
func staff() []command.Command {
	var list []command.Command
	for n := 1; n <= employees; n++ {
		who := id(kindEmployee, n)
		list = append(list, compose("employee.create.v1", who, "create", object{
			"customer": id(kindCustomer, customerOf(n)), "name": name(n), "product": productOf(n),
			"effective": startOf(n), "addonProducts": addonsOf(n),
		}))
		list = append(list, compose("employee.assign_extension.v1", who, "extension", object{
			"_id": id(kindExtension, n), "number": fmt.Sprintf("%d", 200+n), "name": "Desk",
		}))
		if n%4 == 3 {
			list = append(list, compose("employee.attach_mvno_account.v1", who, "account", object{
				"_id": id(kindAccount, n), "number": fmt.Sprintf("+4500000%03d", n), "name": name(n),
			}))
		}
	}
	return list
}

func name(employee int) string { return fmt.Sprintf("Sample employee %02d", employee) }

func productOf(employee int) string { return id(kindProduct, productNumberOf(employee)) }

func productNumberOf(employee int) int {
	switch {
	case employee%3 == 0:
		return productPlus
	case customerOf(employee) == 2:
		return productBasicOfCustomer
	case resellerOf(customerOf(employee)) == 1:
		return productBasicOfReseller
	}
	return productBasic
}

// startOf lets every tenth employee begin inside the month, so that it is billed for a part of the month.
func startOf(employee int) string {
	if employee%10 == 0 {
		return "2026-10-12"
	}
	return "2026-10-01"
}

// addonsOf spreads the addons so that each recurrence, more units than one, a price of the customer's own, a discount
// and included units occur.
func addonsOf(employee int) []object {
	list := []object{}
	add := func(every, product int, more object) {
		if employee%every != 0 {
			return
		}
		a := object{
			"_id":     id(kindAddon, employee*10+product),
			"product": id(kindProduct, product),
			"start":   startOf(employee),
		}
		for name, value := range more {
			a[name] = value
		}
		list = append(list, a)
	}
	add(5, productSetUp, nil)
	add(2, productRecording, nil)
	add(4, productLicence, object{"units": "2"})
	add(3, productNumber, object{"units": "3"})
	add(6, productBusylight, object{"units": "2", "unitPrice": "85.50", "name": "Busylight, two for the desk"})
	return list
}

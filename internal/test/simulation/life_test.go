package simulation

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"time"

	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/command"
	"tenure/internal/test/digest"
)

type object = map[string]any

// The ids of the company that every life has.
const (
	reseller = "5a0000000000000000000001"
	customer = "5c0000000000000000000001"
	payer    = "5c0000000000000000000002" // pays for some of the first one's employees
	basic    = "5b0000000000000000000001"
	large    = "5b0000000000000000000002"
	lamp     = "5b0000000000000000000003"
	setup    = "5b0000000000000000000004" // billed once
	plan     = "5b0000000000000000000005" // of a mobile account
	planPlus = "5b0000000000000000000006"
)

// order is a command of a life.
type order = command.Command

// life is what is ordered on each of some days. The night of a day comes before its orders.
type life struct {
	first time.Time // noon of the first day
	days  [][]order
}

// writer makes a life from a seed.
type writer struct {
	random  *rand.Rand
	date    time.Time
	orders  []order
	number  int
	people  int
	started bool // the first day is over
}

// begins is a month end, so that documents are closed in every life.
var begins = time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)

// newLife makes a life of some days. The same arguments make the same one.
func newLife(seed int64, days, ordersADay int) life {
	w := &writer{random: rand.New(rand.NewSource(seed)), date: begins}
	l := life{first: begins}
	for day := range days {
		w.orders = nil
		if day == 0 {
			w.company()
		}
		for range ordersADay {
			w.any()
		}
		w.leaving(day)
		l.days, w.started = append(l.days, w.orders), true
		w.date = w.date.AddDate(0, 0, 1)
	}
	return l
}

func (w *writer) company() {
	w.order("catalog.put_reseller.v1", reseller, object{"name": "Sample reseller", "currency": "DKK"})
	w.order("catalog.put_customer.v1", customer, object{"reseller": reseller, "name": "Sample customer 01",
		"currency": "DKK", "features": []string{"PBX"}, "billingCustomers": []string{payer}})
	w.order("catalog.put_customer.v1", payer, object{"reseller": reseller, "name": "Sample customer 02",
		"currency": "DKK", "features": []string{"PBX"}})
	for i, id := range []string{basic, large, lamp, setup, plan, planPlus} {
		w.product(id, i)
	}
	for range 6 {
		makers["employee.create.v1"](w)
	}
}

func (w *writer) product(id string, n int) {
	kind, recurrence := "PBX_USER", "MONTHLY"
	switch id {
	case lamp:
		kind = "OTHER"
	case setup:
		kind, recurrence = "OTHER", "NONE"
	case plan, planPlus:
		kind = "RATE_PLAN"
	}
	w.order("catalog.put_product.v1", id, object{"name": fmt.Sprintf("Sample product %d", n+1), "type": kind,
		"recurrence": recurrence, "price": w.amount(), "wholesale": w.amount(), "cost": w.amount()})
}

// admin may do everything that is not the program's own.
var admin = events.Actor{AccessLevel: "ADMIN", Employee: "5f1e0a9b8c7d6e5f4a3b2c07"}

func (w *writer) order(kind, subject string, data object) {
	w.number++
	w.orders = append(w.orders, order{
		Type: kind, Subject: subject, ID: fmt.Sprint(digest.Prefix, w.number), Data: data, Actor: admin,
	})
}

// any orders something of any type: those that employees live by more often.
func (w *writer) any() {
	types := domain.CommandTypes()
	slices.Sort(types)
	kind := types[w.random.Intn(len(types))]
	if w.random.Intn(3) == 0 {
		kind = w.one("employee.create.v1", "employee.update.v1", "employee.add_addon.v1", "employee.update_addon.v1")
	}
	makers[kind](w)
}

// leaving has two employees leave on the evening of the first day with an extension and a mobile account each, whose
// ends are confirmed on the next.
func (w *writer) leaving(day int) {
	for n := 3; n <= 4 && day <= 1; n++ {
		who := employeeID(n)
		extension, account := fmt.Sprintf("e0%s99", who[4:]), fmt.Sprintf("a0%s99", who[4:])
		if day == 1 {
			w.order("employee.confirm_extension_deleted.v1", who, object{"_id": extension})
			w.order("employee.confirm_mvno_account_deleted.v1", who, object{"_id": account})
			continue
		}
		w.order("employee.assign_extension.v1", who, object{"_id": extension, "number": "3" + who[21:], "name": "Desk"})
		w.order("employee.attach_mvno_account.v1", who, object{"_id": account, "number": "+4510000" + who[21:],
			"name": "Sample account", "state": "ACTIVE", "numberState": "IN_USE", "ratePlan": plan})
		w.order("employee.schedule_deletion.v1", who, object{"deleteDate": w.day(0, 0), "deleteExtensions": true,
			"deleteMvnoAccounts": true})
	}
}

func (w *writer) amount() string {
	return fmt.Sprintf("%d.%02d", 10+w.random.Intn(190), w.random.Intn(100))
}

// day is a date some days from the life's present.
func (w *writer) day(from, to int) string {
	return w.date.AddDate(0, 0, from+w.random.Intn(to-from+1)).Format(time.DateOnly)
}

func (w *writer) one(choices ...string) string { return choices[w.random.Intn(len(choices))] }

// maybe gives a property or none.
func (w *writer) maybe(data object, name string, value any) object {
	if w.random.Intn(2) == 0 {
		data[name] = value
	}
	return data
}

func employeeID(n int) string { return fmt.Sprintf("5e%022d", n) }

// employee picks one that exists, or now and then one that does not.
func (w *writer) employee() string { return employeeID(1 + w.random.Intn(w.people+w.random.Intn(2))) }

// part is the id of something that an employee has; few are in use, so that commands meet.
func (w *writer) part(prefix string) string {
	return fmt.Sprintf("%s%022d", prefix, 1+w.random.Intn(3))
}

// held is the id of something that only one employee at a time can have. Each has others, or it would depend on which
// shard is quicker who gets it.
func (w *writer) held(prefix, employee string) string {
	return fmt.Sprintf("%s%s%02d", prefix, employee[4:], w.random.Intn(3))
}

// document is the reference of one that a life may have issued.
func (w *writer) document() string {
	return fmt.Sprintf("2026-%d/%s/%s/DKK", 10+w.random.Intn(3), w.one("CUSTOMER", "RESELLER", "COST"),
		w.one(customer, payer, reseller))
}

// night is the run of one of a life's nights.
func (w *writer) night() string { return "nightly/" + w.day(-1, 1) }

// phases are the orders of a day in groups that wait for each other: what is decided about an employee must not depend
// on which shard is quicker.
func phases(orders []order) [][]order {
	var all [3][]order
	for _, o := range orders {
		kind, _ := domain.CommandKind(o.Type)
		topic, _ := contract.CommandTopic(kind)
		switch topic {
		case contract.CatalogCommands:
			all[0] = append(all[0], o)
		case contract.EmployeeCommands:
			all[1] = append(all[1], o)
		default:
			all[2] = append(all[2], o)
		}
	}
	return all[:]
}

// reason is why an operator does something.
func (w *writer) reason() string { return "sample reason " + strings.Repeat("x", w.random.Intn(5)) }

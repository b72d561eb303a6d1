package faults

import (
	"fmt"
	"math/rand"
	"time"

	"tenure/events"
	"tenure/internal/command"
)

type object = map[string]any

// The ids of the company that every script has.
const (
	reseller = "5a0000000000000000000001"
	customer = "5c0000000000000000000001"
	second   = "5c0000000000000000000002" // another customer, who pays for some of the first one's employees
	basic    = "5b0000000000000000000001"
	large    = "5b0000000000000000000002"
	lamp     = "5b0000000000000000000003"
	setup    = "5b0000000000000000000004" // billed once
)

// script is the life of a system: what is ordered on each of its days. The night of a day comes before its orders.
type script struct {
	name  string
	first time.Time // noon of the first day
	days  [][]command.Command
}

// writer makes a script from a seed.
type writer struct {
	random  *rand.Rand
	date    time.Time
	orders  []command.Command
	number  int
	people  int
	gone    map[int]bool
	addons  map[int]int // how many each has had
	started bool        // the first day is over
}

// newScript makes a life of some days. The same arguments make the same one.
func newScript(seed int64, first string, days, ordersADay int) script {
	noon, err := time.Parse(time.RFC3339, first)
	if err != nil {
		panic(err)
	}
	w := &writer{random: rand.New(rand.NewSource(seed)), date: noon, gone: map[int]bool{}, addons: map[int]int{}}
	s := script{name: fmt.Sprint(seed, first, days, ordersADay), first: noon}
	for day := range days {
		w.orders = nil
		if day == 0 {
			w.company()
			for range ordersADay {
				w.hire()
			}
		}
		for range ordersADay {
			w.anyCommand()
		}
		s.days, w.started = append(s.days, w.orders), true
		w.date = w.date.AddDate(0, 0, 1)
	}
	return s
}

func (w *writer) order(kind, subject string, data object) {
	w.number++
	w.orders = append(w.orders, command.Command{
		Type: kind, Subject: subject, ID: fmt.Sprintf("script-%d", w.number), Data: data,
		Actor: events.Actor{AccessLevel: "ADMIN"},
	})
}

func (w *writer) company() {
	w.order("catalog.put_reseller.v1", reseller, object{"name": "Sample reseller", "currency": "DKK"})
	w.order("catalog.put_customer.v1", customer, object{"reseller": reseller, "name": "Sample customer 01",
		"currency": "DKK", "features": []string{"PBX"},
		"billingCustomers": []string{second}})
	w.order("catalog.put_customer.v1", second, object{"reseller": reseller, "name": "Sample customer 02",
		"currency": "DKK", "features": []string{"PBX"}})
	for i, id := range []string{basic, large, lamp, setup} {
		kind, recurrence := "PBX_USER", "MONTHLY"
		if i >= 2 {
			kind = "OTHER"
		}
		if id == setup {
			recurrence = "NONE"
		}
		w.order("catalog.put_product.v1", id, object{"name": fmt.Sprintf("Sample product %d", i+1), "type": kind,
			"recurrence": recurrence,
			"price":      w.amount(), "wholesale": w.amount(), "cost": w.amount()})
	}
}

func (w *writer) amount() string {
	return fmt.Sprintf("%d.%02d", 10+w.random.Intn(190), w.random.Intn(100))
}

// day is a date some days from the script's present.
func (w *writer) day(from, to int) string {
	return w.date.AddDate(0, 0, from+w.random.Intn(to-from+1)).Format(time.DateOnly)
}

func employeeID(n int) string { return fmt.Sprintf("5e%022d", n) }

func addonID(person, n int) string { return fmt.Sprintf("ad%010d%012d", person, n) }

func (w *writer) hire() {
	w.people++
	address := w.people
	if w.started && w.random.Intn(4) == 0 {
		w.gone[w.people] = true
		address = 1 // who has had it since the first day: refused, whichever shard asks
	}
	w.order("employee.create.v1", employeeID(w.people), object{
		"customer": customer, "name": fmt.Sprintf("Sample employee %02d", w.people), "product": w.one(basic, large),
		"effective":    w.day(-20, 3),
		"emailAddress": fmt.Sprintf("sample%d@example.com", address),
	})
}

func (w *writer) one(choices ...string) string { return choices[w.random.Intn(len(choices))] }

// employee picks an employee without a scheduled deletion.
func (w *writer) employee() int {
	for {
		if n := 1 + w.random.Intn(w.people); !w.gone[n] {
			return n
		}
	}
}

// anyCommand sends one command, and now and then one that is rejected.
func (w *writer) anyCommand() {
	n := w.employee()
	id := employeeID(n)
	switch w.random.Intn(10) {
	case 0:
		w.hire()
	case 1, 2, 3:
		w.addons[n]++
		w.order("employee.add_addon.v1", id, object{"_id": addonID(n, w.addons[n]), "product": w.one(lamp, setup),
			"start": w.day(-15, 5), "units": fmt.Sprint(1 + w.random.Intn(4))})
	case 4:
		w.order("employee.update_addon.v1", id, object{"_id": addonID(n, 1), "units": fmt.Sprint(1 + w.random.Intn(6)),
			"effective": w.day(-3, 3)})
	case 5:
		w.order("employee.terminate_addon.v1", id, object{"_id": addonID(n, 1), "terminate": w.day(-5, 5)})
	case 6:
		w.order("employee.schedule_product_change.v1", id, object{"newProduct": w.one(basic, large)})
	case 7:
		// The first one stays: others ask for its address, and which of several shards gets one that is free is in no order.
		if w.random.Intn(3) == 0 && len(w.gone) < w.people/4 && n != 1 {
			w.gone[n] = true
			w.order("employee.schedule_deletion.v1", id, object{"deleteDate": w.day(1, 6)})
		}
	case 8:
		w.order("employee.update.v1", id, object{"name": fmt.Sprintf("Sample employee %02d%d", n, w.random.Intn(10)),
			"department": "Sample department"})
	case 9:
		w.order("employee.update.v1", id, object{"department": fmt.Sprint("Sample department ", w.random.Intn(5))})
	}
}

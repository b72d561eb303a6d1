package bench

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"tenure/access"
	"tenure/billing"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/store"
)

// The catalogue of the load.
const (
	resellerID    = "52f4fd7734697b2800000001"
	userProduct   = "52f4fd7734697b2800000002"
	addonProduct  = "52f4fd7734697b2800000003"
	secondProduct = "52f4fd7734697b2800000004"
	customersMax  = 1_000
	// sendPage is how many commands are in memory at once.
	sendPage = 5_000
)

type object = map[string]any

func customerID(n int) string { return fmt.Sprintf("52f4fd7734697b2a%08x", n%customersMax) }

// employeeID spreads over the partitions by its hash.
func employeeID(n int) string { return fmt.Sprintf("52f4fd7734697b29%08x", n) }

func compose(kind, subject, id string, content any) command.Command {
	return command.Command{
		Type:    kind,
		Subject: subject,
		ID:      id,
		Data:    content,
		At:      time.Now(),
		Actor:   events.Actor{System: access.Bench},
	}
}

func catalogOrders() []command.Command {
	product := func(id, kind, price, wholesale string) command.Command {
		return compose("catalog.put_product.v1", id, "put-"+id, object{
			"type": kind, "recurrence": "MONTHLY", "price": price, "wholesale": wholesale})
	}
	all := []command.Command{
		compose("catalog.put_reseller.v1", resellerID, "put-reseller", object{"name": "Sample reseller"}),
		product(userProduct, "PBX_USER", "49.00", "30"),
		product(addonProduct, "AD_HOC", "95.00", "60"),
		product(secondProduct, "AD_HOC", "19.50", "11"),
	}
	for n := range customersMax {
		all = append(all, compose("catalog.put_customer.v1", customerID(n), "put-"+customerID(n),
			object{"reseller": resellerID, "features": []string{"PBX"}}))
	}
	return all
}

// hire is the creation of an employee with a product: two events.
func hire(n int) command.Command {
	return compose("employee.create.v1", employeeID(n), fmt.Sprintf("hire-%d", n), object{
		"customer": customerID(n), "name": fmt.Sprintf("Sample employee %07d", n), "product": userProduct})
}

// hireEvents is how many events a hire makes.
const hireEvents = 2

// change is a command to an employee that exists, one event: an addon, or an extension. round distinguishes
// repetitions.
func change(n, round int) command.Command {
	id := fmt.Sprintf("change-%d-%d", n, round)
	if n%2 == 0 {
		return compose("employee.add_addon.v1", employeeID(n), id, object{
			"_id": fmt.Sprintf("5d%06x%016x", round, n), "product": addonProduct})
	}
	return compose("employee.assign_extension.v1", employeeID(n), id, object{
		"_id": fmt.Sprintf("e0%06x%016x", round, n), "number": fmt.Sprintf("45%08d", n), "name": "Sample extension"})
}

// scattered goes through 0..of-1 in another order than that of creation, so that neighbours in the database are not
// changed together. The step is a prime that divides no size in use.
func scattered(i, of int) int { return int(int64(i) * 7_368_787 % int64(of)) }

// send publishes n orders to a topic, or to their own when it is empty.
func (s *stage) send(ctx context.Context, n int, topic string, make func(i int) command.Command) error {
	page := []bus.Message{}
	for i := range n {
		m, err := command.Compose(make(i))
		if err != nil {
			return err
		}
		m.Topic = cmp.Or(topic, m.Topic)
		if page = append(page, m); len(page) == sendPage || i == n-1 {
			if err := s.pub.PublishCommands(ctx, page); err != nil {
				return err
			}
			page = page[:0]
		}
	}
	return nil
}

// company sends the catalogue and waits until it is in the log.
func (s *stage) company(ctx context.Context, c *processes) error {
	all := catalogOrders()
	if err := s.send(ctx, len(all), "", func(i int) command.Command { return all[i] }); err != nil {
		return err
	}
	_, err := s.reach(ctx, c, "catalogue", 0, int64(len(all)), s.outcomesIn(store.FamilyCatalog))
	return err
}

// outcomesIn counts the outcomes in the shards of a family.
func (s *stage) outcomesIn(family int) count {
	return func(ctx context.Context) (n int64, err error) {
		heads, err := s.store.Heads(ctx)
		for shard, head := range heads {
			if shard.Family() == family {
				n += head.OutcomesHead
			}
		}
		return n, err
	}
}

// eventsIn counts the events in the shards of a family.
func (s *stage) eventsIn(family int) count {
	return func(ctx context.Context) (n int64, err error) {
		heads, err := s.store.Heads(ctx)
		for shard, head := range heads {
			if shard.Family() == family {
				n += head.Head
			}
		}
		return n, err
	}
}

// made compares the employees' events with what the load must have made: a command that was refused is fast.
func (s *stage) made(ctx context.Context, want int64) error {
	n, err := s.eventsIn(store.FamilyEmployee)(ctx)
	if err == nil && n != want {
		err = fmt.Errorf("the commands made %d events instead of %d", n, want)
	}
	return err
}

// day is a business date as commands write it.
func day(d billing.Date) string { return d.Time().Format(time.DateOnly) }

package simulate

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"tenure/access"
	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// history is one employee's life in memory: its state and the catalogue as the worker keeps them, and the log that they
// are folded from.
type history struct {
	world    domain.World // Now: of the last run or dated change
	employee *domain.Employee
	products map[string]*domain.Product // the catalogue's streams, which its commands are decided on
	log      []events.Recorded
	numbers  map[uuid.UUID]int // of lines, from 1 in the order in which they were made

	// stored: every event and state goes through its JSON, as it does through the worker's database.
	stored bool
}

// The one employee of a case.
const (
	employeeID     = "E1"
	employeeNumber = 1
)

// begin makes what is given happen. Products that no catalogue would take give an *InputError.
func begin(g given, p billing.Policy, stored bool) (*history, error) {
	h := &history{
		world: domain.World{
			Catalog: domain.EmptyCatalog(), Policy: p, Actor: events.Actor{System: access.Simulation},
			ShortIDs: true,
		},
		employee: &domain.Employee{ID: employeeID},
		products: map[string]*domain.Product{},
		numbers:  map[uuid.UUID]int{},
		stored:   stored,
	}
	// A customer without the PBX feature could not change its product.
	customer := events.CustomerPut{Reseller: g.employee.reseller, Features: []string{domain.FeaturePBX}}
	if err := h.record(domain.Stream(domain.KindCustomer, g.employee.customer), customer); err != nil {
		return nil, err
	}
	for _, p := range g.products {
		if err := h.put(p); err != nil {
			return nil, err
		}
	}
	if err := h.record(h.stream(), h.creation(g)...); err != nil {
		return nil, err
	}
	return h, h.settle()
}

// firstDay is the day from which a product's given prices hold: before anything that can be billed.
const firstDay billing.Date = 1

// put decides a product as the catalogue does. Every product that recurs may be a user product, since cases give no
// types.
func (h *history) put(p product) error {
	kind := domain.TypePBXUser
	if p.recurrence == string(billing.None) {
		kind = "OTHER"
	}
	command := domain.PutProduct{
		Type: kind, Recurrence: p.recurrence, RecurrenceFullMonth: p.fullMonth,
		InheritFrom: p.inheritFrom, InheritFromReseller: p.inheritsReseller, IncludedProducts: p.included,
		Price: p.price, Wholesale: p.wholesale, Cost: p.cost, Effective: domain.DateOnly{Day: domain.On(firstDay)},
	}
	state := &domain.Product{ID: p.id}
	decided, err := state.Decide(command, h.world)
	if refused, ok := domain.AsRejection(err); ok {
		if len(refused.Inner) > 0 {
			refused = refused.Inner[0]
		}
		return &InputError{Path: p.path + "." + refused.Code, Problem: refused.Message}
	}
	if err != nil {
		return err
	}
	h.products[p.id] = state
	return h.record(domain.Stream(domain.KindProduct, p.id), decided...)
}

// creation are the events that an employee with the given terms begins with.
func (h *history) creation(g given) []events.Event {
	zone, e := h.world.Policy.Zone(), g.employee
	out := []events.Event{events.EmployeeCreated{
		Number: employeeNumber, Customer: e.customer, Reseller: e.reseller, State: domain.StateEnabled,
	}}
	if e.billingCustomer != "" {
		out = append(out, events.BillingCustomerChanged{BillingCustomer: e.billingCustomer})
	}
	if e.product != "" {
		out = append(out, events.ProductAssigned{
			Product: e.product, From: e.productStart.day(zone), InvoicedUntil: e.productInvoicedUntil.day(zone),
		})
	}
	for _, a := range g.addons {
		out = append(out, a.event(zone))
	}
	if !e.deleteDate.none() {
		out = append(out, h.deletion(e.deleteDate))
	}
	return out
}

func (a addon) event(zone *time.Location) events.Event {
	terms := events.Addon{
		ID: a.id, Product: a.product, Units: billing.One, UnitPrice: a.unitPrice, Start: a.start.day(zone),
		Terminate: a.terminate.day(zone), InvoicedUntil: a.invoicedUntil.day(zone),
	}
	if a.units != nil {
		terms.Units = *a.units
	}
	return events.AddonAdded{Addon: terms}
}

// deletion is a deletion at an instant, or at the hour that domain gives the day.
func (h *history) deletion(m moment) events.Event {
	event := domain.DeletionOn(m.day(h.world.Policy.Zone()))
	if !m.at.IsZero() {
		event.At = m.at.UTC()
	}
	return event
}

func (h *history) stream() string { return domain.Stream(domain.KindEmployee, employeeID) }

// instant is the moment itself, or the local midnight at which its day begins.
func (h *history) instant(m moment) time.Time {
	if m.at.IsZero() {
		return h.world.Midnight(m.date)
	}
	return m.at
}

// record puts events into the log and folds them.
func (h *history) record(stream string, decided ...events.Event) error {
	for _, event := range decided {
		if h.stored {
			var err error
			if event, err = reread(event); err != nil {
				return err
			}
		}
		r := events.Recorded{Position: int64(len(h.log) + 1), Stream: stream, At: h.world.Now, Event: event}
		h.log = append(h.log, r)
		switch kind, id := domain.SplitStream(stream); kind {
		case domain.KindEmployee:
			h.employee.Evolve(event)
		case domain.KindProduct:
			h.products[id].Evolve(event)
			fallthrough
		default:
			h.world.Catalog = h.world.Catalog.With(r)
		}
	}
	return nil
}

func reread(event events.Event) (events.Event, error) {
	raw, err := events.Encode(event)
	if err != nil {
		return nil, err
	}
	return events.Decode(event.EventType(), raw)
}

// settle ends a step: the worker stores the state then.
func (h *history) settle() error {
	if !h.stored {
		return nil
	}
	raw, err := json.Marshal(h.employee)
	if err != nil {
		return fmt.Errorf("simulate: state: %w", err)
	}
	h.employee = &domain.Employee{ID: employeeID}
	if err := json.Unmarshal(raw, h.employee); err != nil {
		return fmt.Errorf("simulate: state: %w", err)
	}
	return nil
}

// advance lets time act on it. It never goes back, as in a shard.
func (h *history) advance(now time.Time) error {
	if now.After(h.world.Now) {
		h.world.Now = now
	}
	return h.record(h.stream(), h.employee.Advance(h.world)...)
}

// billed is what a run made of it.
type billed struct {
	asOf    billing.Date
	first   int // the number of the first line
	lines   []billing.Line
	reviews []billing.Review
	held    *domain.NotBilled // nil unless its billing is held
}

// run bills it as of a moment, as the night's run does.
func (h *history) run(at moment) (billed, error) {
	out := billed{asOf: at.day(h.world.Policy.Zone()), first: len(h.numbers) + 1}
	if err := h.advance(h.instant(at)); err != nil {
		return out, err
	}
	decided, notBilled, err := h.employee.Invoice(h.world, domain.RunID(domain.RunNightly, out.asOf), out.asOf)
	if err != nil {
		return out, fmt.Errorf("simulate: run as of %s: %w", out.asOf, err)
	}
	before := len(h.log)
	if err := h.record(h.stream(), decided...); err != nil {
		return out, err
	}
	for _, r := range h.log[before:] {
		if invoiced, ok := r.Event.(events.EmployeeInvoiced); ok {
			out.lines, out.reviews = invoiced.Lines, invoiced.Reviews
		}
	}
	for _, line := range out.lines {
		h.numbers[line.ID] = len(h.numbers) + 1
	}
	if notBilled != nil && h.employee.Held != "" {
		out.held = notBilled
	}
	return out, h.settle()
}

// refusal gives the code of a command's refusal; empty where it was not refused.
func refusal(err error) (code string, fault error) {
	if refused, ok := domain.AsRejection(err); ok {
		return refused.Code, nil
	}
	return "", err
}

// errNotRefused is a fault of this package: a change was left out that domain would have taken.
var errNotRefused = errors.New("simulate: a change was refused that no rule refuses")

package domain

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tenure/billing"
	"tenure/events"
)

// Each line names the events that led to it (rule 24): those of its source, and those that are about everything the
// employee has. The state keeps their places in the stream, since a decision sees no log.

// Cause is what has changed a source: its events, each as the sign of its type and its version in the stream.
type Cause struct {
	Source string   `json:"s,omitempty"` // empty: all sources
	Events []string `json:"e"`
}

// causesMax bounds the events that are kept of a source: the first, which began it, and the latest.
const causesMax = 8

// The signs of types of events that change what is billed.
var causeTypes = map[byte]string{
	'A': (events.AddonAdded{}).EventType(),
	'U': (events.AddonUpdated{}).EventType(),
	'T': (events.AddonTerminated{}).EventType(),
	'P': (events.ProductAssigned{}).EventType(),
	'S': (events.ProductChangeScheduled{}).EventType(),
	'X': (events.ProductChangeCancelled{}).EventType(),
	'R': (events.HoldingRated{}).EventType(),
	'Q': (events.RatePlanChangeScheduled{}).EventType(),
	'B': (events.BillingCustomerChanged{}).EventType(),
	'D': (events.DeletionScheduled{}).EventType(),
	'C': (events.DeletionCancelled{}).EventType(),
	'W': (events.BillingWorkOrdered{}).EventType(),
}

// causeOf is what an event changes, and the sign of its type; 0 for events that change nothing that is billed.
func causeOf(event events.Event) (source string, sign byte) {
	switch event := event.(type) {
	case events.AddonAdded:
		return event.Addon.ID, 'A'
	case events.AddonUpdated:
		return event.ID, 'U'
	case events.AddonTerminated:
		return event.ID, 'T'
	case events.ProductAssigned:
		return billing.ProductSource, 'P'
	case events.ProductChangeScheduled:
		return billing.ProductSource, 'S'
	case events.ProductChangeCancelled:
		return billing.ProductSource, 'X'
	case events.HoldingRated:
		return event.Source, 'R'
	case events.RatePlanChangeScheduled:
		return accountSource(event.Account), 'Q'
	case events.BillingWorkOrdered:
		return workCause(event.ID), 'W'
	}
	return "", causeOfAll(event)
}

// causeOfAll is the sign of an event that changes everything that the employee has.
func causeOfAll(event events.Event) (sign byte) {
	switch event.(type) {
	case events.BillingCustomerChanged:
		return 'B'
	case events.DeletionScheduled:
		return 'D'
	case events.DeletionCancelled:
		return 'C'
	}
	return 0
}

func workCause(id int) string { return "work/" + strconv.Itoa(id) }

// noteCause counts an event, and notes what it changes. The lists that were there stay as they are.
func (e *Employee) noteCause(event events.Event) {
	e.Version++
	source, sign := causeOf(event)
	if sign == 0 {
		return
	}
	noted := string(sign) + strconv.FormatInt(e.Version, 10)
	i := e.cause(source)
	if i < 0 {
		e.Causes = append(slices.Clip(e.Causes), Cause{Source: source, Events: []string{noted}})
		return
	}
	all := append(slices.Clip(e.Causes[i].Events), noted)
	if len(all) > causesMax {
		all = slices.Delete(slices.Clone(all), 1, 2)
	}
	e.Causes = slices.Clone(e.Causes)
	e.Causes[i].Events = all
}

func (e *Employee) cause(source string) int {
	return slices.IndexFunc(e.Causes, func(c Cause) bool { return c.Source == source })
}

// dropCauses forgets what has changed sources.
func (e *Employee) dropCauses(gone func(source string) bool) {
	e.Causes = slices.DeleteFunc(slices.Clone(e.Causes), func(c Cause) bool { return c.Source != "" && gone(c.Source) })
}

// causedBy lists the events that sources' lines come from, in the order of the stream, such as
// employee.addon_added.v1@3: the type, and the version in the employee's stream.
func (e *Employee) causedBy(sources ...string) []string {
	var noted []string
	for _, source := range append(sources, "") {
		if i := e.cause(source); i >= 0 {
			noted = append(noted, e.Causes[i].Events...)
		}
	}
	if noted == nil {
		return nil
	}
	slices.SortFunc(noted, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b) // versions of fewer digits are lower
		}
		return strings.Compare(a[1:], b[1:])
	})
	for i, n := range noted {
		noted[i] = fmt.Sprintf("%s@%s", causeTypes[n[0]], n[1:])
	}
	return noted
}

// explain gives lines the events that they come from. Those of one source share a list.
func (e *Employee) explain(lines []billing.Line) {
	bySource := map[string][]string{}
	for i := range lines {
		l := &lines[i]
		if l.Events != nil {
			continue // of work that was ordered
		}
		if _, known := bySource[l.Source]; !known {
			bySource[l.Source] = e.causedBy(l.Source)
		}
		l.Events = bySource[l.Source]
	}
}

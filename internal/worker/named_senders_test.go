package worker_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/domain"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/worker"
)

// oddities are commands of senders with other habits than ours. Each of them names its id and its subject.
var oddities = map[string]func(m *bus.Message){
	"two trace states":            header("tracestate", "a=1", "b=2"),
	"two baggage headers":         header("baggage", "a=1", "b=2"),
	"a trace parent that is null": absent("traceparent"),
	"two equal trace parents":     header("traceparent", traceparent, traceparent),
	"a trace parent of zeros": header("traceparent",
		"00-00000000000000000000000000000000-0000000000000000-00"),
	"a content type that is null":         absent("content-type"),
	"an empty content type":               header("content-type", ""),
	"two content types":                   header("content-type", "application/json", "application/json"),
	"a content type in capitals":          header("content-type", "Application/JSON; Charset=UTF-8"),
	"a content type of text":              header("content-type", "text/plain"),
	"a content type of avro":              header("content-type", "application/avro"),
	"no time":                             header("ce_time"),
	"a time that is null":                 absent("ce_time"),
	"an empty time":                       header("ce_time", ""),
	"a naive time":                        header("ce_time", "2026-10-30T12:00:00.123456"),
	"a time with a space":                 header("ce_time", "2026-10-30 12:00:00+00:00"),
	"a time in small letters":             header("ce_time", "2026-10-30t12:00:00z"),
	"a time in milliseconds":              header("ce_time", "1793361600000"),
	"a time with a leap second":           header("ce_time", "2026-12-31T23:59:60Z"),
	"a date":                              header("ce_time", "2026-10-30"),
	"two equal times":                     header("ce_time", "2026-10-30T12:00:00Z", "2026-10-30T12:00:00Z"),
	"no version of the specification":     header("ce_specversion"),
	"an old version of the specification": header("ce_specversion", "0.3"),
	"two equal versions":                  header("ce_specversion", "1.0", "1.0"),
	"no source":                           header("ce_source"),
	"an empty source":                     header("ce_source", ""),
	"two schemas":                         header("ce_dataschema", "a", "b"),
	"an extension that is twice there":    header("ce_partitionkey", "a", "b"),
	"an extension that is null":           absent("ce_partitionkey"),
	"a header without a name":             header("", "x"),
	"a mark that it is sent again":        header("ce_replay", "by-mistake"),
	"no type":                             header("ce_type"),
	"a type in capitals":                  header("ce_type", "Employee.Update.v1"),
	"a type with a space":                 header("ce_type", "employee.update.v1 "),
	"a type of a later version":           header("ce_type", "employee.update.v2"),
	"an event's type":                     header("ce_type", "employee.updated.v1"),
	"two types":                           header("ce_type", "employee.update.v1", "employee.add_addon.v1"),
	"no value":                            value(""),
	"an empty list":                       value("[]"),
	"the word null":                       value("null"),
	"a byte order mark":                   value("\xef\xbb\xbf{}"),
	"two objects":                         value("{}{}"),
	"a number that is none":               value(`{"data":{"units":NaN}}`),
	"a key twice":                         value(`{"data":{"title":"a","title":"b"}}`),
	"no actor":                            value(`{"data":{"title":"a"}}`),
	"data that is null":                   value(`{"actor":{"accessLevel":"ADMIN"},"data":null}`),
	"data that is a list":                 value(`{"actor":{"accessLevel":"ADMIN"},"data":[]}`),
	"no key":                              func(m *bus.Message) { m.Key = []byte("none") },
	"structured, in capitals":             structured("Application/CloudEvents+JSON; charset=UTF-8", nil),
	"structured, without a time":          structured(structuredType, func(e object) { delete(e, "time") }),
	"structured, with a naive time": structured(structuredType, func(e object) {
		e["time"] = "2026-10-30T12:00:00"
	}),
	"structured, with a time as a number": structured(structuredType, func(e object) { e["time"] = 1793361600000 }),
	"structured, with data in base 64": structured(structuredType, func(e object) {
		delete(e, "data")
		e["data_base64"] = "e30="
	}),
	"structured, with data as a text": structured(structuredType, func(e object) { e["data"] = "{}" }),
	"structured, without data":        structured(structuredType, func(e object) { delete(e, "data") }),
	"structured, with a key twice in its data": structured(structuredType, func(e object) {
		e["data"] = json.RawMessage(`{"data":{"title":"a","title":"b"}}`)
	}),
	"structured, with a number that is too large": structured(structuredType, func(e object) {
		e["data"] = json.RawMessage(`{"data":{"units":1e400}}`)
	}),
	"structured, cut off": func(m *bus.Message) {
		structured(structuredType, func(e object) { e["zz"] = "the last attribute" })(m)
		m.Value = m.Value[:len(m.Value)-4]
	},
	"structured, with an odd extension": structured(structuredType, func(e object) { e["sequence"] = object{"a": 1} }),
	"structured, with a content of text": structured(structuredType, func(e object) {
		e["datacontenttype"] = "text/plain"
	}),
	"on the catalogue's topic": topic(contract.CatalogCommands),
	"on the topic of billing":  topic(contract.BillingCommands),
}

// understood are those of them that are decided; the others are parked, with an outcome.
var understood = map[string]string{
	"a header without a name":           domain.StatusApplied,
	"data that is null":                 domain.StatusApplied,
	"a trace parent of zeros":           domain.StatusApplied,
	"on the catalogue's topic":          domain.StatusApplied,
	"an extension that is twice there":  domain.StatusApplied,
	"an extension that is null":         domain.StatusApplied,
	"a time in small letters":           domain.StatusApplied,
	"a content type that is null":       domain.StatusApplied,
	"two trace states":                  domain.StatusApplied,
	"no time":                           domain.StatusApplied,
	"structured, without a time":        domain.StatusApplied,
	"two equal trace parents":           domain.StatusApplied,
	"a content type in capitals":        domain.StatusApplied,
	"structured, in capitals":           domain.StatusApplied,
	"structured, with an odd extension": domain.StatusApplied,
	"two baggage headers":               domain.StatusApplied,
	"an empty content type":             domain.StatusApplied,
	"on the topic of billing":           domain.StatusApplied,
	"a trace parent that is null":       domain.StatusApplied,
	"no actor":                          domain.StatusRejected + " 401",
	"data that is a list":               domain.StatusRejected + " 422",
}

const (
	traceparent    = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	structuredType = "application/cloudevents+json"
)

// header replaces a header by some of its name.
func header(name string, values ...string) func(*bus.Message) {
	return func(m *bus.Message) {
		without(m, name)
		for _, v := range values {
			m.Headers = append(m.Headers, bus.Header{Key: name, Value: []byte(v)})
		}
	}
}

// absent replaces a header by one that is null.
func absent(name string) func(*bus.Message) {
	return func(m *bus.Message) {
		without(m, name)
		m.Headers = append(m.Headers, bus.Header{Key: name})
	}
}

func without(m *bus.Message, name string) {
	var kept []bus.Header
	for _, h := range m.Headers {
		if h.Key != name {
			kept = append(kept, h)
		}
	}
	m.Headers = kept
}

func value(text string) func(*bus.Message) {
	return func(m *bus.Message) {
		if m.Value = []byte(text); text == "" {
			m.Value = nil
		}
	}
}

func topic(name string) func(*bus.Message) { return func(m *bus.Message) { m.Topic = name } }

// structured writes the command in structured mode, with changes.
func structured(contentType string, change func(object)) func(*bus.Message) {
	return func(m *bus.Message) {
		event := object{"data": json.RawMessage(m.Value), "datacontenttype": "application/json"}
		for _, h := range m.Headers {
			if name, ok := strings.CutPrefix(h.Key, "ce_"); ok {
				event[name] = string(h.Value)
			}
		}
		if change != nil {
			change(event)
		}
		m.Value, _ = json.Marshal(event)
		m.Headers = []bus.Header{{Key: "content-type", Value: []byte(contentType)}}
	}
}

// Whoever can be named hears the outcome of its command, whatever else is odd about it, and holds nobody up.
func TestIntake_WhoCanBeNamedHears(t *testing.T) {
	t.Parallel()
	s := founded(t, "2026-10-30T12:00:00Z", nil)
	s.startWorker()
	commands := map[string]command.Command{}
	n := 0
	for name, change := range oddities {
		n++
		s.send(hire(n))
		o := order("employee.update.v1", employeeID(n), fmt.Sprintf("odd-%d", n), object{"title": "Tester"})
		m, err := command.Compose(o)
		require.NoError(t, err)
		m.Time = o.At
		change(&m)
		require.NoError(t, s.pub.Publish(context.Background(), []bus.Message{m}))
		commands[name] = o
	}
	last := order("employee.update.v1", employeeID(1), "last", object{"department": "Sample"})
	s.send(last)
	s.outcome(last)
	heard := s.heard(slices.Collect(maps.Values(commands))...)
	for name, o := range commands {
		require.Equal(t, cmp.Or(understood[name], domain.StatusParked), heard[named(o)], name)
	}
	for i := range n {
		next := order("employee.create.v1", employeeID(1000+i), "next", object{"customer": customer,
			"name": "Sample employee", "product": pbxUser})
		s.send(next)
		require.Equal(t, domain.StatusApplied, s.outcome(next).Status)
	}
	s.audited()
}

// A command that says that it is sent again has no effect, and its sender hears so; one that was answered hears that
// answer again. An event that is sent again names the command that led to it: that one's sender hears nothing new.
func TestIntake_WhatIsMarkedAsSentAgainIsHeard(t *testing.T) {
	t.Parallel()
	s := founded(t, "2026-10-30T12:00:00Z", hireFirst)
	s.startWorker()
	again := header("ce_replay", "by-mistake")
	publish := func(o command.Command, change func(*bus.Message)) {
		m, err := command.Compose(o)
		require.NoError(t, err)
		m.Time = o.At
		change(&m)
		require.NoError(t, s.pub.Publish(context.Background(), []bus.Message{m}))
	}
	answered := order("employee.update.v1", employeeID(1), "answered", object{"title": "Tester"})
	s.send(answered)
	require.Equal(t, domain.StatusApplied, s.outcome(answered).Status)
	publish(answered, again)
	first := order("employee.update.v1", employeeID(1), "first", object{"title": "Writer"})
	publish(first, again)
	publish(answered, func(m *bus.Message) {
		again(m)
		header("ce_type", "employee.updated.v1")(m)
		header("ce_commandid", answered.ID)(m)
		header("ce_id", "of-an-event")(m)
	})
	last := order("employee.update.v1", employeeID(1), "last", object{"department": "Sample"})
	s.send(last)
	require.Equal(t, domain.StatusApplied, s.outcome(last).Status)
	require.Equal(t, []string{domain.StatusApplied, domain.StatusApplied, "applied again", domain.StatusParked,
		domain.StatusApplied}, s.told(employeeID(1)), "created, answered, answered again, first, last")
	require.Len(t, s.letters(), 3)
	for _, e := range s.history(employeeID(1)) {
		require.NotContains(t, string(e.Payload), "Writer")
	}
	s.audited()
}

// heard waits until each of the commands has an outcome, and returns the last one of each by its subject and id.
func (s *system) heard(all ...command.Command) map[string]string {
	s.t.Helper()
	found := map[string]string{}
	s.eventually("each sender hears", func() bool {
		for _, family := range []int{store.FamilyEmployee, store.FamilyBilling, store.FamilyCatalog} {
			for p := range int32(environment.Partitions) {
				page, err := s.store.OutcomesAfter(context.Background(), store.ShardOf(family, p), 0, 1000)
				require.NoError(s.t, err)
				for _, o := range page {
					if o.DeadLetter() {
						continue
					}
					subject := o.Stream[strings.LastIndex(o.Stream, "/")+1:] // without a kind where the type is none
					found[subject+" "+o.CommandID] = inWords(s.t, o)
				}
			}
		}
		return !slices.ContainsFunc(all, func(o command.Command) bool { return found[named(o)] == "" })
	})
	return found
}

// named is a command by its subject and id.
func named(o command.Command) string { return o.Subject + " " + o.ID }

// Every type there is, on each topic that is not its own. Each sender hears, and no shard stops.
func TestRoute_EveryTypeOnEveryOtherTopicIsHeard(t *testing.T) {
	t.Parallel()
	s := founded(t, "2026-10-30T12:00:00Z", hireFirst)
	w := &worker.Worker{}
	w.SetNotYetMax(2 * time.Second) // what ends runs waits for what never comes; it is longer than a pause between looks
	s.startWith(w)
	var all []command.Command
	for _, kind := range domain.CommandTypes() {
		own, _ := contract.CommandTopic(must(domain.CommandKind(kind)))
		for i, other := range contract.CommandTopics() {
			if other != own {
				o := order(kind, employeeID(500+len(all)), fmt.Sprintf("on-other-%d", i), object{})
				s.sendTo(other, o)
				all = append(all, o)
			}
		}
	}
	s.heard(all...)
	later := order("employee.update.v1", employeeID(1), "later", object{"title": "Tester"})
	s.send(later)
	require.Equal(t, domain.StatusApplied, s.outcome(later).Status)
	s.night()
	s.audited()
}

func must(kind string, ok bool) string {
	if !ok {
		panic("a type without a kind")
	}
	return kind
}

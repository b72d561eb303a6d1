package main

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/domain"
	"tenure/internal/bus"
	"tenure/internal/demo"
	"tenure/internal/node"
)

// integrator sends raw messages, and reads what comes of them.
type integrator struct {
	t         *testing.T
	publisher *bus.Publisher
	reader    *bus.TopicReader
}

func newIntegrator(t *testing.T, n *node.Node) *integrator {
	t.Helper()
	publisher, err := bus.NewPublisher(n.Kafka)
	require.NoError(t, err)
	t.Cleanup(func() { _ = publisher.Close() })
	reader, err := bus.NewTopicReader(n.Kafka)
	require.NoError(t, err)
	t.Cleanup(reader.Close)
	return &integrator{t: t, publisher: publisher, reader: reader}
}

// titled is a command to the example's employee, with a title.
func titled(id, title string) bus.Message {
	envelope := bus.Envelope{ID: id, Type: "employee.update.v1", Source: "test", Subject: exampleEmployee,
		Time: time.Now()}
	return bus.Message{Topic: contract.EmployeeCommands, Key: []byte(exampleEmployee), Headers: envelope.Headers(),
		Value: []byte(`{"actor":{"accessLevel":"ADMIN"},"data":{"title":"` + title + `"}}`)}
}

func (i *integrator) send(m bus.Message) {
	i.t.Helper()
	require.NoError(i.t, i.publisher.Publish(i.t.Context(), []bus.Message{m}))
}

// values waits for so many messages on a topic for which want says yes, and returns their values.
func (i *integrator) values(topic string, n int, want func(m bus.Message) bool) (all []map[string]any) {
	i.t.Helper()
	require.Eventually(i.t, func() bool {
		all = nil
		return i.reader.ReadAll(i.t.Context(), []string{topic}, nil, func(m bus.Message) error {
			if !want(m) {
				return nil
			}
			var value map[string]any
			all = append(all, value)
			return json.Unmarshal(m.Value, &all[len(all)-1])
		}) == nil && len(all) == n
	}, patience, look, "%d messages on %s", n, topic)
	return all
}

// outcomes are the values of the n outcomes of a command.
func (i *integrator) outcomes(id string, n int) []map[string]any {
	i.t.Helper()
	return i.values(contract.EmployeeOutcomes, n, func(m bus.Message) bool {
		return string(m.Header("ce_commandid")) == id
	})
}

// letter is the dead letter of a reason and a command.
func (i *integrator) letter(reason, id string) map[string]any {
	i.t.Helper()
	return i.values(contract.DeadLetters, 1, func(m bus.Message) bool {
		return strings.Contains(string(m.Value), `"reason":"`+reason+`"`) && string(m.Header("ce_commandid")) == id
	})[0]
}

// refused requires an outcome with a status of the error.
func (i *integrator) refused(id string, status int, n int) {
	i.t.Helper()
	all := i.outcomes(id, n)
	last := all[len(all)-1]
	require.Equal(i.t, domain.StatusRejected, last["status"])
	require.EqualValues(i.t, status, last["error"].(map[string]any)["status"])
}

// rows are the first cells of the rows of the table below a title, with the rows.
func rows(t *testing.T, page, title string) map[string]string {
	t.Helper()
	_, text, found := strings.Cut(page, "\n### "+title+"\n")
	require.True(t, found, title)
	text, _, _ = strings.Cut(text, "\n## ")
	text, _, _ = strings.Cut(text, "\n### ")
	all := map[string]string{}
	for _, line := range strings.Split(text, "\n") {
		if cells := strings.Split(line, " | "); strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| ---") {
			all[strings.TrimPrefix(cells[0], "| ")] = line
		}
	}
	return all
}

// documented are the properties that a table names.
func documented(t *testing.T, page, title string) (all []string) {
	t.Helper()
	for first := range rows(t, page, title) {
		for _, name := range regexp.MustCompile("`([a-z]+)`").FindAllStringSubmatch(first, -1) {
			all = append(all, name[1])
		}
	}
	return all
}

// plays are what each row of the page says, by its first cell.
func (i *integrator) plays() map[string]func() {
	const applied, duplicate = domain.StatusApplied, "duplicate"
	times := []time.Time{time.Now(), demo.Begin} // a command is in time by one of both clocks
	return map[string]func(){
		"on another command topic than its type's": func() {
			m := titled("astray", "astray")
			m.Topic = contract.CatalogCommands
			i.send(m)
			require.Equal(i.t, applied, i.outcomes("astray", 1)[0]["status"])
		},
		"in another partition than its key's": func() {
			m := titled("elsewhere", "elsewhere")
			m.Key = []byte(strings.ToUpper(exampleEmployee)) // another spelling leads to another partition
			i.send(m)
			require.Equal(i.t, applied, i.outcomes("elsewhere", 1)[0]["status"])
		},
		"on the wrong topic again, though it was sent on": func() {
			m := titled("again", "again")
			m.Topic = contract.CatalogCommands
			m.Headers = append(m.Headers, bus.Header{Key: "tenure_forwarded", Value: []byte("employee.commands/0/1")})
			i.send(m)
			require.Equal(i.t, domain.StatusParked, i.outcomes("again", 1)[0]["status"])
			require.Equal(i.t, contract.CatalogCommands, i.letter("misrouted", "again")["topic"])
		},
		"with a `ce_time` of 31 days ago": func() {
			i.send(dated("late", slices.MinFunc(times, time.Time.Compare).AddDate(0, 0, -31)))
			i.refused("late", 410, 1)
		},
		"with a `ce_time` of two days ahead": func() {
			i.send(dated("early", slices.MaxFunc(times, time.Time.Compare).AddDate(0, 0, 2)))
			i.refused("early", 400, 1)
		},
		"with the id of another one, and its content": func() {
			m := titled("twice", "twice")
			i.send(m)
			i.send(m)
			all := i.outcomes("twice", 2)
			require.Nil(i.t, all[0][duplicate])
			require.Equal(i.t, true, all[1][duplicate])
		},
		"with the id of another one, and other content": func() {
			i.send(titled("other", "one"))
			i.outcomes("other", 1)
			i.send(titled("other", "two"))
			i.refused("other", 409, 2)
		},
		"that is cut off": func() {
			m := titled("cut", "cut")
			m.Value = m.Value[:20]
			i.send(m)
			require.Equal(i.t, domain.StatusParked, i.outcomes("cut", 1)[0]["status"])
			require.Equal(i.t, exampleEmployee, i.letter("not_json", "cut")["subject"])
		},
		"that cannot be named": func() {
			i.send(bus.Message{Topic: contract.EmployeeCommands, Key: []byte(exampleEmployee), Value: []byte(`{}`)})
			require.Nil(i.t, i.letter("header_missing", "")["command"])
		},
	}
}

// dated is a command that its sender stamped with a time.
func dated(id string, stamp time.Time) bus.Message {
	m := titled(id, id)
	at := slices.IndexFunc(m.Headers, func(h bus.Header) bool { return h.Key == "ce_time" })
	m.Headers[at].Value = []byte(stamp.UTC().Format(time.RFC3339))
	return m
}

func TestContract_WhatGoesAstrayIsAsThePageSays(t *testing.T) {
	t.Parallel()
	dir, n := running(t)
	for _, line := range novemberCommands[:2] {
		got := tenure(t, append(line, "--data", dir)...)
		require.Equal(t, exitDone, got.code, "%v\n%s%s", line, got.out, got.err)
	}
	text, err := os.ReadFile("../../docs/contract.md")
	require.NoError(t, err)
	page, i := string(text), newIntegrator(t, n)
	plays, told := i.plays(), rows(t, page, "What goes astray")
	delete(told, "A command") // the heading
	require.ElementsMatch(t, slices.Collect(maps.Keys(told)), slices.Collect(maps.Keys(plays)))
	for _, play := range plays {
		play()
	}
	every := func(bus.Message) bool { return true }
	for title, topic := range map[string]string{"An outcome": contract.EmployeeOutcomes,
		"A dead letter": contract.DeadLetters} {
		known := documented(t, page, title)
		seen := map[string]bool{}
		for _, value := range i.values(topic, i.count(topic), every) {
			for name := range value {
				require.Contains(t, known, name, title)
				seen[name] = true
			}
		}
		for _, name := range known {
			require.True(t, seen[name] || name == "warnings", "%s: nothing has %s", title, name)
		}
	}
}

// count is how many messages a topic has.
func (i *integrator) count(topic string) (n int) {
	i.t.Helper()
	require.NoError(i.t, i.reader.ReadAll(i.t.Context(), []string{topic}, nil, func(bus.Message) error {
		n++
		return nil
	}))
	return n
}

package faults

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"tenure/contract"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/store"
	"tenure/internal/test/digest"
	"tenure/internal/test/environment"
)

// TestDelivery_EverythingTwice sends each day's commands twice at once, and all of a life's again at its end.
func TestDelivery_EverythingTwice(t *testing.T) {
	t.Parallel()
	life, want, s := short(t)
	s.start()
	twice := life
	twice.days = nil
	for _, day := range life.days {
		twice.days = append(twice.days, slices.Concat(day, day))
	}
	s.live(twice, nil)
	all := slices.Concat(life.days...)
	s.publish(all...)
	s.order(last(len(life.days) + 1)) // it stands behind them
	s.quiet()
	got := digest.Of(t, s.store)
	delete(got.Answers, "script-last")
	got.Streams = without(got.Streams, employeeID(lastEmployee))
	delete(got.Readable, employeeID(lastEmployee))
	s.audited()
	want.Equal(t, got)
}

// lastEmployee is an employee whom no script creates.
const lastEmployee = 9_999

// last is a command that comes to nothing: who waits for it has waited for those before it in its partition.
func last(int) command.Command {
	return command.Command{Type: "employee.update.v1", Subject: employeeID(lastEmployee), ID: "script-last",
		Data:  object{"department": "none"},
		Actor: events.Actor{AccessLevel: "ADMIN"}}
}

func without(streams map[string][]string, id string) map[string][]string {
	delete(streams, "employee/"+id)
	return streams
}

// TestPoison_OfEachKindStopsNobody puts between the commands of a life what cannot be read. Every one is parked or
// answered, and everybody else's life is as without them.
func TestPoison_OfEachKindStopsNobody(t *testing.T) {
	t.Parallel()
	life, want, s := short(t)
	s.start()
	sent := 0
	s.live(life, func(day int) {
		for name, value := range poisons() {
			sent++
			s.send(poison(fmt.Sprintf("%s-%d", name, day), "employee.update.v1", value))
		}
		for _, kind := range []string{"employee.unheard_of.v1", "employee.create.v99", "nonsense"} {
			sent++
			s.send(poison(fmt.Sprintf("%s-%d", kind, day), kind, []byte(`{"actor":{"accessLevel":"ADMIN"},"data":{}}`)))
		}
	})
	s.whole(want)
	parked, err := s.store.ParkedList(t.Context(), store.ParkedFilter{})
	require.NoError(t, err)
	require.Len(t, parked, sent, "each is kept where an operator can see it")
}

// poisons are values that no command has, by what is wrong with them.
func poisons() map[string][]byte {
	open := `{"actor":{"accessLevel":"ADMIN"},"data":`
	return map[string][]byte{
		"cut-off":     []byte(open + `{"department":`),
		"no-json":     []byte("\x00\x01\x02"),
		"key-twice":   []byte(open + `{"department":"a","department":"b"}}`),
		"bad-utf8":    []byte(open + "{\"department\":\"\xff\xfe\"}}"),
		"too-deep":    []byte(open + strings.Repeat(`{"a":`, 10_001) + "1" + strings.Repeat("}", 10_001) + "}"),
		"too-large":   []byte(open + `{"department":1e400}}`),
		"tombstone":   nil,
		"empty":       {},
		"a-megabyte":  []byte(open + `{"department":"` + string(bytes.Repeat([]byte("x"), 900<<10)) + `"}}x`),
		"not-a-value": []byte(`[1,2,3]`),
	}
}

func poison(id, kind string, value []byte) bus.Message {
	subject := employeeID(1)
	e := bus.Envelope{ID: id, Type: kind, Source: "sample", Subject: subject, Time: time.Now(), CommandID: id}
	return bus.Message{Topic: contract.EmployeeCommands, Key: []byte(subject), Value: value, Headers: e.Headers(),
		Time: time.Now()}
}

// TestDelivery_InTheWrongPartitionTakesEffectOnceInTheRightOne sends each day's commands under keys of another
// partition.
func TestDelivery_InTheWrongPartitionTakesEffectOnceInTheRightOne(t *testing.T) {
	t.Parallel()
	onlyWithAll(t)
	life := newScript(seed(t), lifeBegins, shortLife, ordersADay)
	// Forwarding keeps no order between partitions, so in this life each subject is ordered something once a day.
	for day := range life.days {
		seen := map[string]bool{}
		life.days[day] = slices.DeleteFunc(life.days[day], func(o command.Command) bool {
			twice := seen[o.Subject]
			seen[o.Subject] = true
			return twice
		})
	}
	life.name += " once a day"
	want := undisturbed(t, life)
	s := newSystem(t, life)
	s.start()
	s.live(life, func(day int) {
		catalogue, people := split(life.days[day])
		s.order(catalogue...)
		s.stray(people)
	})
	s.whole(want)
}

// stray sends commands with their keys to the partition behind the right one, as a producer with another partitioner
// does.
func (s *system) stray(list []command.Command) {
	s.t.Helper()
	producer, err := kgo.NewClient(kgo.SeedBrokers(s.bus.Brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	require.NoError(s.t, err)
	defer producer.Close()
	for _, o := range list {
		o.At = time.Now()
		m, err := command.Compose(o)
		require.NoError(s.t, err)
		record := &kgo.Record{Topic: s.bus.TopicPrefix + m.Topic, Key: m.Key, Value: m.Value, Timestamp: m.Time,
			Partition: (contract.PartitionOf(m.Key, environment.Partitions) + 1) % environment.Partitions}
		for _, h := range m.Headers {
			record.Headers = append(record.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
		}
		require.NoError(s.t, producer.ProduceSync(s.t.Context(), record).FirstErr())
	}
	s.answered(list...)
}

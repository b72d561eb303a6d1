package bench

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/domain"
	"tenure/internal/bus"
	"tenure/internal/command"
)

func TestLoad_EveryCommandOfTheLoadIsOne(t *testing.T) {
	t.Parallel()
	list := append(catalogOrders(), hire(0), hire(199_999), change(2, 0), change(3, 0))
	seen := map[string]bool{}
	for _, o := range list {
		m, err := command.Compose(o)
		require.NoError(t, err)
		raw, err := json.Marshal(o.Data)
		require.NoError(t, err)
		_, err = domain.DecodeCommand(o.Type, raw)
		require.NoError(t, err, "%s: a command that is refused is fast", o.Type)
		assert.Len(t, o.Subject, 24, o.Type)
		assert.False(t, seen[o.ID], "%s would be answered as before", o.ID)
		assert.NotEmpty(t, m.Key)
		seen[o.ID] = true
	}
	assert.Len(t, list, 4+customersMax+4)
	assert.NotEqual(t, change(3, 0).ID, change(3, 1).ID, "another round is another command")
	assert.Equal(t, hire(3).ID, hire(3).ID)
}

func TestLoad_EmployeesAreSpreadOverThePartitions(t *testing.T) {
	t.Parallel()
	const people, partitions = 4_000, 16
	in := map[int32]int{}
	for n := range people {
		in[contract.PartitionOf([]byte(employeeID(n)), partitions)]++
	}
	require.Len(t, in, partitions)
	for partition, n := range in {
		assert.InDelta(t, people/partitions, n, people/partitions/2, "partition %d", partition)
	}
	assert.Equal(t, customerID(1), customerID(1+customersMax), "customers have many employees")
}

// event is what the relay publishes of a command.
func event(command string) bus.Message {
	return bus.Message{Headers: []bus.Header{{Key: "ce_commandid", Value: []byte(command)}}}
}

func TestLoad_LatencyCountsFromWhenACommandWasDueToItsFirstEvent(t *testing.T) {
	t.Parallel()
	due := time.Unix(1_000, 0)
	e := &listener{due: map[string]time.Time{}}
	e.expect("a", due)
	e.expect("b", due.Add(time.Second))
	e.receive([]bus.Message{event("a"), event("a"), event("of another")}, due.Add(30*time.Millisecond))
	assert.EqualValues(t, 1, e.received(), "its second event is not heard again")
	e.receive([]bus.Message{event("b")}, due.Add(1_500*time.Millisecond))
	assert.Equal(t, []time.Duration{30 * time.Millisecond, 500 * time.Millisecond},
		e.took, "a sender that falls behind does not hide it")
}

func TestLoad_AListenerBeginsAtTheEndAndIsReadyWhenItHearsAllPartitions(t *testing.T) {
	t.Parallel()
	e := &listener{due: map[string]time.Time{}}
	holds := bus.TopicState{Partitions: []bus.PartitionState{{Oldest: 0, Newest: 7}, {Oldest: 3, Newest: 9}}}
	assert.False(t, e.ready(2))
	for partition, want := range []int64{7, 9} {
		at, err := e.Claim(t.Context(), "topic", int32(partition), holds)
		require.NoError(t, err)
		assert.Equal(t, want, at, "what stood there before is no answer")
	}
	assert.True(t, e.ready(2))
}

func TestLoad_OptionsThatAreLeftOutHaveDefaultsAndOthersAreChecked(t *testing.T) {
	t.Parallel()
	o, err := Options{}.complete()
	require.NoError(t, err)
	assert.Equal(t, Scenarios(), o.Scenarios)
	assert.Equal(t, 200_000, o.Commands)
	assert.Equal(t, 20_000, o.Employees)
	assert.Positive(t, o.Partitions)
	assert.NotNil(t, o.Say)
	assert.NotNil(t, o.Log)
	o, err = Options{Scenarios: []string{"night"}, Employees: 7}.complete()
	require.NoError(t, err)
	assert.Equal(t, []string{"night"}, o.Scenarios)
	assert.Equal(t, 7, o.Employees)
}

func TestLoad_AStageThatDoesNotComeUpLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o, err := Options{Dir: t.TempDir()}.complete()
	require.NoError(t, err)
	_, err = newStage(ctx, o)
	require.ErrorIs(t, err, context.Canceled)
	left, err := os.ReadDir(o.Dir)
	require.NoError(t, err)
	assert.Empty(t, left)
}

// sample is a report with a measure of each kind.
func sample() *Report {
	r := &Report{
		Taken: time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC), Commands: 200_000, Employees: 20_000,
		Notes:   []string{"a sample, not measured"},
		Machine: Machine{OS: "linux/amd64", Cores: 2, Go: "go1.26", Postgres: "15.0", Broker: "embedded"},
	}
	r.add(Measure{Scenario: "commands", Name: "employee.create into the log", Unit: "commands/s", Figure: 60_000,
		Baseline: 4_000, Better: Higher, Floor: 20_000})
	r.add(Measure{Scenario: "latency", Name: "command to event at 1000/s, p99", Unit: "ms", Figure: 312.5, Baseline: 40,
		Better: Lower, Floor: 250})
	r.add(Measure{Scenario: "night", Name: "WAL an employee", Unit: "bytes", Figure: 987.6, Better: Lower})
	return r
}

func TestLoad_TheReportAsAFileIsReadByWhoeverCompares(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "now.json")
	require.NoError(t, sample().WriteFile(path))
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"taken": "2026-10-30T12:00:00Z", "commands": 200000, "employees": 20000, "notes": ["a sample, not measured"],
		"machine": {"os": "linux/amd64", "cores": 2, "loadBefore": 0, "go": "go1.26", "postgres": "15.0", "broker": "embedded"},
		"measures": [
			{"scenario": "commands", "name": "employee.create into the log", "unit": "commands/s", "figure": 60000,
				"baseline": 4000, "ratio": 15, "better": "higher", "floor": 20000, "met": true},
			{"scenario": "latency", "name": "command to event at 1000/s, p99", "unit": "ms", "figure": 312.5,
				"baseline": 40, "ratio": 0.128, "better": "lower", "floor": 250, "met": false},
			{"scenario": "night", "name": "WAL an employee", "unit": "bytes", "figure": 987.6, "better": "lower"}
		]}`, string(raw))
	assert.True(t, strings.HasSuffix(string(raw), "}\n"), "a text file ends its last line")
	require.Len(t, sample().Missed(), 1)
	assert.Equal(t, "latency", sample().Missed()[0].Scenario)
}

func TestLoad_TheReportAsATableHasAFigureBesideItsBaseline(t *testing.T) {
	t.Parallel()
	assert.Equal(t, [][]string{
		{"commands", "employee.create into the log", "60 000 commands/s", "4 000", "15.0 ×", "20 000", "yes"},
		{"latency", "command to event at 1000/s, p99", "312 ms", "40.0", "0.13 ×", "250", "no"},
		{"night", "WAL an employee", "988 bytes", "", "", "", ""},
	}, sample().Rows())
}

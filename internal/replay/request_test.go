package replay

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/store"
)

func TestRequest_ATargetIsASeparateTopic(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, target string
		missing      bool
		refused      string
	}{
		{name: "its own topic", target: "topic:week-30"},
		{name: "one that is named after ours", target: "topic:replay.employee.events"},
		{name: "facts", target: "topic:employee.events", refused: "is one of ours"},
		{name: "lines", target: "topic:billing.lines", refused: "is one of ours"},
		{name: "outcomes", target: "topic:employee.outcomes", refused: "is one of ours"},
		{name: "commands", target: "topic:employee.commands", refused: "has effects"},
		{name: "another system's commands", target: "topic:other.billing.commands", refused: "has effects"},
		{name: "activity", target: "topic:employee.activity", refused: "has effects"},
		{name: "a word that Kafka refuses", target: "topic:a b", refused: "letters, digits"},
		{name: "one of Kafka's own", target: "topic:__consumer_offsets", refused: "letters, digits"},
		{name: "what facts lost", target: "topic:employee.events", missing: true},
		{name: "what outcomes lost", target: "topic:employee.outcomes", missing: true},
		{name: "what commands lost", target: "topic:employee.commands", missing: true,
			refused: "what is missing can be told of"},
		{name: "what another topic lost", target: "topic:week-30", missing: true, refused: "what is missing can be told of"},
		{name: "a read model", target: "projection:directory", refused: "tenure projection rebuild directory"},
		{name: "no topic", target: "topic:", refused: "say topic:NAME"},
		{name: "nothing", target: "", refused: "say topic:NAME"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			topic, err := ParseTarget(row.target)
			if err == nil {
				err = Request{Name: "n", Topic: topic, Missing: row.missing}.Check()
			}
			if row.refused == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, row.refused)
		})
	}
}

func TestRequest_AnOrderIsRefusedForWhatCannotBeMeant(t *testing.T) {
	t.Parallel()
	at := Bound{At: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)}
	for refused, o := range map[string]Request{
		"name":            {Name: "a name", Topic: "t"},
		"rate":            {Name: "n", Topic: "t", Rate: -1},
		"from: give one":  {Name: "n", Topic: "t", Filter: Filter{From: []Bound{at, at}}},
		"to: give one":    {Name: "n", Topic: "t", Filter: Filter{To: []Bound{at, {Shard: 1, Position: 2}}}},
		`ledger "SECRET"`: {Name: "n", Topic: "t", Filter: Filter{Ledgers: []billing.Ledger{"SECRET"}}},
	} {
		require.ErrorContains(t, o.Check(), refused)
	}
}

func TestRequest_ABoundIsATimeOrAPosition(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Bound{
		"3:1200":                    {Shard: 3, Position: 1200},
		"2026-07-01":                {At: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)},
		"2026-07-01T02:00:00+02:00": {At: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)},
	} {
		got, err := ParseBound(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
		again, err := ParseBound(got.String())
		require.NoError(t, err)
		require.Equal(t, want, again)
	}
	for _, text := range []string{"", "yesterday", "3:", "-1:4"} {
		_, err := ParseBound(text)
		require.ErrorContains(t, err, "neither a time")
	}
}

func TestRequest_AFilterIsKeptAsItWas(t *testing.T) {
	t.Parallel()
	f := Filter{
		From: []Bound{{At: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)}}, To: []Bound{{Shard: 2, Position: 9}},
		Streams: []string{"employee/*"}, Types: []string{"billing.*"}, Shards: []store.ShardID{2},
		Ledgers: []billing.Ledger{billing.Cost},
	}
	raw, err := json.Marshal(f)
	require.NoError(t, err)
	var again Filter
	require.NoError(t, json.Unmarshal(raw, &again))
	require.Equal(t, f, again)
	require.Error(t, json.Unmarshal([]byte(`{"from":["soon"]}`), &again))
}

func TestRequest_APatternStandsForAnyCharacters(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		pattern, text string
		want          bool
	}{
		{"employee/1", "employee/1", true}, {"employee/1", "employee/10", false}, {"*", "", true}, {"", "", true},
		{"employee/*", "employee/1", true}, {"employee/*", "document/1", false},
		{"*/CUSTOMER/*", "document/2026-04/CUSTOMER/a/DKK", true},
		{"a*b", "ab", true}, {"a*b*c", "a1b2c", true}, {"a*b*c", "a1c2b", false}, {"ab*ba", "aba", false},
	} {
		require.Equal(t, row.want, like(row.pattern, row.text), "%q %q", row.pattern, row.text)
	}
}

func TestRequest_APlanCountsByTopicAndType(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 3)
	o := order("plan")
	o.Filter.Ledgers = []billing.Ledger{billing.Customer, billing.Cost}
	plan, err := w.runner().Plan(t.Context(), o)
	require.NoError(t, err)
	counted := map[string]int64{}
	bytes := int64(0)
	for _, c := range plan.Counts {
		counted[c.Topic+" "+c.Type] = c.Messages
		require.Positive(t, c.Bytes)
		bytes += c.Bytes
	}
	require.Equal(t, map[string]int64{
		"plan employee.created.v1": 3, "plan employee.invoiced.v1": 3, "plan billing.line.v1": 3,
		"plan.cost billing.line.v1": 3,
	}, counted)
	require.EqualValues(t, 12, plan.Messages)
	require.Equal(t, bytes, plan.Bytes)
	require.False(t, plan.First.IsZero())
	_, err = w.lookup.TopicStates(t.Context(), []string{"plan"})
	require.True(t, bus.NoTopic(err), "a plan makes no topic")
	_, err = w.runner().Plan(t.Context(), Request{Name: "n", Topic: contract.EmployeeEvents})
	require.Error(t, err)
}

func TestRequest_AReplayIsNotStartedForNothingTwiceOrIntoForeignHands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 2)
	o := order("start")
	nothing := o
	nothing.Filter.Streams = []string{"employee/nobody"}
	_, err := w.runner().Start(t.Context(), nothing)
	require.ErrorIs(t, err, ErrNothing)
	_, err = w.runner().Start(t.Context(), Request{Name: "n", Topic: contract.EmployeeCommands})
	require.Error(t, err)

	require.NoError(t, bus.EnsureTopics(t.Context(), w.kafka, []bus.TopicSpec{bus.ReplayTopic("somebodys", 2, 1)}))
	require.NoError(t, w.publisher.Publish(t.Context(),
		[]bus.Message{{Topic: "somebodys", Key: []byte("k"), Value: []byte("{}")}}))
	foreign := o
	foreign.Topic = "somebodys"
	_, err = w.runner().Start(t.Context(), foreign)
	require.ErrorIs(t, err, ErrTaken)

	w.replay(o)
	_, err = w.runner().Start(t.Context(), o)
	require.ErrorIs(t, err, store.ErrReplayExists)
	second := o
	second.Name = "start-again"
	w.replay(second)
	require.Len(t, w.read("start"), 2*6, "a topic of replays takes another one")
}

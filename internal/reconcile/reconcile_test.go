package reconcile

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/events"
	"tenure/internal/bus"
)

// planted is a sentence: what was done to the messages, and what the proof says of it.
type planted struct {
	name     string
	plant    func(t *testing.T, messages []bus.Message) []bus.Message
	findings []string
	whole    bool
}

// changed gives a message with one header changed.
func changed(m bus.Message, header, value string) bus.Message {
	m.Headers = slices.Clone(m.Headers)
	for i := range m.Headers {
		if m.Headers[i].Key == header {
			m.Headers[i].Value = []byte(value)
		}
	}
	return m
}

var plants = []planted{
	{"nothing", func(_ *testing.T, m []bus.Message) []bus.Message { return m }, []string{}, true},
	{"a line that was never published", func(t *testing.T, m []bus.Message) []bus.Message {
		i := at(t, m, contract.BillingLines)
		return slices.Delete(m, i, i+1)
	}, []string{"missing billing.lines"}, false},
	{"a line of what it costs that was never published", func(t *testing.T, m []bus.Message) []bus.Message {
		i := at(t, m, contract.BillingLinesCost)
		return slices.Delete(m, i, i+1)
	}, []string{"missing billing.lines.cost"}, false},
	{"a line that was published again", func(t *testing.T, m []bus.Message) []bus.Message {
		return append(m, m[at(t, m, contract.BillingLines)])
	}, []string{"repeated billing.lines"}, true},
	{"a replay of a line", func(t *testing.T, m []bus.Message) []bus.Message {
		again := m[at(t, m, contract.BillingLines)]
		again.Headers = append(slices.Clone(again.Headers), bus.Header{Key: "ce_replay", Value: []byte("r1")})
		return append(m, again)
	}, []string{"repeated billing.lines"}, true},
	{"a line with another amount in its place", func(t *testing.T, m []bus.Message) []bus.Message {
		i := at(t, m, contract.BillingLines)
		m[i].Value = bytes.Replace(m[i].Value, []byte(`"amount":"95.00"`), []byte(`"amount":"950.00"`), 1)
		return m
	}, []string{"altered billing.lines"}, false},
	{"a line to another payer beside the right one", func(t *testing.T, m []bus.Message) []bus.Message {
		other := m[at(t, m, contract.BillingLinesWholesale)]
		other.Key = []byte("reseller-2")
		return append(m, other)
	}, []string{"altered billing.lines.wholesale"}, false},
	{"a line that the log does not have", func(t *testing.T, m []bus.Message) []bus.Message {
		return append(m, changed(m[at(t, m, contract.BillingLines)], headerID, uuid.NewString()))
	}, []string{"unknown billing.lines"}, false},
	{"a line of the run without a readable id", func(t *testing.T, m []bus.Message) []bus.Message {
		return append(m, changed(m[at(t, m, contract.BillingLines)], headerID, "4711"))
	}, []string{"unknown billing.lines"}, false},
	{"a line on the topic of another ledger", func(t *testing.T, m []bus.Message) []bus.Message {
		leaked := m[at(t, m, contract.BillingLinesCost)]
		leaked.Topic = contract.BillingLines
		return append(m, leaked)
	}, []string{"unknown billing.lines"}, false},
	{"a document that was never published", func(t *testing.T, m []bus.Message) []bus.Message {
		i := at(t, m, contract.BillingDocuments)
		return slices.Delete(m, i, i+1)
	}, []string{"missing billing.documents"}, false},
	{"a document that nobody issued", func(t *testing.T, m []bus.Message) []bus.Message {
		forged := changed(m[at(t, m, contract.BillingDocumentsCost)], headerID, uuid.NewString())
		forged.Value = bytes.ReplaceAll(forged.Value, []byte(`"run":"nightly/2026-04-01"`), []byte(`"run":"`+aprilsRun+`"`))
		return append(m, forged)
	}, []string{"unknown billing.documents.cost"}, false},
	{"a shard whose end was never published", func(t *testing.T, m []bus.Message) []bus.Message {
		i := slices.IndexFunc(m, func(m bus.Message) bool { return string(m.Header(headerType)) == "run.shard_completed.v1" })
		return slices.Delete(m, i, i+1)
	}, []string{"missing billing.runs"}, false},
	{"control totals that say something else", func(t *testing.T, m []bus.Message) []bus.Message {
		i := at(t, m, contract.BillingRunsCost)
		m[i].Value = bytes.Replace(m[i].Value, []byte(`"lines":`), []byte(`"lines":1`), 1)
		return m
	}, []string{"altered billing.runs.cost"}, false},
	{"a line of another run", func(t *testing.T, m []bus.Message) []bus.Message {
		i := slices.IndexFunc(m, func(m bus.Message) bool {
			return string(m.Header(headerRun)) == "nightly/2026-03-01" && m.Topic == contract.BillingLines
		})
		return slices.Delete(m, i, i+1)
	}, []string{}, true},
}

func TestReconcile_FindsWhatIsPlanted(t *testing.T) {
	t.Parallel()
	n := newNight(t, nil)
	for _, row := range plants {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := n.prove(t, row.plant(t, slices.Clone(n.messages)))
			assert.Equal(t, row.findings, kinds(r))
			assert.Equal(t, row.whole, r.Whole())
			for _, f := range r.Findings {
				assert.Equal(t, f.Kind == Missing, f.Place == "", "only what is missing has no place: %v", f)
			}
		})
	}
}

func TestReconcile_ComparesTotalsFromThreeSides(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		change func(*events.RunCompleted)
	}{
		{"an amount that no lines sum to", func(c *events.RunCompleted) { c.Totals[0].Amount = money("1.00") }},
		{"one line more than there are", func(c *events.RunCompleted) { c.Totals[0].Lines++ }},
		{"the hash of other lines", func(c *events.RunCompleted) { c.Totals[0].Hash = uuid.Nil }},
		{"a shard that announces what another one has", func(c *events.RunCompleted) {
			c.Shards[0].Totals, c.Shards[1].Totals = c.Shards[1].Totals, c.Shards[0].Totals
		}},
		{"a ledger that is not announced", func(c *events.RunCompleted) { c.Totals = c.Totals[1:] }},
		{"a document too many", func(c *events.RunCompleted) { c.Documents++ }},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			n := newNight(t, row.change)
			r := n.prove(t, n.messages)
			assert.Empty(t, r.Findings, "every message is as the log has it")
			assert.False(t, r.Whole())
		})
	}
}

func TestReconcile_AnAbandonedRunMayHaveIssuedMoreThanItAnnounced(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		announced, issued int64
		abandoned, whole  bool
	}{{2, 2, false, true}, {1, 2, false, false}, {1, 2, true, true}, {2, 1, true, false}} {
		r := &Report{Documents: [2]int64{row.announced, row.issued}, Abandoned: row.abandoned}
		assert.Equal(t, row.whole, r.Whole(), "%v", row)
	}
}

func TestReconcile_AWholeRunAgreesInEveryShard(t *testing.T) {
	t.Parallel()
	n := newNight(t, nil)
	var read, all int64
	r, err := Run(t.Context(), Source{Store: n.Store, Lookup: published(t, n.messages)},
		Options{Run: aprilsRun, Progress: func(done, of int64) { read, all = done, of }})
	require.NoError(t, err)
	require.True(t, r.Whole())
	assert.Zero(t, r.Repeats())
	assert.Positive(t, read)
	assert.Equal(t, all, read, "progress comes to its end")
	assert.Len(t, r.Totals, 9, "three ledgers, two shards and the run")
	for _, c := range r.Totals {
		assert.True(t, c.Agrees())
		assert.NotEqual(t, uuid.Nil, c.Topic.Hash)
	}
	for _, topic := range r.Topics {
		assert.Equal(t, topic.Expected, topic.Alike, topic.Topic)
		assert.True(t, topic.Begins)
	}
}

func TestReconcile_FindingsAreBoundedAndCounted(t *testing.T) {
	t.Parallel()
	n := newNight(t, nil)
	twice := append(slices.Clone(n.messages), n.messages...)
	r, err := Run(t.Context(), Source{Store: n.Store, Lookup: published(t, twice)},
		Options{Run: aprilsRun, FindingsMax: 2})
	require.NoError(t, err)
	assert.Len(t, r.Findings, 2)
	assert.Equal(t, r.Repeats(), int64(2)+r.Omitted)
	assert.True(t, r.Whole(), "twice is at least once")
}

func TestReconcile_ARunWithoutTotalsIsRefused(t *testing.T) {
	t.Parallel()
	n := newNight(t, nil)
	_, err := Run(t.Context(), Source{Store: n.Store}, Options{Run: "nightly/2026-05-01"})
	require.ErrorIs(t, err, ErrNotCompleted)
	completed, err := Completed(t.Context(), n.Store, aprilsRun)
	require.NoError(t, err)
	assert.Equal(t, int64(3), completed.Documents)
}

// TestReconcile_ALogThatEndsTooEarlyIsReported announces positions that the log does not have.
func TestReconcile_ALogThatEndsTooEarlyIsReported(t *testing.T) {
	t.Parallel()
	n := newNight(t, func(c *events.RunCompleted) { c.Shards[0].LastPosition = 1 << 20 })
	_, err := Run(t.Context(), Source{Store: n.Store}, Options{Run: aprilsRun})
	require.ErrorContains(t, err, "the log of shard")
	require.ErrorContains(t, err, "tenure audit")
}

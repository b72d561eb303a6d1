package events_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
)

func TestPublished_FormsOfTopics(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		form any
		want string
	}{
		{"days are told with the last one included", events.InvoicedDays{Run: sampleRun, AsOf: day("2026-06-01"),
			Covered: []events.Days{{Source: "product", From: day("2026-06-01"), To: day("2026-06-30")}}},
			`{"run":"nightly/2026-06-01","asOf":"2026-06-01","covered":[{"source":"product","from":"2026-06-01","to":"2026-06-30"}]}`},
		{"days that are billed no more stand beside", events.InvoicedDays{Run: sampleRun, AsOf: day("2026-06-01"),
			Credited: []events.Days{{Source: sampleAddon, From: day("2026-06-24")}}},
			`{"run":"nightly/2026-06-01","asOf":"2026-06-01","credited":[{"source":"` + sampleAddon +
				`","from":"2026-06-24"}]}`},
		{"a run's end names the ledger whose totals it has", events.RunCompletedOf{Ledger: billing.Cost,
			RunCompleted: events.RunCompleted{Run: sampleRun, Totals: []events.ControlTotal{}, Shards: []events.ShardTotals{}}},
			`{"ledger":"COST","run":"nightly/2026-06-01","kind":"","businessDate":"","examined":0,"billed":0,"notBilled":0,"documents":0,"totals":[],"shards":[]}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			raw, err := json.Marshal(row.form)
			require.NoError(t, err)
			assert.JSONEq(t, row.want, string(raw))
		})
	}
}

func TestSchemaAddress_FollowsFromTheType(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "urn:tenure:schema:billing.line.v1", events.SchemaAddress(events.TypeLine))
	seen := map[string]bool{}
	for _, name := range events.Types() {
		assert.False(t, seen[events.SchemaAddress(name)])
		seen[events.SchemaAddress(name)] = true
	}
}

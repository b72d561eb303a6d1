package billing

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPolicy_EveryKeyIsSetFromText(t *testing.T) {
	t.Parallel()
	for _, kv := range [][2]string{
		{"timezone", "America/Los_Angeles"}, {"billingMode", InArrears}, {"alignment", Anniversary}, {"anchorDay", "31"},
		{"proration", PeriodDays}, {"rounding", HalfEven}, {"scale", "0"}, {"changeDay", OldState}, {"currency", "JPY"},
		{"billingCustomerSwitch", NextPeriod}, {"catalogPriceChange", Split}, {"creditMethod", ProrateBilled},
		{"ledgers", "CUSTOMER, COST"}, {"zeroPriceLines", Suppress}, {"oneOffCredit", "true"}, {"includedUnits", Ignore},
		{"documentCycle", CyclePerRun}, {"periodsMax", "100"},
	} {
		p, err := DefaultPolicy().With(kv[0], kv[1])
		require.NoError(t, err, kv)
		require.NotEqual(t, DefaultPolicy(), p, kv)
		if kv[0] == "anchorDay" {
			p, err = p.With("alignment", Anniversary)
			require.NoError(t, err)
		}
		require.NoError(t, p.Validate(), kv)
	}
}

func TestPolicy_RefusesWithTheNameOfTheKey(t *testing.T) {
	t.Parallel()
	for _, kv := range [][2]string{
		{"billingMode", "SOMETIME"}, {"anchorDay", "x"}, {"scale", "two"}, {"periodsMax", ""}, {"oneOffCredit", "perhaps"},
		{"unheard", "1"},
	} {
		_, err := DefaultPolicy().With(kv[0], kv[1])
		require.ErrorContains(t, err, "policy "+kv[0], kv)
	}
	for _, kv := range [][2]string{
		{"timezone", "Europe/Nowhere"}, {"timezone", ""}, {"timezone", "Local"}, {"anchorDay", "32"}, {"anchorDay", "-1"},
		{"anchorDay", "15"}, {"scale", "5"}, {"scale", "-1"}, {"periodsMax", "0"}, {"periodsMax", "1201"},
		{"currency", "KRONER"},
		{"ledgers", ""}, {"ledgers", "CUSTOMER,CUSTOMER"}, {"ledgers", "TAX"},
	} {
		p, err := DefaultPolicy().With(kv[0], kv[1])
		require.NoError(t, err)
		require.ErrorContains(t, p.Validate(), "policy "+kv[0], kv)
		_, err = p.Ready()
		require.Error(t, err)
	}
	p := DefaultPolicy()
	p.Ledgers = nil
	require.ErrorContains(t, p.Validate(), "policy ledgers")
	p = DefaultPolicy()
	p.Rounding = "DOWN"
	require.ErrorContains(t, p.Validate(), "policy rounding")
}

func TestPolicy_IsKeptAsJSONAndFindsItsZoneAgain(t *testing.T) {
	t.Parallel()
	p, err := DefaultPolicy().Ready()
	require.NoError(t, err)
	written, err := json.Marshal(p)
	require.NoError(t, err)
	var back Policy
	require.NoError(t, json.Unmarshal(written, &back))
	require.Equal(t, "Europe/Copenhagen", back.Zone().String())
	back.Timezone = "Europe/Nowhere"
	require.Equal(t, time.UTC, back.Zone())
	changed, err := p.With("timezone", "America/Los_Angeles")
	require.NoError(t, err)
	require.Equal(t, "America/Los_Angeles", changed.Zone().String(), "a changed zone is not the kept one")
}

func TestPolicy_ValuesHaveEveryKey(t *testing.T) {
	t.Parallel()
	assert.ElementsMatch(t, PolicyKeys(), slices.Collect(maps.Keys(DefaultPolicy().Values())))
}

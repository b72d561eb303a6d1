package scheduler_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/scheduler"
)

// boundsExample is an example of the accountant's page: a forecast, and plans with what exceeds the default bounds
// indented under each.
//
//	forecast EMPLOYEES LINES AMOUNT
//	plan EMPLOYEES LINES AMOUNT [credits AMOUNT most AMOUNT]
type boundsExample struct {
	t        *testing.T
	forecast *events.PlanForecast
}

func (e *boundsExample) number(word string) int64 {
	e.t.Helper()
	n, err := strconv.ParseInt(word, 10, 64)
	require.NoError(e.t, err)
	return n
}

func (e *boundsExample) check(w []string) (found []string) {
	e.t.Helper()
	plan := events.PlanSummary{Forecast: e.forecast, Billed: e.number(w[1]),
		Totals: []events.PlanTotal{planTotal(e.number(w[2]), w[3])}}
	if len(w) > 4 {
		most := planTotal(1, w[7])
		plan.Credits, plan.CreditMax = []events.PlanTotal{planTotal(1, w[5])}, &most
	}
	for _, b := range scheduler.DefaultBounds().Check(plan, 0) {
		found = append(found, b.Bound+" "+b.Limit+": "+b.Found)
	}
	if found == nil {
		return []string{"starts by itself"}
	}
	return found
}

// The examples of rule 28 are played with the default bounds.
func TestBounds_TheExamplesOfTheAccountantsPageAreWhatTheyFind(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/billing.md")
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(page), "```bounds\n")
	require.True(t, ok, "the page has an example of bounds")
	example, _, _ := strings.Cut(rest, "```")
	e := &boundsExample{t: t}
	var plan, want []string
	for line := range strings.Lines(example + "end\n") {
		w := strings.Fields(line)
		if strings.HasPrefix(line, " ") {
			want = append(want, strings.TrimSpace(line))
			continue
		}
		if plan != nil {
			require.Equal(t, want, e.check(plan), strings.Join(plan, " "))
		}
		plan, want = nil, nil
		switch w[0] {
		case "forecast":
			e.forecast = &events.PlanForecast{Run: "nightly/2026-05-01", Billed: e.number(w[1]),
				Totals: []events.PlanTotal{planTotal(e.number(w[2]), w[3])}}
		case "plan":
			plan = w
		}
	}
}

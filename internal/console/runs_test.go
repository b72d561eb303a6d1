package console

import (
	"net/url"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"

	"tenure/billing"
	"tenure/events"
	"tenure/scheduler"
)

func TestStripOf_MarksWhatWasUnusual(t *testing.T) {
	t.Parallel()
	day := billing.MustDate
	s := stripOf(2026, day("2026-12-01"), map[billing.Date]marks{
		day("2026-01-01"): {plans: 1},
		day("2026-01-02"): {plans: 1, approved: true},
		day("2026-01-03"): {plans: 2},
		day("2026-01-04"): {plans: 1, abandoned: true},
		day("2026-12-02"): {plans: 1},
	})
	assert.Equal(t, "3 of 4 runs unusual", s.Text, "what is behind today is not counted")
	drawing := string(s.Drawing)
	assert.Contains(t, drawing, `class="n" d="M0.5 8V20"`)
	assert.Contains(t, drawing, `class="u" d="M1.5 0V20M2.5 0V20"`)
	assert.Contains(t, drawing, `class="a" d="M3.5 0V20"`)
	assert.Contains(t, drawing, `aria-label="2026: 3 of 4 runs unusual"`)
	assert.Equal(t, []unusual{
		{Run: "nightly/2026-01-02", Why: "waited for an approval"},
		{Run: "nightly/2026-01-03", Why: "planned 2 times"},
		{Run: "nightly/2026-01-04", Why: "abandoned", Abandoned: true},
	}, s.Unusual)
}

func TestCompareNights_ComparesAFirstWithAFirst(t *testing.T) {
	t.Parallel()
	by := map[billing.Date]night{}
	put := func(date string, state string, amount int64) {
		n := night{Date: billing.MustDate(date), Run: "nightly/" + date, State: state, HasPlan: true}
		n.Billed, n.Planned = decimal.NewFromInt(amount), decimal.NewFromInt(amount)
		by[n.Date] = n
	}
	put("2026-10-01", nightCompleted, 1_000)
	put("2026-10-02", nightCompleted, 10)
	put("2026-10-03", nightAbandoned, 5)
	put("2026-11-01", nightPlanned, 1_400)
	put("2026-11-02", nightCompleted, 20)
	compareNights(by)
	for date, want := range map[string][2]string{
		"2026-10-01": {"", ""}, "2026-10-02": {"", ""}, "2026-10-03": {"2026-10-02", "\u221250.0 %"},
		"2026-11-01": {"2026-10-01", "+40.0 %"}, "2026-11-02": {"2026-10-02", "+100.0 %"},
	} {
		n := by[billing.MustDate(date)]
		compared := ""
		if n.Compared != 0 {
			compared = n.Compared.String()
		}
		assert.Equal(t, want, [2]string{compared, n.Change}, date)
	}
}

func TestRunsFilter_NarrowsTheTable(t *testing.T) {
	t.Parallel()
	today := billing.MustDate("2026-12-01")
	late := night{State: nightPlanned, Breaches: []events.Breach{{Bound: scheduler.BoundDaysBehind}}}
	large := night{State: nightPlanned, Breaches: []events.Breach{{Bound: scheduler.BoundDaysBehind},
		{Bound: "run-max-amount"}}}
	done := night{State: nightCompleted}
	assert.True(t, onlyLate(&late))
	assert.False(t, onlyLate(&large))
	for _, row := range []struct {
		query             string
		late, large, done bool
	}{
		{"", true, true, true}, {"state=waiting", true, true, false}, {"state=completed", false, false, true},
		{"bound=run-max-amount", false, true, false}, {"state=waiting&bound=run-max-days-behind", true, true, false},
	} {
		query, err := url.ParseQuery(row.query)
		assert.NoError(t, err)
		f := filterOf(query, today)
		assert.Equal(t, today, f.Until)
		assert.Equal(t, []bool{row.late, row.large, row.done}, []bool{f.shows(&late), f.shows(&large), f.shows(&done)},
			row.query)
	}
	assert.Equal(t, billing.MustDate("2026-08-31"), filterOf(url.Values{"until": {"2026-08-31"}}, today).Until)
	assert.Equal(t, today, filterOf(url.Values{"until": {"2031-08-31"}}, today).Until, "the future is not shown")
}

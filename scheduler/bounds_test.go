package scheduler_test

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/scheduler"
)

// planTotal is a total of the customers' ledger in DKK.
func planTotal(lines int64, amount string) events.PlanTotal {
	return events.PlanTotal{Ledger: billing.Customer, Currency: "DKK", Lines: lines, Amount: money(amount)}
}

// usual is a night of two thousand employees, and the run it is compared with.
func usual() (events.PlanSummary, *events.PlanForecast) {
	most := planTotal(3, "300.00")
	return events.PlanSummary{
			Examined: 2100, Billed: 2000, NotBilled: 100, LinesMax: 12, AmountMax: &most, Held: 3, Deletions: 4,
			Totals: []events.PlanTotal{planTotal(6000, "200000.00")},
		}, &events.PlanForecast{Run: "nightly/2026-05-01", Billed: 1900,
			Totals: []events.PlanTotal{planTotal(5700, "190000.00")}}
}

type boundsRow struct {
	name   string
	change func(*events.PlanSummary, *events.PlanForecast)
	behind int64
	want   string // bound: limit < found
}

func TestBounds_Check(t *testing.T) {
	t.Parallel()
	rows := []boundsRow{
		{name: "a usual night starts by itself", change: func(*events.PlanSummary, *events.PlanForecast) {}},
		{name: "an employee with too many lines", change: func(p *events.PlanSummary, _ *events.PlanForecast) {
			p.LinesMax = 5001
		},
			want: "run-max-lines: 5000 < 5001"},
		{name: "as many as the bound are allowed", change: func(p *events.PlanSummary, _ *events.PlanForecast) {
			p.LinesMax = 5000
		}},
		{name: "an employee who costs too much", change: func(p *events.PlanSummary, _ *events.PlanForecast) {
			p.AmountMax.Amount = money("1000000.01")
		},
			want: "run-max-amount: 1000000 < 1000000.01 DKK"},
		{name: "or gets too much back", change: func(p *events.PlanSummary, _ *events.PlanForecast) {
			p.AmountMax.Amount = money("-1000000.01")
		},
			want: "run-max-amount: 1000000 < -1000000.01 DKK"},
		{name: "deletions by thousands", change: func(p *events.PlanSummary, _ *events.PlanForecast) { p.Deletions = 5001 },
			want: "run-max-deletions: 5000 < 5001"},
		{name: "too many are held", change: func(p *events.PlanSummary, _ *events.PlanForecast) { p.Held = 1001 },
			want: "run-max-held: 1000 < 1001"},
		{name: "a night that is a day late is nothing", change: func(*events.PlanSummary, *events.PlanForecast) {},
			behind: 1},
		{name: "one that is two is looked at", change: func(*events.PlanSummary, *events.PlanForecast) {},
			behind: 2, want: "run-max-days-behind: 1 < 2"},
		{name: "half of them are not billed any more", change: func(p *events.PlanSummary, _ *events.PlanForecast) {
			p.Billed = 950
		},
			want: "run-max-billed-change: 30 % < -50 %: employees 950 instead of 1900 by what held in nightly/2026-05-01"},
		{name: "lines are doubled", change: func(p *events.PlanSummary, _ *events.PlanForecast) { p.Totals[0].Lines = 11400 },
			want: "run-max-lines-change: 30 % < 100 %: lines 11400 instead of 5700 by what held in nightly/2026-05-01"},
		{name: "prices are ten times as high", change: func(p *events.PlanSummary, _ *events.PlanForecast) {
			p.Totals[0].Amount = money("2000000.00")
		},
			want: "run-max-amount-change: 30 % < 952.6 %: CUSTOMER DKK 2000000 instead of 190000 by what held in " +
				"nightly/2026-05-01"},
		{name: "a currency is gone", change: func(p *events.PlanSummary, _ *events.PlanForecast) {
			p.Totals[0].Currency = "EUR"
		},
			want: "run-max-amount-change: 30 % < -100 %: CUSTOMER DKK 0 instead of 190000 by what held in nightly/2026-05-01"},
		{name: "an employee is given too much", change: func(p *events.PlanSummary, _ *events.PlanForecast) {
			credit := planTotal(1, "-10000.01")
			p.CreditMax = &credit
		}, want: "run-max-credit: 10000 < -10000.01 DKK"},
		{name: "a third of the charges is credited", change: func(p *events.PlanSummary, _ *events.PlanForecast) {
			p.Credits = []events.PlanTotal{planTotal(500, "-100000.00")}
		}, want: "run-max-credit-share: 20 % < CUSTOMER 100000 DKK credited of 300000 charged"},
		{name: "a quiet night that credits a little and charges nothing",
			change: func(p *events.PlanSummary, f *events.PlanForecast) {
				p.Billed, f.Billed, f.Totals = 2, 2, nil
				p.Totals, p.Credits = []events.PlanTotal{planTotal(2, "-80.00")}, []events.PlanTotal{planTotal(2, "-80.00")}
			}},
		{name: "a quiet night after a busy one has nothing to be compared with",
			change: func(p *events.PlanSummary, _ *events.PlanForecast) {
				p.Billed, p.Totals, p.Forecast = 0, nil, nil
			}},
		{name: "a small system may grow as it likes", change: func(p *events.PlanSummary, c *events.PlanForecast) {
			p.Billed, c.Billed = 999, 3
		}},
		{name: "one that billed nobody has nothing to be compared with",
			change: func(_ *events.PlanSummary, c *events.PlanForecast) {
				*c = events.PlanForecast{Run: "nightly/2026-05-01"}
			}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			plan, with := usual()
			plan.Forecast = with
			r.change(&plan, with)
			found := scheduler.DefaultBounds().Check(plan, r.behind)
			if r.want == "" {
				assert.Empty(t, found)
			} else {
				require.Len(t, found, 1)
				assert.Equal(t, r.want, found[0].Bound+": "+found[0].Limit+" < "+found[0].Found)
			}
			assert.Empty(t, scheduler.Bounds{}.Check(plan, r.behind), "without bounds everything starts by itself")
		})
	}
	plan, _ := usual()
	assert.Empty(t, scheduler.DefaultBounds().Check(plan, 0), "the first run has no forecast")
	assert.Empty(t, scheduler.DefaultBounds().Check(events.PlanSummary{}, 0), "nor is one in which nobody is due")
}

func TestBounds_ChangesBetweenPlanAndStart(t *testing.T) {
	t.Parallel()
	b := scheduler.DefaultBounds()
	assert.EqualValues(t, 1000, b.ChangedMax(events.PlanSummary{Examined: 10}), "in a small night all of them")
	assert.EqualValues(t, 200_000, b.ChangedMax(events.PlanSummary{Examined: 1_000_000}), "in a large one a fifth")
	b.ChangedShare = 0
	assert.EqualValues(t, -1, b.ChangedMax(events.PlanSummary{Examined: 10}))
}

func TestComparable_NightsOfAFirstWithEachOther(t *testing.T) {
	t.Parallel()
	assert.True(t, scheduler.ComparableWith(day("2026-06-01"), day("2026-05-01")))
	assert.False(t, scheduler.ComparableWith(day("2026-06-01"), day("2026-05-31")))
	assert.True(t, scheduler.ComparableWith(day("2026-06-03"), day("2026-05-31")))
	of := scheduler.ComparableOf(events.RunCompleted{Run: night, Billed: 5, Totals: []events.ControlTotal{{Lines: 2},
		{Lines: 3}}})
	assert.EqualValues(t, 5, of.Lines)
	assert.EqualValues(t, 5, of.Billed)
}

func TestBounds_APlanOutsideNeedsApproval(t *testing.T) {
	t.Parallel()
	run := planned(events.Breach{Bound: scheduler.BoundHeld})
	assert.True(t, scheduler.NeedsApproval(run))
	run.Approved = "of another"
	assert.True(t, scheduler.NeedsApproval(run))
	run.Approved = run.Planned.Digest
	assert.False(t, scheduler.NeedsApproval(run))
	assert.False(t, scheduler.NeedsApproval(planned()))
	run.Planned = nil
	assert.False(t, scheduler.NeedsApproval(run))
}

func TestDefaultBounds_AreDecimal(t *testing.T) {
	t.Parallel()
	assert.True(t, decimal.NewFromInt(1_000_000).Equal(scheduler.DefaultBounds().Amount))
}

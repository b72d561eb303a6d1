package events_test

import (
	"strings"

	"tenure/billing"
	"tenure/events"
)

func runControlSamples() []events.Event {
	most := events.PlanTotal{Ledger: billing.Customer, Currency: "DKK", Lines: 2, Amount: money("145.67")}
	credit := events.PlanTotal{Ledger: billing.Customer, Currency: "DKK", Lines: 1, Amount: money("-12.50")}
	digest := strings.Repeat("5e", 32)
	return []events.Event{
		events.RunPlanned{Run: sampleRun, Kind: "nightly", BusinessDate: day("2026-06-01"), CatalogVersion: 40,
			CatalogChain: strings.Repeat("ab", 32),
			Policy:       raw(`{"timezone":"Europe/Copenhagen"}`), Digest: digest, PlannedAt: day("2026-06-01").Time(),
			PlannedBy: sampleEmployee,
			Person:    true, Heads: []events.ShardHead{{Shard: 1, Position: 100, Examined: 5}},
			Summary: events.PlanSummary{Examined: 5, Billed: 3, NotBilled: 2,
				Reasons: []events.ReasonCount{{Reason: "NOT_DUE", Employees: 1},
					{Reason: "NO_PRICE", Employees: 1}}, Held: 1, Deletions: 1, Totals: []events.PlanTotal{most},
				LinesMax: 2, AmountMax: &most, CreditMax: &credit,
				Largest:  []events.PlanEmployee{{Employee: sampleEmployee, PlanTotal: most}},
				Credits:  []events.PlanTotal{credit},
				Forecast: &events.PlanForecast{Run: "nightly/2026-05-31", Billed: 3, Totals: []events.PlanTotal{most}}},
			Breaches: []events.Breach{{Bound: "run-max-lines", Limit: "1", Found: "2"}}, ChangedMax: 1000},
		events.RunApproved{Digest: digest, Reason: "looked at each of them", ApprovedBy: sampleEmployee,
			Through: billing.MustDate("2026-11-05")},
		events.RunAbandoned{Run: sampleRun, BusinessDate: day("2026-06-01"), Shards: []int32{1, 2},
			Reason: "prices were wrong"},
		events.RunsHalted{Scopes: []string{"invoicing", "deletions"}, Reason: "prices look wrong"},
		events.RunsResumed{Scopes: []string{"invoicing"}, Reason: "prices are right"},
	}
}

package domain_test

import (
	"testing"

	"tenure/domain"
	"tenure/events"
)

// sim is an account in use, with a rate plan.
func sim(id string) events.MvnoAccount {
	return events.MvnoAccount{ID: id, State: "ACTIVE", NumberState: "IN_USE", RatePlan: "plan1"}
}

func attached(a events.MvnoAccount) events.Event { return events.MvnoAccountAttached{Account: a} }

func updating(a events.MvnoAccount) events.MvnoAccount {
	a.Updating = true
	return a
}

func withState(a events.MvnoAccount, state string) events.MvnoAccount {
	a.State = state
	return a
}

func planned(a events.MvnoAccount, plan string) events.MvnoAccount {
	a.NewRatePlan = plan
	return a
}

func ratePlan(account, from string) events.Event {
	return events.RatePlanChangeScheduled{Account: account, RatePlan: "mobile", From: day(from)}
}

// hasSim has an account in use; hasNewPlan has a rate plan scheduled for it in June.
var (
	hasSim     = withBasic.and(attached(sim("m1")))
	hasNewPlan = hasSim.and(ratePlan("m1", "2026-06-01"))
)

func TestT2_ScheduleRatePlanChange(t *testing.T) {
	t.Parallel()
	const command = "schedule_rate_plan_change"
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "from the first of next month", given: hasSim, when: command, data: `{"_id":"m1","newRatePlan":"mobile"}`,
			then: facts{ratePlan("m1", "2026-06-01")}},
		{name: "in December from January", given: hasSim, at: "2026-12-31T22:59:59Z", when: command,
			data: `{"_id":"m1","newRatePlan":"mobile"}`,
			then: facts{ratePlan("m1", "2027-01-01")}},
		{name: "after local midnight from the month after", given: hasSim, at: "2026-05-31T22:00:00Z", when: command,
			data: `{"_id":"m1","newRatePlan":"mobile"}`, then: facts{ratePlan("m1", "2026-07-01")}},
		{name: "the same again changes nothing", given: hasNewPlan, when: command,
			data: `{"_id":"m1","newRatePlan":"mobile"}`},
		{
			name:  "null withdraws it",
			given: hasNewPlan,
			when:  command,
			data:  `{"_id":"m1","newRatePlan":null}`,
			then:  facts{events.RatePlanChangeCancelled{Account: "m1"}},
		},
		{name: "null where none is scheduled changes nothing", given: hasSim, when: command,
			data: `{"_id":"m1","newRatePlan":null}`},
		{name: "a product that is no rate plan", given: hasSim, when: command, data: `{"_id":"m1","newRatePlan":"large"}`,
			code: "404 newRatePlan: Rate plan could not be found"},
		{name: "an account that it has not", given: hasSim, when: command, data: `{"_id":"m9","newRatePlan":"mobile"}`,
			code: "404 mvnoAccounts: MVNO account not found"},
		{name: "an account under deletion", given: withBasic.and(attached(withState(sim("m1"), "DELETING"))), when: command,
			data: `{"_id":"m1","newRatePlan":"mobile"}`, code: "409 mvnoAccounts.state: The account is under deletion"},
		{name: "an account that is being updated", given: withBasic.and(attached(updating(sim("m1")))), when: command,
			data: `{"_id":"m1","newRatePlan":"mobile"}`, code: "409 mvnoAccounts.info.updating: The account is being updated " +
				"and cannot be changed"},
		{name: "one who is being deleted", given: isDeleting, when: command, data: `{"_id":"m1","newRatePlan":"mobile"}`,
			code: beingDeleted},
	})
}

func TestT2_WhatIsKnownOfAnAccountLeavesWhatWasOrdered(t *testing.T) {
	t.Parallel()
	const command = "attach_mvno_account"
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "it is updated, its new rate plan stays", given: hasNewPlan, when: command,
			data: `{"_id":"m1","ratePlan":"plan1","updating":true}`,
			then: facts{attached(planned(updating(sim("m1")), "mobile"))}},
		{name: "nothing new changes nothing", given: hasNewPlan, when: command, data: `{"_id":"m1","ratePlan":"plan1"}`},
		{name: "under deletion it gets no new rate plan", given: hasNewPlan, when: command,
			data: `{"_id":"m1","ratePlan":"plan1","state":"DELETING"}`,
			then: facts{events.RatePlanChangeCancelled{Account: "m1"}, attached(withState(sim("m1"), "DELETING"))}},
	})
}

func TestT2_ARatePlanChangesAtTheEndOfTheMonth(t *testing.T) {
	t.Parallel()
	mobile := func(account string) events.Event {
		return events.RatePlanChanged{Account: account, RatePlan: "mobile", From: day("2026-06-01")}
	}
	dropped := func(reason string) events.Event {
		return events.RatePlanChangeDropped{Account: "m1", RatePlan: "mobile", Reason: reason}
	}
	const midnight = "2026-05-31T22:00:00Z"
	waiting := hasNewPlan.and(attached(planned(updating(sim("m1")), "mobile")))
	checkPassing(t, []passing{
		{name: "not a second before local midnight", given: hasNewPlan, now: "2026-05-31T21:59:59Z", next: midnight},
		{name: "at local midnight of the first", given: hasNewPlan, now: midnight, then: facts{mobile("m1")}},
		{name: "before the product, at the same instant", given: hasNewPlan.and(change("large", "2026-06-01")), now: midnight,
			then: facts{mobile("m1"), events.ProductAssigned{Product: "large", From: day("2026-06-01")}}},
		{name: "of all its accounts", given: hasNewPlan.and(attached(sim("m2")), ratePlan("m2", "2026-06-01")), now: midnight,
			then: facts{mobile("m1"), mobile("m2")}},
		{name: "while its account is updated it waits, and is not due", given: waiting, now: "2026-06-05T10:00:00Z"},
		{name: "the others do not wait for it", given: waiting.and(attached(sim("m2")), ratePlan("m2", "2026-06-01")),
			now:  "2026-06-05T10:00:00Z",
			then: facts{mobile("m2")}},
		{name: "when the account is updated it comes, from its day",
			given: waiting.and(attached(planned(sim("m1"), "mobile"))),
			now:   "2026-06-05T10:00:00Z", then: facts{mobile("m1")}},
		{name: "not for an account under deletion", given: withBasic.and(attached(withState(sim("m1"), "DELETING")),
			ratePlan("m1", "2026-06-01")), now: midnight},
		{name: "an account that is gone and comes back keeps nothing of it",
			given: hasNewPlan.and(events.MvnoAccountDetached{ID: "m1"}, attached(sim("m1"))), now: midnight},
		{name: "what was withdrawn does not happen", given: hasNewPlan.and(events.RatePlanChangeCancelled{Account: "m1"}),
			now: midnight},
		{name: "a deletion on the first discards it at midnight (rule 18)",
			given: hasNewPlan.and(deletion("2026-06-01", false, true)), now: midnight,
			then: facts{dropped("DELETION")}, next: "2026-06-01T20:00:00Z"},
		{name: "a deletion on the second does not", given: hasNewPlan.and(deletion("2026-06-02", false, true)), now: midnight,
			then: facts{mobile("m1")}, next: "2026-06-02T20:00:00Z"},
		{name: "a plan that may not be assigned any more is dropped", given: hasNewPlan, now: midnight,
			then: facts{dropped("PRODUCT")},
			world: func(w domain.World) domain.World {
				return changed(w, "product/mobile", events.ProductPut{Type: "MVNO_RATEPLAN", Recurrence: "MONTHLY",
					End: day("2026-06-01")})
			}},
	})
}

package domain_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
)

const runNight = "nightly/2026-06-01"

// digest is a plan's.
var digest = strings.Repeat("5e", 32)

// plannedRun is the night's plan as an employee asked for it at noon.
func plannedRun(t tb, by string, breaches ...events.Breach) events.RunPlanned {
	return events.RunPlanned{Run: runNight, Kind: "nightly", BusinessDate: day("2026-06-01"),
		CatalogVersion: sampleCatalog().Version,
		Policy:         policyJSON(t), Digest: digest, PlannedAt: instant("2026-06-01T00:10:00Z"), PlannedBy: by,
		Person: by != "",
		Heads:  []events.ShardHead{{Shard: 0, Position: 7}}, Breaches: breaches, ChangedMax: 10}
}

// breach is a bound that a plan exceeds.
var breach = events.Breach{Bound: "run-max-lines", Limit: "5000", Found: "5001"}

func startedRun(t tb) events.RunStarted {
	return events.RunStarted{Run: runNight, Kind: "nightly", BusinessDate: day("2026-06-01"),
		CatalogVersion: sampleCatalog().Version,
		Policy:         policyJSON(t), Shards: []int32{0, 1}, Plan: digest, Changed: 3}
}

func TestStartRun_AsItWasPlanned(t *testing.T) {
	t.Parallel()
	const after = "2026-06-01T00:11:00Z"
	start := `{"kind":"nightly","businessDate":"2026-06-01","shards":[0,1],"plan":"` + digest + `","changed":3}`
	plan, outside := plannedRun(t, ""), plannedRun(t, "", breach)
	approved := events.RunApproved{Digest: digest, Reason: "seen", ApprovedBy: "e7"}
	other, newer := plan, plan
	other.Policy, newer.CatalogVersion = json.RawMessage(`{"timezone":"Europe/London"}`), plan.CatalogVersion+1
	started := startedRun(t)
	checkRows(t, "run/"+runNight, "run.", []row{
		{name: "with its policy and catalog", at: after, given: facts{plan}, when: "start", data: start,
			then: facts{started}},
		{name: "by a clock that is a little ahead too", at: "2026-05-31T12:00:00Z", given: facts{plan},
			when: "start", data: start, then: facts{started}},
		{name: "a second start changes nothing", at: after, given: facts{plan, started}, when: "start", data: start},
		{name: "without a plan it does not", at: after, when: "start", data: start, code: "409 plan: The run has no plan"},
		{name: "nor by an older plan", at: after, given: facts{plan},
			when: "start", data: strings.ReplaceAll(start, digest, "0"),
			code: "409 plan: The newest plan of the run is another one: " + digest},
		{name: "nor by a plan under another policy", at: after, given: facts{other}, when: "start", data: start,
			code: "409 plan: The plan was made under another policy than the workers have"},
		{name: "nor by one that knows more of the catalog", at: after, given: facts{newer}, when: "start", data: start,
			code: fmt.Sprintf("409 plan: The plan was made with version %d of the catalog, which ends at %d",
				newer.CatalogVersion, plan.CatalogVersion)},
		{name: "nor when more have changed than may", at: after, given: facts{plan},
			when: "start", data: strings.ReplaceAll(start, ":3}", ":11}"),
			code: "409 plan: 11 employees have changed since the plan, at most 10 may: plan again"},
		{name: "nor outside its bounds", at: after, given: facts{outside}, when: "start", data: start,
			code: "409 plan: The plan exceeds 1 bounds and needs an approval, the first is run-max-lines"},
		{name: "unless it is approved", at: after, given: facts{outside, approved}, when: "start", data: start,
			then: facts{started}},
		{name: "an approval of another plan does not count", at: after, given: facts{events.RunApproved{Digest: "0"},
			outside}, when: "start", data: start,
			code: "409 plan: The plan exceeds 1 bounds and needs an approval, the first is run-max-lines"},
		{name: "nor when the plan is older than a day", at: "2026-06-02T00:10:01Z", given: facts{plan},
			when: "start", data: start,
			code: "409 plan: The plan is older than a day: plan again, or have it approved"},
		{name: "an approved one may be older", at: "2026-06-02T10:00:00Z", given: facts{plan, approved},
			when: "start", data: start, then: facts{started}},
		{name: "a date far ahead is refused", given: facts{plan}, when: "start", data: start,
			code: "422 businessDate: is in the future"},
		{name: "another date is refused", given: facts{plan},
			when: "start", data: `{"kind":"nightly","businessDate":"2026-06-02"}`,
			code: "422 businessDate: does not belong to the run nightly/2026-06-01"},
		{name: "and so is none", given: facts{plan}, when: "start", data: `{"kind":"nightly"}`,
			code: "422 businessDate: does not belong to the run nightly/2026-06-01"},
		{name: "whoever is no ADMIN starts nothing", by: events.Actor{AccessLevel: "RESELLER_ADMIN"},
			at: after, given: facts{plan}, when: "start", data: start,
			code: "403 access_denied: Insufficient access level"},
	})
}

func TestPlanRun_RecordsAPlan(t *testing.T) {
	t.Parallel()
	const at = "2026-06-01T00:10:00Z"
	command := func(token string) string {
		plan := plannedRun(t, "")
		raw, err := json.Marshal(domain.PlanRun{RunKind: "nightly", BusinessDate: plan.BusinessDate,
			CatalogVersion: plan.CatalogVersion,
			Policy:         plan.Policy, Digest: digest, Heads: plan.Heads, ChangedMax: 10, Token: token})
		require.NoError(t, err)
		return string(raw)
	}
	byToken := plannedRun(t, "token ab12")
	unknown := plannedRun(t, "")
	unknown.Person = true
	later := plannedRun(t, "e7")
	later.PlannedAt = instant("2026-06-01T00:20:00Z")
	checkRows(t, "run/"+runNight, "run.", []row{
		{name: "by an employee", by: events.Actor{Employee: "e7", AccessLevel: "ADMIN"},
			at: at, when: "plan", data: command(""), then: facts{plannedRun(t, "e7")}},
		{name: "by a token without one", at: at, when: "plan", data: command("ab12"), then: facts{byToken}},
		{name: "by another of whom it cannot be told who it is", at: at, when: "plan", data: command(""),
			then: facts{unknown}},
		{name: "the same again later is newer", by: events.Actor{Employee: "e7", AccessLevel: "ADMIN"},
			at:    "2026-06-01T00:20:00Z",
			given: facts{plannedRun(t, "e7")}, when: "plan", data: command(""), then: facts{later}},
		{name: "not after it has started", at: at, given: facts{plannedRun(t, ""), startedRun(t)},
			when: "plan", data: command(""),
			code: "409 run: The run has started already"},
		{name: "not for a date far ahead", when: "plan", data: command(""), code: "422 businessDate: is in the future"},
		{name: "not without a digest", at: at, when: "plan", data: `{"kind":"nightly","businessDate":"2026-06-01"}`,
			code: "422 digest: is SHA-256 in hex"},
	})
}

func TestPlanRun_IsApprovedByAnotherThanPlannedIt(t *testing.T) {
	t.Parallel()
	admin := func(employee string) events.Actor { return events.Actor{Employee: employee, AccessLevel: "ADMIN"} }
	yes := func(token string) string {
		return `{"digest":"` + digest + `","reason":"seen","token":"` + token + `"}`
	}
	approved := func(by string) events.RunApproved {
		return events.RunApproved{Digest: digest, Reason: "seen", ApprovedBy: by}
	}
	unknown := plannedRun(t, "")
	unknown.Person = true
	given := facts{plannedRun(t, "e7", breach)}
	checkRows(t, "run/"+runNight, "run.", []row{
		{name: "another employee may", by: admin("e8"), given: given, when: "approve", data: yes(""),
			then: facts{approved("e8")}},
		{name: "and a token that names none", by: admin(""), given: given, when: "approve", data: yes("cd34"),
			then: facts{approved("token cd34")}},
		{name: "the same employee may not", by: admin("e7"), given: given, when: "approve", data: yes(""),
			code: "403 access_denied: A plan is approved by another ADMIN than planned it"},
		{name: "nor with another token of the employee", by: admin("e7"), given: given, when: "approve", data: yes("cd34"),
			code: "403 access_denied: A plan is approved by another ADMIN than planned it"},
		{name: "nor may the same token", by: admin(""), given: facts{plannedRun(t, "token cd34", breach)},
			when: "approve", data: yes("cd34"),
			code: "403 access_denied: A plan is approved by another ADMIN than planned it"},
		{name: "nor another of whom it cannot be told", by: admin(""), given: given, when: "approve", data: yes(""),
			code: "403 access_denied: Approver is unknown: use a token"},
		{name: "nor can it be approved where it cannot be told who planned", by: admin("e8"), given: facts{unknown},
			when: "approve", data: yes(""),
			code: "403 access_denied: Planner is unknown: plan again with a token"},
		{name: "what Tenure planned any ADMIN approves", by: admin("e7"), given: facts{plannedRun(t, "", breach)},
			when: "approve", data: yes(""),
			then: facts{approved("e7")}},
		{name: "a lower level does not", by: events.Actor{Employee: "e8", AccessLevel: "RESELLER_ADMIN"},
			given: given, when: "approve", data: yes(""),
			code: "403 access_denied: Insufficient access level"},
		{name: "another digest is refused", by: admin("e8"), given: given, when: "approve",
			data: `{"digest":"0","reason":"seen"}`,
			code: "409 digest: The newest plan of the run is another one: " + digest},
		{name: "a reason is needed", by: admin("e8"), given: given, when: "approve", data: `{"digest":"` + digest + `"}`,
			code: "422 reason: is required"},
		{name: "without a plan there is nothing to approve", by: admin("e8"), when: "approve", data: yes(""),
			code: "404 run: The run has no plan"},
		{name: "after the start it comes too late", by: admin("e8"), given: given.and(startedRun(t)), when: "approve",
			data: yes(""),
			code: "409 run: The run has started already"},
	})
	s := replay(t, "run/"+runNight, given...)
	w := at(noon)
	w.Actor = scheduler
	_, err := order(s, w, "run.approve.v1", yes(""))
	assert.Equal(t, "403 access_denied: A run is approved by an operator", refusal(t, err),
		"Tenure does not approve what it planned")
}

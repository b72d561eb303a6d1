package domain_test

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
)

func TestRun_Ends(t *testing.T) {
	t.Parallel()
	plan, started := plannedRun(t, ""), startedRun(t)
	total := events.ControlTotal{Ledger: "CUSTOMER", Currency: "DKK", Lines: 2,
		Amount: events.NewMoney(decimal.RequireFromString("300"), 2)}
	result := domain.RunResult{Examined: 3, Billed: 2, NotBilled: 1, Documents: 1, Totals: []events.ControlTotal{total},
		Shards:   []events.ShardTotals{{Shard: 1, FirstPosition: 5, LastPosition: 9, Totals: []events.ControlTotal{total}}},
		Previous: "4d4d"}
	read := func(w *domain.World) { w.Result = &result }
	ended := func(abandoned bool) events.RunCompleted {
		e := events.RunCompleted{Run: runNight, Kind: "nightly", BusinessDate: day("2026-06-01"), Examined: 3, Billed: 2,
			NotBilled: 1, Documents: 1,
			Totals: result.Totals, Shards: result.Shards, Abandoned: abandoned, Previous: "4d4d"}
		hash, err := domain.RunHash(e)
		require.NoError(t, err)
		e.Hash = hash
		return e
	}
	abandoned := events.RunAbandoned{Run: runNight, BusinessDate: day("2026-06-01"), Shards: []int32{0, 1},
		Reason: "wrong prices"}
	checkRows(t, "run/"+runNight, "run.", []row{
		{name: "a completion closes it", given: facts{plan, started}, when: "complete", world: read,
			then: facts{ended(false)}},
		{name: "a second completion changes nothing", given: facts{plan, started, ended(false)},
			when: "complete", world: read},
		{name: "a completion before the start is refused", given: facts{plan}, when: "complete", world: read,
			code: "404 run: Run not found"},
		{name: "what a message says of it is not believed", given: facts{plan, started}, when: "complete", world: read,
			data: `{"examined":99,"billed":99,"totals":[],"shards":[]}`, then: facts{ended(false)}},
		{name: "before its shards are through it is refused for the time being", given: facts{plan, started},
			when:  "complete",
			world: func(w *domain.World) { w.Result = &domain.RunResult{NotReady: "It is not through"} },
			code:  "409 not_ready: It is not through"},
		{name: "behind a halt it is refused for the time being", given: facts{plan, started}, when: "complete",
			world: func(w *domain.World) { w.Result, w.InvoicingHalted = &result, true },
			code:  "409 not_ready: Invoicing is halted: send the command again, with a new id, when it is resumed"},
		{name: "which an abandoned run does not wait for", given: facts{plan, started, abandoned}, when: "complete",
			world: func(w *domain.World) { w.Result, w.InvoicingHalted = &result, true }, then: facts{ended(true)}},
		{name: "a run is abandoned", given: facts{plan, started}, when: "abandon", data: `{"reason":"wrong prices"}`,
			then: facts{abandoned}},
		{name: "and then says what it did", given: facts{plan, started, abandoned}, when: "complete", world: read,
			then: facts{ended(true)}},
		{name: "one that is abandoned is not abandoned again", given: facts{plan, started, abandoned},
			when: "abandon", data: `{"reason":"again"}`},
		{
			name:  "nor is one that is complete",
			given: facts{plan, started, ended(false)},
			when:  "abandon",
			data:  `{"reason":"late"}`,
			code:  "409 run: The run is complete",
		},
		{name: "nor one that has not started", given: facts{plan}, when: "abandon", data: `{"reason":"early"}`,
			code: "404 run: Run not found"},
		{name: "nor without a reason", given: facts{plan, started}, when: "abandon", data: `{}`,
			code: "422 reason: is required"},
	})
	one, two := ended(false), ended(false)
	two.Previous = ""
	hash, err := domain.RunHash(two)
	require.NoError(t, err)
	assert.NotEqual(t, one.Hash, hash, "what went before is in the hash")
}

func TestHalt_AndResume(t *testing.T) {
	t.Parallel()
	halted := func(scopes ...string) events.RunsHalted { return events.RunsHalted{Scopes: scopes, Reason: "look"} }
	resumed := func(scopes ...string) events.RunsResumed { return events.RunsResumed{Scopes: scopes, Reason: "fine"} }
	halt := func(scope string) string { return `{"scope":"` + scope + `","reason":"look"}` }
	resume := func(scope string) string { return `{"scope":"` + scope + `","reason":"fine"}` }
	checkRows(t, "halt/runs", "run.", []row{
		{name: "invoicing alone", when: "halt", data: halt("invoicing"), then: facts{halted("invoicing")}},
		{name: "everything", when: "halt", data: halt("all"), then: facts{halted("invoicing", "deletions")}},
		{name: "what is not halted yet", given: facts{halted("invoicing")}, when: "halt", data: halt("all"),
			then: facts{halted("deletions")}},
		{name: "what is halted stays so", given: facts{halted("deletions")}, when: "halt", data: halt("deletions")},
		{
			name:  "all of it goes on",
			given: facts{halted("invoicing", "deletions")},
			when:  "resume",
			data:  resume("all"),
			then:  facts{resumed("invoicing", "deletions")},
		},
		{name: "a part of it goes on", given: facts{halted("invoicing", "deletions")},
			when: "resume", data: resume("deletions"), then: facts{resumed("deletions")}},
		{name: "what is not halted does not go on", when: "resume", data: resume("all")},
		{name: "a reason is needed", when: "halt", data: `{"scope":"all"}`, code: "422 reason: is required"},
		{name: "and one to go on", when: "resume", data: `{"scope":"all"}`, code: "422 reason: is required"},
		{
			name: "a report is no reason",
			when: "halt",
			data: `{"scope":"all","reason":"` + strings.Repeat("x", 1001) + `"}`,
			code: "422 reason: has at most 1000 bytes",
		},
		{name: "there are no other scopes", when: "halt", data: halt("presence"),
			code: "422 scope: is one of invoicing, deletions, all"},
		{
			name: "an OWNER halts nothing",
			by:   events.Actor{AccessLevel: "OWNER"},
			when: "halt",
			data: halt("all"),
			code: "403 access_denied: Insufficient access level",
		},
	})
	_, err := order(replay(t, "halt/others"), at(noon), "run.halt.v1", halt("all"))
	assert.Equal(t, "404 halt: The only subject of halts is runs", refusal(t, err))
	assert.JSONEq(t, `{"reasons":{"deletions":"look"}}`, state(t, replay(t, "halt/runs", halted("invoicing", "deletions"),
		resumed("invoicing"))))
}

func TestHalt_DeletionsWaitAndEverythingElseContinues(t *testing.T) {
	t.Parallel()
	given := withBasic.and(deletion("2026-05-31", false, false), change("large", "2026-06-01"))
	e := employee(t, given...)
	w := at("2026-06-02T10:00:00Z")
	w.DeletionsHalted = true
	got := e.Advance(w)
	require.Len(t, got, 1, "the product gives way to the deletion of the day before, which waits")
	assert.Equal(t, events.ProductChangeDropped{Product: "large", Reason: "DELETION"}, got[0])
	fold(e, got...)
	assert.Equal(t, instant("2026-05-31T20:00:00Z"), e.NextDue(w), "it stays due, so that it is found afterwards")
	assert.Empty(t, e.Advance(w))
	assert.True(t, e.DeletesBy(w.Now))
	got, err := order(e, w, "employee.cancel_deletion.v1", `{}`)
	require.NoError(t, err)
	assert.Equal(t, []events.Event{events.DeletionCancelled{}}, got, "which is what deletions are halted for")

	w.DeletionsHalted = false
	fold(e, e.Advance(w)...)
	assert.Equal(t, domain.StateDeleted, e.State, "the others are deleted when it goes on")
	assert.False(t, e.DeletesBy(w.Now))
}

func TestHalt_DeletionsRequestNothingAgain(t *testing.T) {
	t.Parallel()
	e := employee(t, isDeleting...)
	w := at("2026-05-30T20:00:00Z")
	due := e.NextDue(w)
	require.True(t, due.Before(w.Now))
	w.DeletionsHalted = true
	assert.Empty(t, e.Advance(w))
	assert.Equal(t, due, e.NextDue(w))
	w.DeletionsHalted = false
	assert.NotEmpty(t, e.Advance(w))
}

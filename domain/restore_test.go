package domain_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
)

// The deletion of isDeleting was due on 10 May at 20:00 UTC.
const (
	withinThirtyDays = "2026-06-09T20:00:00Z"
	afterThirtyDays  = "2026-06-09T20:00:01Z"
)

func TestT5_AnAccountDeletedByMistakeIsRestoredWithin30Days(t *testing.T) {
	t.Parallel()
	const command, m1 = "restore_mvno_account", `{"_id":"m1"}`
	gone := events.EmployeeDeleted{Date: day("2026-05-10")}
	phone, mobile := events.ExtensionDeleted{ID: "x1"}, events.MvnoAccountDeleted{ID: "m1"}
	// Its porting is cancelled and its new rate plan cleared; its state is what it was.
	back := events.MvnoAccountRestored{Account: events.MvnoAccount{ID: "m1", State: "ACTIVE", NumberState: "IN_USE",
		RatePlan: "plan1"}}
	dead := isDeleting.and(phone, mobile, gone)
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "of one who is deleted", given: dead, when: command, data: m1, then: facts{back}},
		{name: "on the last day", given: dead, at: withinThirtyDays, when: command, data: m1, then: facts{back}},
		{name: "after it", given: dead, at: afterThirtyDays, when: command, data: m1,
			code: "409 mvnoAccounts: The account was deleted more than 30 days ago"},
		{name: "again changes nothing", given: dead.and(back), when: command, data: m1},
		{name: "again changes nothing after the 30 days either", given: dead.and(back), at: afterThirtyDays,
			when: command, data: m1},
		{name: "while its deletion waits for it, it waits no more for it", given: isDeleting, when: command, data: m1,
			then: facts{back}},
		{name: "where nothing else is waited for it is deleted", given: isDeleting.and(phone), when: command, data: m1,
			then: facts{back, gone}},
		{name: "confirmed, while something else is waited for", given: isDeleting.and(mobile), when: command, data: m1,
			then: facts{back}},
		{name: "one that was not deleted changes nothing", given: hasSim, when: command, data: m1},
		{name: "one that nobody knows", given: dead, when: command, data: `{"_id":"m9"}`,
			code: "404 mvnoAccounts: MVNO account not found"},
		{
			name: "one that was only unlinked",
			given: withBasic.and(account("m1"), deletion("2026-05-10", false, false),
				events.DeletionStarted{Date: day("2026-05-10")},
				events.MvnoAccountDetached{ID: "m1"}, gone),
			when: command,
			data: m1,
			code: "404 mvnoAccounts: MVNO account not found",
		},
		{name: "of one who does not exist", when: command, data: m1, code: notFound},
	})
}

func TestT5_ABlockedAccountComesBackBlocked(t *testing.T) {
	t.Parallel()
	e := employee(t, withBasic.and(attached(withState(sim("m1"), "BLOCKED")), deletion("2026-05-10", false, true),
		events.DeletionStarted{Date: day("2026-05-10")}, events.MvnoDeletionRequested{ID: "m1", Attempt: 1})...)
	require.Equal(t, "DELETING", e.Accounts[0].State)
	got, err := order(e, at(noon), "employee.restore_mvno_account.v1", `{"_id":"m1"}`)
	require.NoError(t, err)
	wantFacts(t, got, events.MvnoAccountRestored{Account: withState(sim("m1"), "BLOCKED")},
		events.EmployeeDeleted{Date: day("2026-05-10")})
}

func TestT5_ARestoredAccountIsNotAskedForAgainAndItsDeletionGoesOn(t *testing.T) {
	t.Parallel()
	e := employee(t, isDeleting...)
	got, err := order(e, at(noon), "employee.restore_mvno_account.v1", `{"_id":"m1"}`)
	require.NoError(t, err)
	fold(e, got...)
	assert.Empty(t, e.Accounts, "it lives on without an employee")
	wantFacts(t, e.Advance(at("2026-05-11T20:00:00Z")), events.ExtensionDeletionRequested{ID: "x1", Attempt: 2})

	got, err = order(e, at(noon), "employee.confirm_mvno_account_deleted.v1", `{"_id":"m1"}`)
	require.NoError(t, err)
	assert.Empty(t, got, "a confirmation that comes too late changes nothing")
	got, err = order(e, at(noon), "employee.confirm_extension_deleted.v1", `{"_id":"x1"}`)
	require.NoError(t, err)
	fold(e, got...)
	assert.Equal(t, domain.StateDeleted, e.State)
	assert.Empty(t, e.Accounts)
}

func TestT5_PortingIsCancelledInEitherDirection(t *testing.T) {
	t.Parallel()
	for _, porting := range []string{"PORTING_IN", "PORTING_OUT"} {
		a := planned(sim("m1"), "mobile")
		a.NumberState = porting
		e := employee(t, withBasic.and(attached(a), ratePlan("m1", "2026-06-01"), deletion("2026-05-12", false, true))...)
		fold(e, e.Advance(at("2026-05-12T20:00:00Z"))...)
		assert.Equal(t, []events.MvnoAccount{withState(sim("m1"), "DELETING")}, e.Accounts, porting)
		assert.Empty(t, e.RatePlans, "the new rate plan is cleared")
		assert.Equal(t, []string{"m1"}, e.Deletion.Accounts)
	}
}

func TestT5_ARefusalIsRememberedAndAskedAgain(t *testing.T) {
	t.Parallel()
	const command = "refuse_deletion"
	refused := events.DeletionRefused{ID: "m1", Reason: "The number is being ported"}
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "by the provider", given: isDeleting, when: command,
			data: `{"_id":"m1","reason":"The number is being ported"}`, then: facts{refused}},
		{name: "again changes nothing", given: isDeleting.and(refused), when: command,
			data: `{"_id":"m1","reason":"The number is being ported"}`},
		{name: "of what is not waited for changes nothing", given: isDeleting, when: command,
			data: `{"_id":"m9","reason":"x"}`},
		{name: "of one who is not being deleted changes nothing", given: hasSim, when: command,
			data: `{"_id":"m1","reason":"x"}`},
		{name: "without a reason", given: isDeleting, when: command, data: `{"_id":"m1"}`, code: "422 reason: is required"},
	})
	checkPassing(
		t,
		[]passing{{name: "it is asked again after a day", given: isDeleting.and(events.ExtensionDeleted{ID: "x1"}, refused),
			now:  "2026-05-11T20:00:00Z",
			then: facts{events.MvnoDeletionRequested{ID: "m1", Attempt: 2}}, next: "2026-05-12T20:00:00Z"}},
	)
}

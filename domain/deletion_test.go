package domain_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tenure/domain"
	"tenure/events"
)

const (
	beingDeleted = "409 state: Employee is being deleted"
	notFound     = "404 employee: Employee not found"
)

func TestScheduleDeletion(t *testing.T) {
	t.Parallel()
	const command = "schedule_deletion"
	scheduled := withBasic.and(deletion("2026-06-30", true, false))
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "at 20:00 UTC of the day, flags false unless given", given: withBasic, when: command,
			data: `{"deleteDate":"2026-06-30"}`,
			then: facts{deletion("2026-06-30", false, false)}},
		{name: "with flags", given: withBasic, when: command,
			data: `{"deleteDate":"2026-06-30","deleteExtensions":true,"deleteMvnoAccounts":true}`,
			then: facts{deletion("2026-06-30", true, true)}},
		{name: "the same again changes nothing", given: scheduled, when: command,
			data: `{"deleteDate":"2026-06-30","deleteExtensions":true}`},
		{name: "another flag is another deletion", given: scheduled, when: command,
			data: `{"deleteDate":"2026-06-30","deleteMvnoAccounts":true}`,
			then: facts{deletion("2026-06-30", false, true)}},
		{name: "another day replaces it", given: scheduled, when: command,
			data: `{"deleteDate":"2026-07-31","deleteExtensions":true}`,
			then: facts{deletion("2026-07-31", true, false)}},
		{name: "today", given: withBasic, when: command, data: `{"deleteDate":"2026-05-12"}`,
			then: facts{deletion("2026-05-12", false, false)}},
		{name: "two years ahead", given: withBasic, when: command, data: `{"deleteDate":"2028-05-12"}`,
			then: facts{deletion("2028-05-12", false, false)}},
		{name: "null cancels", given: scheduled, when: command, data: `{"deleteDate":null}`,
			then: facts{events.DeletionCancelled{}}},
		{name: "null without a deletion changes nothing", given: withBasic, when: command, data: `{"deleteDate":null}`},
		{name: "more than two years ahead", given: withBasic, when: command, data: `{"deleteDate":"2028-05-13"}`,
			code: "422 deleteDate: Delete date is too far in the future"},
		{name: "yesterday", given: withBasic, when: command, data: `{"deleteDate":"2026-05-11"}`,
			code: "422 deleteDate: Delete date is in the past"},
		{name: "one who is being deleted", given: isDeleting, when: command, data: `{"deleteDate":"2026-06-30"}`,
			code: beingDeleted},
		{name: "one who is deleted", given: isDeleted, when: command, data: `{"deleteDate":"2026-06-30"}`, code: notFound},
	})
}

func TestCancelDeletion(t *testing.T) {
	t.Parallel()
	checkRows(t, "employee/e1", "employee.", []row{
		{
			name:  "before its instant it stays",
			given: withBasic.and(deletion("2026-06-30", true, true)),
			when:  "cancel_deletion",
			then:  facts{events.DeletionCancelled{}},
		},
		{name: "without a deletion nothing changes", given: withBasic, when: "cancel_deletion"},
		{name: "after its instant it is too late", given: isDeleting, when: "cancel_deletion", code: beingDeleted},
		{name: "one who is deleted stays deleted", given: isDeleted, when: "cancel_deletion", code: notFound},
	})
}

func TestEmployee_Extensions(t *testing.T) {
	t.Parallel()
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "one is assigned", given: withBasic, when: "assign_extension", data: `{"_id":"x1","number":"100"}`,
			then: facts{extension("x1")}},
		{name: "the same again changes nothing", given: withBasic.and(extension("x1")), when: "assign_extension",
			data: `{"_id":"x1","number":"100"}`},
		{name: "what is known of it changes", given: withBasic.and(extension("x1")), when: "assign_extension",
			data: `{"_id":"x1","number":"101","name":"Desk"}`,
			then: facts{events.ExtensionAssigned{Extension: events.Extension{ID: "x1", Number: "101", Name: "Desk"}}}},
		{name: "without an id", given: withBasic, when: "assign_extension", data: `{"number":"100"}`,
			code: "422 _id: is required"},
		{name: "to one who is being deleted", given: isDeleting, when: "assign_extension", data: `{"_id":"x2"}`,
			code: beingDeleted},
		{name: "to one who does not exist", when: "assign_extension", data: `{"_id":"x2"}`, code: notFound},
		{name: "one is taken away", given: withBasic.and(extension("x1")), when: "unassign_extension", data: `{"_id":"x1"}`,
			then: facts{events.ExtensionUnassigned{ID: "x1"}}},
		{name: "one that it has not changes nothing", given: withBasic, when: "unassign_extension", data: `{"_id":"x1"}`},
		{name: "from one who is being deleted", given: isDeleting, when: "unassign_extension", data: `{"_id":"x1"}`,
			code: beingDeleted},
	})
}

func TestEmployee_MvnoAccounts(t *testing.T) {
	t.Parallel()
	plain := events.MvnoAccountAttached{Account: events.MvnoAccount{ID: "m1", State: "ACTIVE", NumberState: "IN_USE"}}
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "one is attached, active and in use unless it says otherwise", given: withBasic, when: "attach_mvno_account",
			data: `{"_id":"m1"}`,
			then: facts{plain}},
		{name: "the same again changes nothing", given: withBasic.and(plain), when: "attach_mvno_account",
			data: `{"_id":"m1"}`},
		{name: "everything as given", given: withBasic, when: "attach_mvno_account",
			data: `{"_id":"m1","numberState":"PORTING_IN","state":"ACTIVE","ratePlan":"plan1","newRatePlan":"plan2"}`,
			then: facts{account("m1")}},
		{name: "without an id", given: withBasic, when: "attach_mvno_account", data: `{}`, code: "422 _id: is required"},
		{name: "in an unknown state", given: withBasic, when: "attach_mvno_account", data: `{"_id":"m1","state":"LOST"}`,
			code: "422 state: LOST is not a state of an account"},
		{name: "with a number in an unknown state", given: withBasic, when: "attach_mvno_account",
			data: `{"_id":"m1","numberState":"LOST"}`,
			code: "422 numberState: LOST is not a state of a number"},
		{name: "to one who is being deleted", given: isDeleting, when: "attach_mvno_account", data: `{"_id":"m2"}`,
			code: beingDeleted},
		{name: "one is detached", given: withBasic.and(account("m1")), when: "detach_mvno_account", data: `{"_id":"m1"}`,
			then: facts{events.MvnoAccountDetached{ID: "m1"}}},
		{name: "one that it has not changes nothing", given: withBasic, when: "detach_mvno_account", data: `{"_id":"m1"}`},
		{name: "from one who is being deleted", given: isDeleting, when: "detach_mvno_account", data: `{"_id":"m1"}`,
			code: beingDeleted},
	})
}

func TestDeletion_Confirmations(t *testing.T) {
	t.Parallel()
	gone := events.EmployeeDeleted{Date: day("2026-05-10")}
	phone, mobile := events.ExtensionDeleted{ID: "x1"}, events.MvnoAccountDeleted{ID: "m1"}
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "the first of two leaves its waiting", given: isDeleting, when: "confirm_extension_deleted",
			data: `{"_id":"x1"}`, then: facts{phone}},
		{name: "in the other order too", given: isDeleting, when: "confirm_mvno_account_deleted", data: `{"_id":"m1"}`,
			then: facts{mobile}},
		{name: "the last deletes its, billed until the day of deletion", given: isDeleting.and(phone),
			when: "confirm_mvno_account_deleted",
			data: `{"_id":"m1"}`, then: facts{mobile, gone}},
		{name: "in the other order the last deletes its too", given: isDeleting.and(mobile),
			when: "confirm_extension_deleted", data: `{"_id":"x1"}`,
			then: facts{phone, gone}},
		{name: "a duplicate changes nothing", given: isDeleting.and(phone), when: "confirm_extension_deleted",
			data: `{"_id":"x1"}`},
		{name: "a duplicate of an account changes nothing", given: isDeleting.and(mobile),
			when: "confirm_mvno_account_deleted", data: `{"_id":"m1"}`},
		{name: "a duplicate after the last changes nothing", given: isDeleting.and(phone, mobile, gone),
			when: "confirm_mvno_account_deleted", data: `{"_id":"m1"}`},
		{name: "one that was not asked for changes nothing", given: withBasic.and(extension("x1")),
			when: "confirm_extension_deleted", data: `{"_id":"x1"}`},
		{name: "one that is not the employee's changes nothing", given: isDeleting, when: "confirm_extension_deleted",
			data: `{"_id":"x9"}`},
		{name: "of one who does not exist", when: "confirm_extension_deleted", data: `{"_id":"x1"}`, code: notFound},
		{name: "of an account of one who does not exist", when: "confirm_mvno_account_deleted", data: `{"_id":"m1"}`,
			code: notFound},
	})
}

func TestDeletion_TheEmployeeWaitsForNoProduct(t *testing.T) {
	t.Parallel()
	e := employee(t, withBasic.and(change("large", "2026-06-01"), deletion("2026-05-31", false, false))...)
	fold(e, e.Advance(at("2026-05-31T20:00:00Z"))...)
	assert.Equal(t, domain.StateDeleted, e.State)
	assert.Nil(t, e.NewProduct)
	assert.True(t, e.NextDue(at("2026-05-31T20:00:00Z")).IsZero())
}

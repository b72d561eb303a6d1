package scenario

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/projections"
)

func sentencesOfDeletion() []sentence {
	on := func(date string, more object) act {
		data := object{"deleteDate": date}
		for k, v := range more {
			data[k] = v
		}
		return act{tomorrow, "schedule_deletion", data, ""}
	}
	both := object{"deleteExtensions": true, "deleteMvnoAccounts": true}
	confirm := func(at, what, id string) act { return act{at, "confirm_" + what + "_deleted", object{"_id": id}, ""} }
	state := func(want string) func(*testing.T, projections.Employee) {
		return func(t *testing.T, e projections.Employee) {
			t.Helper()
			require.Equal(t, want, e.State)
		}
	}
	return []sentence{
		{name: "T4 the instant is 20:00:00 UTC on deleteDate", acts: []act{on("2026-11-10", nil), {at: "11-10 19:59:59"},
			{"11-10 19:59:59", "update", object{"name": "Sample employee 07"}, ""}, {at: "11-10 20:00:00"},
			{"11-10 20:00:00", "update", object{"name": "Sample employee 08"}, "404 employee Employee not found"}},
			then: state("DELETED")},
		{name: "T4 at most 2 years ahead", acts: []act{{tomorrow, "schedule_deletion", object{"deleteDate": "2028-10-22"},
			"422 deleteDate Delete date is too far in the future"}}, then: state("ENABLED")},
		{name: "T4 false means unlink, not keep", acts: []act{on("2026-11-10", nil)},
			then: state("DELETED"), also: written("deletion_started", "extension_unassigned", "mvno_account_detached",
				"deleted")},
		{
			name: "T4 flags are read when it executes",
			acts: []act{on("2026-11-10", both), {"11-09 08:00:00", "schedule_deletion", object{"deleteDate": "2026-11-10"}, ""}},
			then: state("DELETED"),
			also: written("extension_unassigned", "mvno_account_detached"),
		},
		{name: "T4 null before then cancels", acts: []act{on("2026-11-10", both), {"11-09 08:00:00", "schedule_deletion",
			object{"deleteDate": nil}, ""}},
			then: func(t *testing.T, e projections.Employee) {
				require.Equal(t, "ENABLED", e.State)
				require.Nil(t, e.Deletion)
				require.Len(t, e.Extensions, 1)
			}},
		{name: "T5 it is locked: its state stays, and nothing of its can be changed", acts: []act{on("2026-11-30", both),
			on("2026-11-10", both),
			{"11-10 20:00:01", "assign_extension", object{"_id": "x2"}, "409 state Employee is being deleted"}},
			then: state("ENABLED")},
		{
			name: "T5 extensions are deleted and accounts unlinked",
			acts: []act{on("2026-11-10", object{"deleteExtensions": true}), confirm("11-10 21:00:00", "extension", "x1")},
			then: state("DELETED"),
			also: written("mvno_account_detached", "extension_deletion_requested", "extension_deleted", "deleted"),
		},
		{name: "T5 accounts are requested: DELETING, porting cancelled, newRatePlan cleared", acts: []act{
			{tomorrow, "schedule_rate_plan_change", object{"_id": "m1", "newRatePlan": mobile}, ""}, on("2026-10-25", both)},
			then: func(t *testing.T, e projections.Employee) {
				require.Equal(t, []events.MvnoAccount{{ID: "m1", Number: "+4500000001", NumberState: "IN_USE", State: "DELETING",
					RatePlan: basic}}, e.Accounts)
			}},
		{name: "T5 confirmations arrive as commands, then it is DELETED", acts: []act{on("2026-11-10", both),
			confirm("11-11 08:00:00", "mvno_account", "m1"),
			confirm("11-11 09:00:00", "extension", "x1")}, then: state("DELETED"), also: written("mvno_account_deleted",
			"extension_deleted", "deleted")},
		{name: "T5 an account is restorable 30 days", acts: []act{on("2026-10-25", both),
			confirm("10-25 21:00:00", "mvno_account", "m1"),
			{"11-24 20:00:00", "restore_mvno_account", object{"_id": "m1"}, ""}},
			also: written("mvno_account_deleted", "mvno_account_restored")},
		{name: "T5 and not longer", acts: []act{on("2026-10-25", both), confirm("10-25 21:00:00", "mvno_account", "m1"),
			{"11-24 20:00:01", "restore_mvno_account", object{"_id": "m1"}, "409 mvnoAccounts The account was deleted more " +
				"than 30 days ago"}}},
		{name: "T5 unconfirmed after a day it is retried, after three it is visible",
			acts: []act{on("2026-11-10", object{"deleteExtensions": true}),
				{at: "11-10 20:00:00"}, {at: "11-11 20:00:00"}, {at: "11-12 20:00:00"}, {at: "11-13 20:00:00"}},
			then: func(t *testing.T, e projections.Employee) { require.True(t, e.Deletion.Stalled) },
			also: func(t *testing.T, s *system, n int) {
				require.Equal(t, []events.ExtensionDeletionRequested{{ID: "x1", Attempt: 1}, {ID: "x1", Attempt: 2},
					{ID: "x1", Attempt: 3}},
					happened[events.ExtensionDeletionRequested](s, n))
			}},
		{name: "T5 billing ends on the day of deleteDate, not of the confirmation",
			acts: []act{on("2026-11-10", object{"deleteExtensions": true}),
				confirm("11-20 08:00:00", "extension", "x1")}, then: state("DELETED"), also: func(t *testing.T, s *system, n int) {
				last := s.lines(n)[len(s.lines(n))-1]
				require.Equal(t, "2026-11-10", last.Period.To.String())
				require.Equal(t, "14.7", last.Amount.String(), "49.00 × 9/30")
			}},
	}
}

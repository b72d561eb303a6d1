package scenario

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/provider"
)

// staffed is a company with one employee, whose deletion on 15 November takes what it has along. October and November
// are billed.
func staffed(t *testing.T) *system {
	t.Helper()
	s := newSystem(t, "2026-10-01T08:00:00Z")
	s.startWorker()
	s.company()
	s.hire(1)
	s.goTo("2026-11-02T08:00:00Z")
	s.nights()
	s.order("employee.schedule_deletion.v1", employeeID(1), object{"deleteDate": "2026-11-15", "deleteExtensions": true,
		"deleteMvnoAccounts": true})
	return s
}

func TestDeletion_FromTheRequestToTheCredit(t *testing.T) {
	t.Parallel()
	s := staffed(t)
	s.answering(provider.Answer, 0)
	s.goTo("2026-11-15T19:59:00Z")
	require.Empty(t, happened[events.DeletionStarted](s, 1), "not a minute early")
	s.goTo("2026-11-15T20:00:30Z")
	s.eventually("it is deleted", func() bool { return len(happened[events.EmployeeDeleted](s, 1)) == 1 })
	e := s.document(1)
	require.Equal(t, "DELETED", e.State)
	require.Empty(t, e.Extensions)
	require.Empty(t, e.Accounts)

	s.goTo("2026-11-16T08:00:00Z")
	s.nights()
	lines := s.lines(1)
	credit := lines[len(lines)-1]
	require.Equal(t, billing.Credit, credit.Kind)
	require.Equal(t, "2026-11-15", credit.Period.From.String(), "billing ends on the day of deleteDate")
	require.Equal(t, "-26.13", credit.Amount.String(), "49.00 × 16/30")
	s.audited()
}

func TestDeletion_RejectsCommandsThatArriveMeanwhile(t *testing.T) {
	t.Parallel()
	s := staffed(t)
	s.goTo("2026-11-15T20:00:30Z")
	for _, late := range []struct {
		kind string
		data object
	}{
		{"employee.cancel_deletion.v1", nil},
		{"employee.schedule_deletion.v1", object{"deleteDate": nil}},
		{"employee.update.v1", object{"name": "Sample employee 99"}},
		{"employee.assign_extension.v1", object{"_id": "x2"}},
		{"employee.set_presence.v1", object{"state": "BUSY"}},
		{"employee.schedule_rate_plan_change.v1", object{"_id": "m1", "newRatePlan": mobile}},
	} {
		a := s.send(late.kind, employeeID(1), late.data)
		require.Equal(t, domain.StatusRejected, a.Status, late.kind)
		require.Equal(t, "409 state Employee is being deleted", code(a), late.kind)
	}
	e := s.document(1)
	require.Equal(t, "ENABLED", e.State, "its state stays until all is confirmed")
	require.True(t, e.Deletion.Started)
	require.Equal(t, []events.MvnoAccount{{ID: "m1", Number: "+4500000001", NumberState: "IN_USE", State: "DELETING",
		RatePlan: basic}}, e.Accounts,
		"its porting is cancelled")
}

func TestDeletion_NotConfirmedIsRequestedThreeTimesAndThenVisible(t *testing.T) {
	t.Parallel()
	s := staffed(t)
	silent := s.answering(provider.Silent, 0)
	attempts := func() (numbers []int) {
		for _, r := range happened[events.MvnoDeletionRequested](s, 1) {
			numbers = append(numbers, r.Attempt)
		}
		return numbers
	}
	s.goTo("2026-11-15T20:00:30Z")
	require.Equal(t, []int{1}, attempts())
	s.goTo("2026-11-16T20:00:30Z")
	require.Equal(t, []int{1, 2}, attempts(), "after a day")
	s.goTo("2026-11-17T20:00:30Z")
	require.Equal(t, []int{1, 2, 3}, attempts())
	s.goTo("2026-11-18T20:00:30Z")
	require.Equal(t, []events.DeletionStalled{{Extensions: []string{"x1"}, MvnoAccounts: []string{"m1"}}},
		happened[events.DeletionStalled](s, 1))
	require.True(t, s.document(1).Deletion.Stalled)
	s.goTo("2026-12-18T20:00:30Z")
	require.Equal(t, []int{1, 2, 3}, attempts(), "nobody is asked any more")

	silent()
	s.answering(provider.Answer, 0)
	s.eventually("when the provider comes back, the deletion continues", func() bool {
		return len(happened[events.EmployeeDeleted](s, 1)) == 1
	})
	require.Equal(t, "2026-11-15", happened[events.EmployeeDeleted](s, 1)[0].Date.String())
	s.audited()
}

func TestDeletion_ALateProviderIsAskedAgain(t *testing.T) {
	t.Parallel()
	s := staffed(t)
	s.answering(provider.Answer, 30*time.Hour)
	s.goTo("2026-11-15T20:00:30Z")
	s.goTo("2026-11-16T20:00:30Z")
	require.Empty(t, happened[events.MvnoAccountDeleted](s, 1))
	require.Len(t, happened[events.MvnoDeletionRequested](s, 1), 2)
	s.goTo("2026-11-17T02:00:30Z")
	s.eventually("it is deleted", func() bool { return len(happened[events.EmployeeDeleted](s, 1)) == 1 })
	require.Empty(t, happened[events.DeletionStalled](s, 1))
	s.audited()
}

func TestDeletion_ARefusalIsSeenWithItsReason(t *testing.T) {
	t.Parallel()
	s := staffed(t)
	s.answering(provider.Refuse, 0)
	s.goTo("2026-11-15T20:00:30Z")
	s.eventually("both are refused", func() bool { return len(happened[events.DeletionRefused](s, 1)) == 2 })
	const reason = "The simulated provider refuses every deletion"
	require.Equal(t, map[string]string{"x1": reason, "m1": reason}, s.document(1).Deletion.Refused)
	s.goTo("2026-11-18T20:00:30Z")
	require.True(t, s.document(1).Deletion.Stalled)
	require.Equal(t, "ENABLED", s.document(1).State)
}

func TestAccount_IsRestoredWithin30DaysAndNotAfter(t *testing.T) {
	t.Parallel()
	s := staffed(t)
	s.hire(2)
	s.order("employee.schedule_deletion.v1", employeeID(2), object{"deleteDate": "2026-11-15", "deleteExtensions": true,
		"deleteMvnoAccounts": true})
	s.answering(provider.Answer, 0)
	s.goTo("2026-11-15T20:00:30Z")
	s.eventually("both are deleted", func() bool {
		return len(happened[events.EmployeeDeleted](s, 1))+len(happened[events.EmployeeDeleted](s, 2)) == 2
	})
	s.goTo("2026-12-15T20:00:00Z")
	s.order("employee.restore_mvno_account.v1", employeeID(1), object{"_id": "m1"})
	require.Equal(t, "m1", happened[events.MvnoAccountRestored](s, 1)[0].Account.ID)
	s.goTo("2026-12-15T20:00:01Z")
	require.Equal(t, "409 mvnoAccounts The account was deleted more than 30 days ago",
		code(s.send("employee.restore_mvno_account.v1", employeeID(2), object{"_id": "m1"})))
	s.audited()
}

func TestDeletion_CancelledBeforeTheInstantRestoresAll(t *testing.T) {
	t.Parallel()
	s := staffed(t)
	before, billed := s.document(1), s.lines(1)
	s.goTo("2026-11-15T19:59:59Z")
	s.order("employee.cancel_deletion.v1", employeeID(1), nil)
	s.goTo("2026-11-20T08:00:00Z")
	s.nights()
	after := s.document(1)
	require.Nil(t, after.Deletion)
	before.Deletion, before.Position, after.Position = nil, 0, 0
	before.Hash = after.Hash // of a document that has the deletion
	require.Equal(t, before, after)
	require.Len(t, billed, 4, "October and November, of the product and of the account's rate plan")
	require.Equal(t, billed, s.lines(1), "nothing is credited, and nothing billed again")
}

// code says why a command was refused.
func code(a domain.Outcome) string {
	if a.Error == nil {
		return a.Status
	}
	return joined(a.Error.Status, a.Error.Code, a.Error.Message)
}

package domain_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// ended is an employee with an addon that ended long ago and was billed since.
func ended(t *testing.T) *domain.Employee {
	t.Helper()
	old := addon("a1", "phone", "2024-01-01")
	old.Addon.Terminate = day("2024-02-01")
	e := employee(t, withBasic.and(old)...)
	lines, _ := run(t, e, night("2026-05-01"))
	require.Contains(t, lines[0], "CHARGE a1 phone 2024-01-01–2024-01-31")
	require.Len(t, e.Addons, 1, "the run that bills it leaves it")
	return e
}

func TestSettledAddons_LeaveTheState(t *testing.T) {
	t.Parallel()
	e := ended(t)
	run(t, e, night("2026-06-01"))
	require.Empty(t, e.Addons)
	require.Equal(t, []domain.EndedAddon{{ID: "a1", End: day("2024-02-01")}}, e.Ended)
	for i := range e.Billed.Blocks {
		require.NotEqual(t, "a1", e.Billed.Blocks[i].Source)
	}
	lines, _ := run(t, e, night("2026-07-01"))
	require.Len(t, lines, 1, "nothing of it is billed again")

	w := at("2026-07-02T10:00:00Z")
	w.Actor = events.Actor{Customer: "c1", AccessLevel: "ADMIN"}
	for _, row := range []struct{ name, command, data, code, decided string }{
		{"a reply that is sent back", "update",
			`{"addonProducts":[{"_id":"a1","product":"phone","start":"2024-01-01","terminate":"2024-02-01"}]}`, "", ""},
		{"added again in its days", "add_addon", `{"_id":"a1","product":"phone","start":"2024-01-15"}`,
			"409 addonProducts._id: The employee has an addon product with this id already", ""},
		{"a second rental", "add_addon", `{"_id":"a1","product":"phone","start":"2026-07-01"}`, "",
			"employee.addon_added.v1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c, err := domain.DecodeCommand("employee."+row.command+".v1", []byte(row.data))
			require.NoError(t, err)
			decided, err := e.Decide(c, w)
			if row.code != "" {
				require.Equal(t, row.code, refusal(t, err))
				return
			}
			require.NoError(t, err)
			types := ""
			for _, event := range decided {
				types += event.EventType()
			}
			require.Equal(t, row.decided, types)
		})
	}
}

func TestSettledAddons_StayWhereTheyDecideWhatIsIncluded(t *testing.T) {
	t.Parallel()
	e := ended(t)
	w := night("2026-06-01")
	w = changed(w, "product/basic", events.ProductPut{Type: "PBX_USER", Recurrence: "MONTHLY",
		IncludedProducts: []events.Included{{Product: "phone", Amount: billing.One}}})
	run(t, e, w)
	require.Len(t, e.Addons, 1)
}

func TestLines_NameTheEventsThatTheyComeFrom(t *testing.T) {
	t.Parallel()
	e := employee(t, withBasic.and(addon("a1", "phone", "2026-05-01"))...)
	fold(e, events.EmployeeUpdated{}, events.AddonUpdated{ID: "a1", Effective: day("2026-05-10"), Units: price("2")},
		events.BillingCustomerChanged{BillingCustomer: "c2", Effective: day("2026-06-01")})
	decided, _, err := e.Invoice(night("2026-06-01"), "nightly/2026-06-01", day("2026-06-01"))
	require.NoError(t, err)
	bySource := map[string][]string{}
	for _, event := range decided {
		if invoiced, ok := event.(events.EmployeeInvoiced); ok {
			for _, l := range invoiced.Lines {
				bySource[l.Source] = l.Events
			}
		}
	}
	n := len(withBasic)
	require.Equal(t, []string{place("employee.addon_added.v1", n+1), place("employee.addon_updated.v1", n+3),
		place("employee.billing_customer_changed.v1", n+4)}, bySource["a1"])
	require.Contains(t, bySource[billing.ProductSource], place("employee.billing_customer_changed.v1", n+4))

	for range 20 {
		fold(e, events.AddonTerminated{ID: "a1", Terminate: day("2026-07-01")})
	}
	for _, c := range e.Causes {
		assert.LessOrEqual(t, len(c.Events), 8)
	}
}

func TestInvoice_HoldsWhoeverAHeldCustomerWouldPayOrGetBack(t *testing.T) {
	t.Parallel()
	e := employee(t, withBasic.and(addon("a1", "phone", "2026-05-01"))...)
	fold(e, events.BillingCustomerChanged{BillingCustomer: "c2"})
	run(t, e, night("2026-05-01"))
	fold(e, events.BillingCustomerChanged{BillingCustomer: "c1", Effective: day("2026-05-10")})
	w := changed(night("2026-05-12"), "customer/c2", events.CustomerBillingHeld{Reason: "disputed"})
	lines, why := run(t, e, w)
	require.Equal(t, []string{"HELD CUSTOMER_HOLD"}, lines, "what c2 gets back")
	require.Equal(t, &domain.NotBilled{Reason: "CUSTOMER_HOLD", Detail: "disputed"}, why)
}

// place is how a line names an event.
func place(eventType string, version int) string { return fmt.Sprintf("%s@%d", eventType, version) }

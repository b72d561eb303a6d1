package projections_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

func TestEmployers_OfEmployees(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	other := feedtest.Created(2)
	other.Customer, other.Reseller = "customer-2", "reseller-2"
	j.Append(3, feedtest.Of(feedtest.Employee(1), feedtest.Created(1))...)
	j.Append(4, feedtest.Of(feedtest.Employee(2), other, events.EmployeeDeleted{Date: billing.MustDate("2026-03-10")})...)
	project(t, db, projections.Directory{})
	first, second, nobody := "000000000000000000000001", "000000000000000000000002", "000000000000000000000003"
	found, err := projections.EmployersOf(t.Context(), db, []string{first, second, nobody, first})
	require.NoError(t, err)
	require.Equal(t, map[string]projections.Employer{
		first:  {Customer: "customer-1", Reseller: "reseller-1"},
		second: {Customer: "customer-2", Reseller: "reseller-2"},
	}, found, "deleted ones are someone's still, and nobody is nobody's")
	found, err = projections.EmployersOf(t.Context(), db, nil)
	require.NoError(t, err)
	require.Empty(t, found)
}

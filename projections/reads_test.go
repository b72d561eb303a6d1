package projections_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

// company writes employees 1 to 5 of customer-1 and 6 and 7 of customer-2, both of reseller-1, and 8 of another
// reseller's customer-3; employee 2 is deleted.
func company(t *testing.T) *feedtest.Database {
	t.Helper()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	for n := 1; n <= 8; n++ {
		created := feedtest.Created(n)
		switch {
		case n == 8:
			created.Customer, created.Reseller = "customer-3", "reseller-2"
		case n > 5:
			created.Customer = "customer-2"
		}
		j.Append(store.ShardID(n%3), feedtest.Of(feedtest.Employee(n), created)...)
	}
	j.Append(store.ShardID(2), feedtest.Of(feedtest.Employee(2), events.EmployeeDeleted{Date: day("2026-04-01")})...)
	project(t, db, projections.Directory{})
	project(t, db, projections.Directory{})
	return db
}

// numbers names employees by the number they were made from.
func numbers(all []projections.Employee) []int64 {
	found := make([]int64, len(all))
	for i, e := range all {
		found[i] = e.Number / 1024
	}
	return found
}

func TestEmployees_OfACustomerComeByIDInPages(t *testing.T) {
	t.Parallel()
	db := company(t)
	for _, row := range []struct {
		name  string
		asked projections.EmployeesQuery
		page  []int64
		total int64
	}{
		{"all that are not deleted", projections.EmployeesQuery{Customer: "customer-1"}, []int64{1, 3, 4, 5}, 4},
		{"with the deleted ones", projections.EmployeesQuery{Customer: "customer-1", IncludeDeleted: true},
			[]int64{1, 2, 3, 4, 5}, 5},
		{"the first page knows how many there are in all", projections.EmployeesQuery{Customer: "customer-1", Limit: 2},
			[]int64{1, 3}, 4},
		{"the next begins behind it", projections.EmployeesQuery{Customer: "customer-1", Offset: 2, Limit: 2},
			[]int64{4, 5}, 4},
		{"behind the end there is nothing", projections.EmployeesQuery{Customer: "customer-1", Offset: 9}, []int64{}, 4},
		{"an offset below zero is the beginning", projections.EmployeesQuery{Customer: "customer-1", Offset: -3, Limit: 1},
			[]int64{1}, 4},
		{"a limit below zero is the most there may be", projections.EmployeesQuery{Customer: "customer-1", Limit: -1},
			[]int64{1, 3, 4, 5}, 4},
		{"a customer whom nobody knows has none", projections.EmployeesQuery{Customer: "customer-9"}, []int64{}, 0},
	} {
		page, total, err := projections.EmployeesOf(t.Context(), db, row.asked)
		require.NoError(t, err, row.name)
		assert.Equal(t, row.page, numbers(page), row.name)
		assert.Equal(t, row.total, total, row.name)
	}
}

func TestEmployees_AreReadWithinTheReachOfACaller(t *testing.T) {
	t.Parallel()
	db := company(t)
	for _, row := range []struct {
		name  string
		asked projections.EmployeesWithin
		page  []int64
		total int64
	}{
		{"of all customers", projections.EmployeesWithin{}, []int64{1, 3, 4, 5, 6, 7, 8}, 7},
		{"of a reseller's customers", projections.EmployeesWithin{Reseller: "reseller-1"}, []int64{1, 3, 4, 5, 6, 7}, 6},
		{"of one customer", projections.EmployeesWithin{Customer: "customer-2"}, []int64{6, 7}, 2},
		{"of a customer of the reseller", projections.EmployeesWithin{Customer: "customer-2", Reseller: "reseller-1"},
			[]int64{6, 7}, 2},
		{"of a customer of another reseller there is nobody", projections.EmployeesWithin{Customer: "customer-3",
			Reseller: "reseller-1"}, []int64{}, 0},
		{"with the deleted ones, in pages", projections.EmployeesWithin{IncludeDeleted: true, Offset: 1, Limit: 2},
			[]int64{2, 3}, 8},
	} {
		page, total, err := projections.EmployeesIn(t.Context(), db, row.asked)
		require.NoError(t, err, row.name)
		assert.Equal(t, row.page, numbers(page), row.name)
		assert.Equal(t, row.total, total, row.name)
	}
}

func TestEmployees_ADeletedOneIsFoundByIDAndNumber(t *testing.T) {
	t.Parallel()
	db := company(t)
	e, found, err := projections.EmployeeByID(t.Context(), db, feedtest.Employee(2)[len("employee/"):])
	require.NoError(t, err)
	require.True(t, found)
	assert.Equal(t, "DELETED", e.State)
	p, found, err := projections.PersonByNumber(t.Context(), db, e.Number)
	require.NoError(t, err)
	require.True(t, found)
	assert.Equal(t, e.ID, p.ID)
	_, found, err = projections.EmployeeByID(t.Context(), db, "nobody")
	require.NoError(t, err)
	assert.False(t, found)
	_, found, err = projections.PersonByNumber(t.Context(), db, 4711)
	require.NoError(t, err)
	assert.False(t, found)
}

func TestDocuments_OfAPayerComeByReferenceInPages(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	shard := store.ShardOf(store.FamilyBilling, 1)
	for month := 1; month <= 5; month++ {
		stream, issued := feedtest.Issued(billing.Customer, "customer-1", fmt.Sprintf("2026-%02d", month))
		j.Append(shard, feedtest.Of(stream, issued)...)
	}
	project(t, db, projections.Documents{})
	var refs []string
	for after := ""; ; {
		page, err := projections.DocumentsOfPayer(t.Context(), db, "customer-1", after, 2)
		require.NoError(t, err)
		for _, d := range page {
			refs = append(refs, d.Ref[:len("2026-01")])
			after = d.Ref
		}
		if len(page) < 2 {
			break
		}
	}
	assert.Equal(t, []string{"2026-01", "2026-02", "2026-03", "2026-04", "2026-05"}, refs)
	of, err := projections.DocumentsOfRun(t.Context(), db, "nightly/2026-03-01", "", 10)
	require.NoError(t, err)
	require.Len(t, of, 1, "each of another run")
	of, err = projections.DocumentsOfRun(t.Context(), db, "nightly/2026-03-01", of[0].Ref, 10)
	require.NoError(t, err)
	assert.Empty(t, of, "behind the last there is none")
}

func TestLines_ContinueBehindAPlace(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	for _, month := range []string{"2026-03", "2026-04", "2026-05"} {
		j.Append(6, feedtest.Of(feedtest.Employee(1), feedtest.Invoiced(1, month))...)
	}
	project(t, db, projections.Lines{})
	type reader func(after projections.LinePlace, limit int) ([]projections.Line, error)
	for name, row := range map[string]struct {
		read reader
		want int
	}{
		"of an employee": {func(after projections.LinePlace, limit int) ([]projections.Line, error) {
			return projections.LinesOfEmployee(t.Context(), db, feedtest.Employee(1)[len("employee/"):], after, limit)
		}, 9},
		"of a document": {func(after projections.LinePlace, limit int) ([]projections.Line, error) {
			return projections.LinesOfDocument(t.Context(), db, "2026-04/CUSTOMER/customer-1/DKK", after, limit)
		}, 1},
		"of a run": {func(after projections.LinePlace, limit int) ([]projections.Line, error) {
			return projections.LinesOfRun(t.Context(), db, "nightly/2026-05-01", after, limit)
		}, 3},
		"of a run that never was": {func(after projections.LinePlace, limit int) ([]projections.Line, error) {
			return projections.LinesOfRun(t.Context(), db, "nightly/1999-01-01", after, limit)
		}, 0},
	} {
		seen := map[string]int{}
		var after projections.LinePlace
		for {
			page, err := row.read(after, 2)
			require.NoError(t, err, name)
			require.LessOrEqual(t, len(page), 2, name)
			for _, l := range page {
				seen[l.ID.String()]++
				after = l.LinePlace
			}
			if len(page) == 0 {
				break
			}
		}
		assert.Len(t, seen, row.want, name)
	}
}

func TestReads_EachProjectionRefusesWhatIsNotItsOwn(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	foreign := []events.Recorded{{Stream: "product/p-1", Version: 1, Event: events.ProductPut{}}}
	for _, p := range projections.All() {
		assert.False(t, p.Wants((events.ProductPut{}).EventType()), p.Name())
		assert.Error(t, p.Write(t.Context(), db, foreign, &pgx.Batch{}), p.Name())
	}
}

func TestReads_AMissingDocumentSaysWhatToRun(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	late := []events.Recorded{{Stream: feedtest.Employee(1), Version: 5, Event: events.BillingReleased{}}}
	err := projections.Directory{}.Write(t.Context(), db, late, &pgx.Batch{})
	assert.ErrorContains(t, err, "tenure projection list and tenure audit")
}

package projections_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

func TestLines_AreFoundByIDDocumentEmployeeAndRun(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	for n := range 5 {
		j.Append(3, feedtest.Of(feedtest.Employee(n), feedtest.Created(n), feedtest.Invoiced(n, "2026-03"),
			feedtest.Invoiced(n, "2026-04"))...)
	}
	j.Append(4, feedtest.Of(feedtest.Employee(9), feedtest.Created(9), feedtest.Invoiced(9, "2026-04"))...)
	project(t, db, projections.Lines{})

	made := feedtest.Invoiced(2, "2026-04").Lines[1]
	line, found, err := projections.LineByID(t.Context(), db, made.ID)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, made, line.Line)
	require.Equal(t, "nightly/2026-04-01", line.Run)
	require.Equal(t, projections.LinePlace{Shard: 3, Position: 9, Ordinal: 1}, line.LinePlace)

	made = feedtest.Invoiced(4, "2026-03").Lines[0]
	line, found, err = projections.LineByID(t.Context(), db, made.ID)
	require.NoError(t, err)
	require.True(t, found, "of an earlier run")
	require.Equal(t, made, line.Line)

	_, found, err = projections.LineByID(t.Context(), db, uuid.New())
	require.NoError(t, err)
	require.False(t, found, "a line that was never made")

	of, err := projections.LinesOfDocument(t.Context(), db, "2026-04/CUSTOMER/customer-1/DKK", projections.LinePlace{}, 0)
	require.NoError(t, err)
	require.Len(t, of, 6)
	of, err = projections.LinesOfEmployee(t.Context(), db, made.Employee, projections.LinePlace{}, 0)
	require.NoError(t, err)
	require.Len(t, of, 6)
	require.Equal(t, billing.MustDate("2026-03-01"), of[0].Period.From, "oldest first")
	again(t, db, projections.Lines{}, "lines")
}

func TestLines_OfARunComeInPagesThatMeet(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	for n := range 7 {
		j.Append(3, feedtest.Of(feedtest.Employee(n), feedtest.Invoiced(n, "2026-03"))...)
		j.Append(5, feedtest.Of(feedtest.Employee(100+n), feedtest.Invoiced(100+n, "2026-03"))...)
	}
	project(t, db, projections.Lines{})
	var after projections.LinePlace
	seen := map[uuid.UUID]bool{}
	for {
		page, err := projections.LinesOfRun(t.Context(), db, "nightly/2026-03-01", after, 4)
		require.NoError(t, err)
		for _, l := range page {
			seen[l.ID] = true
			after = l.LinePlace
		}
		if len(page) < 4 {
			break
		}
	}
	require.Len(t, seen, 2*7*3, "no line twice, none left out")
}

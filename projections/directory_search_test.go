package projections_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/events"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

func TestDirectorySearch_HasParametersOnly(t *testing.T) {
	t.Parallel()
	const quote = `'; DROP TABLE directory; --`
	compare := func(c projections.Column, o projections.Operator, v any) projections.Condition {
		return projections.Condition{Column: c, Operator: o, Value: v}
	}
	// Each row: a condition, what it becomes behind the customer, and its parameters.
	for _, row := range []struct {
		condition projections.Condition
		sql       string
		args      []any
	}{
		{projections.Condition{}, ``, nil},
		{compare(projections.ColumnNumber, projections.Equal, int64(7)), `number = $2::bigint`, []any{int64(7)}},
		{compare(projections.ColumnEmail, projections.Equal, quote), `email = $2::text`, []any{quote}},
		{compare(projections.ColumnEmail, projections.Equal, nil), `email IS NULL`, nil},
		{compare(projections.ColumnEmail, projections.Unequal, nil), `email IS NOT NULL`, nil},
		{compare(projections.ColumnEmail, projections.Unequal, "x"), `email IS DISTINCT FROM $2::text`, []any{"x"}},
		{compare(projections.ColumnCallsAvailable, projections.Equal, true), `calls_available = $2::boolean`, []any{true}},
		{compare(projections.ColumnLastName, projections.GreaterOrEqual, "x"), `last_name >= $2::text`, []any{"x"}},
		{compare(projections.ColumnLastName, projections.In, []string{quote}), `last_name = ANY($2::text[])`,
			[]any{[]string{quote}}},
		{compare(projections.ColumnNumber, projections.In, []int64{1}), `number = ANY($2::bigint[])`, []any{[]int64{1}}},
		{compare(projections.ColumnFullName, projections.Like, "a_b"), `full_name = $2::text`, []any{"a_b"}},
		{compare(projections.ColumnFullName, projections.Like, `%a_\b%`), `full_name LIKE $2::text`, []any{`%a\_\\b%`}},
		{compare(projections.ColumnFullName, projections.Like, `a%`),
			`(full_name LIKE $2::text AND full_name >= $3::text AND full_name < $4::text)`,
			[]any{"a%", "a", "a\U0010FFFF"}},
		{compare(projections.ColumnLastName, projections.Equal, "a"),
			`(last_name = $2::text AND full_name >= $3::text AND full_name < $4::text)`,
			[]any{"a", "a", "a\U0010FFFF"}},
		{compare(projections.ColumnLastName, projections.Like, `a%`),
			`(last_name LIKE $2::text AND full_name >= $3::text AND full_name < $4::text)`,
			[]any{"a%", "a", "a\U0010FFFF"}},
		{compare(projections.ColumnFullName, projections.Regexp, quote), `full_name ~ $2::text`, []any{"(?e)" + quote}},
		{projections.Condition{Column: projections.ColumnExtension, Operator: projections.JSONExists,
			Path: []string{`a"b`, quote}},
			`jsonb_path_exists(extension, $2::jsonpath)`, []any{`$."a\"b"."` + quote + `"`}},
		{projections.Condition{Column: projections.ColumnPhoneNumbers, Operator: projections.JSONEqual, Path: []string{"a"},
			Value: json.RawMessage(`"x"`)},
			`jsonb_path_exists(phone_numbers, $2::jsonpath, $3::jsonb)`, []any{`$."a" ? (@ == $value)`, `{"value":"x"}`}},
		{projections.Condition{Any: []projections.Condition{compare(projections.ColumnNumber, projections.Less, int64(1)),
			{All: []projections.Condition{compare(projections.ColumnNumber, projections.Greater, int64(2)),
				compare(projections.ColumnNoText, projections.Equal, "x")}}}},
			`(number < $2::bigint OR (number > $3::bigint AND NULL::text = $4::text))`, []any{int64(1), int64(2), "x"}},
		{compare(projections.ColumnNumber, "unheard of", int64(1)), `false`, nil},
	} {
		page, count, args := projections.Search{
			Customer: "c",
			Where:    row.condition,
			Sort:     []projections.Order{{Column: projections.ColumnEmail, Descending: true}},
		}.SQL()
		want := ""
		if row.sql != "" {
			want = " AND " + row.sql
		}
		require.True(t, strings.HasSuffix(count, "state <> 'DELETED'"+want), "%s\n%s", want, count)
		require.Contains(t, page, want+"\nORDER BY email DESC, number + 0 OFFSET ")
		require.Equal(t, append([]any{"c"}, row.args...), args)
		require.NotContains(t, page, "DROP")
	}
}

// directoryOf folds a few employees of two customers.
func directoryOf(t *testing.T) *feedtest.Database {
	t.Helper()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	for n := range 6 {
		created := feedtest.Created(n)
		created.Customer = fmt.Sprintf("customer-%d", n%2)
		created.Reseller = fmt.Sprintf("reseller-%d", n/4)
		created.Personal = events.Attributes{
			"name":         json.RawMessage(fmt.Sprintf(`"Sample %d"`, n)),
			"emailAddress": json.RawMessage(fmt.Sprintf(`"E%d@sample.example"`, n)),
		}
		j.Append(1, feedtest.Of(feedtest.Employee(n), created)...)
	}
	j.Append(1, feedtest.Of(feedtest.Employee(4), events.EmployeeDeleted{})...)
	project(t, db, projections.Directory{})
	project(t, db, projections.Directory{})
	return db
}

func TestDirectorySearch_PagesByReach(t *testing.T) {
	t.Parallel()
	db := directoryOf(t)
	for _, row := range []struct {
		query  projections.EmployeesWithin
		total  int64
		onPage int
	}{
		{projections.EmployeesWithin{}, 5, 5}, {projections.EmployeesWithin{IncludeDeleted: true}, 6, 6},
		{projections.EmployeesWithin{Limit: 2, Offset: 4}, 5, 1},
		{projections.EmployeesWithin{Customer: "customer-0"}, 2, 2}, {projections.EmployeesWithin{Reseller: "reseller-0"},
			4, 4},
		{projections.EmployeesWithin{Customer: "customer-1", Reseller: "reseller-1"}, 1, 1},
		{projections.EmployeesWithin{Customer: "nobody"}, 0, 0},
		{projections.EmployeesWithin{Reseller: "reseller-1", IncludeDeleted: true, Offset: -1}, 2, 2},
	} {
		page, total, err := projections.EmployeesIn(t.Context(), db, row.query)
		require.NoError(t, err)
		require.Equal(t, row.total, total, "%+v", row.query)
		require.Len(t, page, row.onPage, "%+v", row.query)
	}
}

func TestDirectorySearch_ByPartOfTheLogin(t *testing.T) {
	t.Parallel()
	db := directoryOf(t)
	find := func(q projections.PeopleQuery) (uids []string) {
		people, err := projections.PeopleOf(t.Context(), db, q)
		require.NoError(t, err)
		for _, p := range people {
			uids = append(uids, p.UID)
		}
		return uids
	}
	require.Equal(t, []string{"E0@sample.example", "E2@sample.example"},
		find(projections.PeopleQuery{Customer: "customer-0"}))
	require.Equal(t, []string{"E2@sample.example"},
		find(projections.PeopleQuery{Customer: "customer-0", UID: "e2@SAMPLE"}))
	require.Len(t, find(projections.PeopleQuery{Customer: "customer-0", IncludeDeleted: true}), 3)
	require.Empty(t, find(projections.PeopleQuery{Customer: "customer-0", UID: "%"}))
	_, ok, err := projections.PersonByNumber(t.Context(), db, -1)
	require.NoError(t, err)
	require.False(t, ok)
}

func TestNames_AreSplitAtTheirLastWord(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][3]string{
		"": {}, "  ": {}, "One": {"", "One", "One"}, "One Two": {"One", "Two", "Two One"},
		" One  Two Three ": {"One Two", "Three", "Three One Two"},
	} {
		first, last, full := projections.SplitName(name)
		require.Equal(t, want, [3]string{first, last, full}, name)
	}
}

func TestStatus_IsThePresenceInOtherWords(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	states := map[string]string{
		"AVAILABLE":     "available",
		"BUSY":          "do_not_disturb",
		"OUT_OF_OFFICE": "not_at_workplace",
		"OFF_WORK":      "not_at_work",
		"HOLIDAY":       "not_at_work",
		"":              "unknown",
	}
	modes := map[string]string{"ALWAYS": "all", "NEVER": "off", "DEMAND": "off", "": ""}
	n := 0
	for state := range states {
		for mode := range modes {
			created := feedtest.Created(n)
			created.Personal = events.Attributes{"name": json.RawMessage(fmt.Sprintf(`"%s. %s."`, state, mode))}
			created.Attributes = events.Attributes{"recording": json.RawMessage(fmt.Sprintf(`{"mode":%q}`, mode))}
			facts := []events.Event{created}
			if state != "" {
				facts = append(facts, events.PresenceChanged{Since: time.Now(), Presence: events.Presence{State: state}})
			}
			j.Append(1, feedtest.Of(feedtest.Employee(n), facts...)...)
			n++
		}
	}
	project(t, db, projections.Directory{})
	found, _, err := projections.SearchDirectory(t.Context(), db, projections.Search{Customer: "customer-1"})
	require.NoError(t, err)
	require.Len(t, found, n)
	for _, f := range found {
		state, mode := strings.TrimSuffix(*f.First, "."), strings.TrimSuffix(*f.Last, ".")
		require.Equal(t, states[state], f.Status)
		require.Equal(t, state == "", f.Available == nil)
		require.Equal(t, modes[mode] == "", f.Recording == nil)
	}
}

func TestInstants_AreReadInBothFormsAndWrittenInOne(t *testing.T) {
	t.Parallel()
	for given, written := range map[string]string{
		`"2026-10-30"`: `"2026-10-30T00:00:00.000Z"`, `"2026-10-30T12:00:00.5+02:00"`: `"2026-10-30T10:00:00.500Z"`,
	} {
		var at contract.Instant
		require.NoError(t, json.Unmarshal([]byte(given), &at))
		raw, err := json.Marshal(at)
		require.NoError(t, err)
		require.Equal(t, written, string(raw))
	}
	require.Error(t, json.Unmarshal([]byte(`"tomorrow"`), new(contract.Instant)))
}

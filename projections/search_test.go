package projections_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

// searchable writes five employees of customer-1, of whom the fifth is deleted, and one of another customer.
func searchable(t *testing.T) *feedtest.Database {
	t.Helper()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	since := time.Date(2026, 4, 2, 9, 30, 0, 0, time.UTC)
	told := func(name, email string) events.EmployeeUpdated {
		u := events.EmployeeUpdated{Personal: events.Attributes{"name": json.RawMessage(fmt.Sprintf("%q", name))}}
		if email != "" {
			u.Personal["emailAddress"] = json.RawMessage(fmt.Sprintf("%q", email))
		}
		return u
	}
	present := func(state string) events.Event {
		return events.PresenceChanged{Presence: events.Presence{State: state}, Cause: "COMMAND", Since: since}
	}
	mobile := func(number, state string) events.Event {
		return events.MvnoAccountAttached{Account: events.MvnoAccount{ID: "m-" + number, Number: number, State: state}}
	}
	for n, more := range [][]events.Event{
		1: {told("Sample Alpha", "alpha@sample.example"), present("AVAILABLE"), mobile("+4500000001", "ACTIVE"),
			events.ExtensionAssigned{Extension: events.Extension{ID: "x-1", Number: "101"}}},
		2: {told("Sample Beta", "beta_100%@sample.example"), present("BUSY"), mobile("+4500000002", "BLOCKED")},
		3: {told("Sample middle Gamma", ""), present("HOLIDAY"), mobile("", "CREATING")},
		4: {told("Alone", "gamma@sample.example"),
			events.EmployeeUpdated{Attributes: events.Attributes{"recording": json.RawMessage(`{"mode":"ALWAYS"}`)}}},
		5: {events.EmployeeDeleted{Date: day("2026-04-01")}},
	} {
		if n > 0 {
			j.Append(3, feedtest.Of(feedtest.Employee(n), append([]events.Event{feedtest.Created(n)}, more...)...)...)
		}
	}
	other := feedtest.Created(6)
	other.Customer = "customer-2"
	j.Append(3, feedtest.Of(feedtest.Employee(6), other)...)
	project(t, db, projections.Directory{})
	return db
}

// one is a comparison.
func one(c projections.Column, op projections.Operator, value any, path ...string) projections.Condition {
	return projections.Condition{Column: c, Operator: op, Value: value, Path: path}
}

// found runs a search and names employees by the number they were made from.
func found(t *testing.T, db *feedtest.Database, s projections.Search) ([]int64, int64) {
	t.Helper()
	s.Customer = "customer-1"
	page, total, err := projections.SearchDirectory(t.Context(), db, s)
	require.NoError(t, err)
	all := make([]int64, len(page))
	for i, f := range page {
		all[i] = f.Number / 1024
	}
	return all, total
}

func TestSearch_FindsWhatItsConditionSays(t *testing.T) {
	t.Parallel()
	db := searchable(t)
	for _, row := range []struct {
		name  string
		where projections.Condition
		want  []int64
	}{
		{"without a condition everybody who is not deleted", projections.Condition{}, []int64{1, 2, 3, 4}},
		{"a text that is equal", one(projections.ColumnLastName, projections.Equal, "Beta"), []int64{2}},
		{"a text in another case is not", one(projections.ColumnLastName, projections.Equal, "beta"), []int64{}},
		{"a name of one word is a last name", one(projections.ColumnFirstName, projections.Equal, nil), []int64{4}},
		{"all words but the last are the first name", one(projections.ColumnFirstName, projections.Equal, "Sample middle"),
			[]int64{3}},
		{"nobody told an address", one(projections.ColumnEmail, projections.Equal, nil), []int64{3}},
		{"someone has one", one(projections.ColumnEmail, projections.Unequal, nil), []int64{1, 2, 4}},
		{"unequal finds those who have none too", one(projections.ColumnEmail, projections.Unequal, "alpha@sample.example"),
			[]int64{2, 3, 4}},
		{"% stands for any text", one(projections.ColumnEmail, projections.Like, "%gamma%"), []int64{4}},
		{"an underscore stands for itself", one(projections.ColumnEmail, projections.Like, "beta_%"), []int64{2}},
		{"and not for any character", one(projections.ColumnEmail, projections.Like, "alph_%"), []int64{}},
		{"a pattern without % is the whole text", one(projections.ColumnLastName, projections.Like, "Alpha"), []int64{1}},
		{"a regular expression", one(projections.ColumnEmail, projections.Regexp, "^(alpha|gamma)@"), []int64{1, 4}},
		{"a number between two others", projections.Condition{All: []projections.Condition{
			one(projections.ColumnNumber, projections.Greater, int64(1025)),
			one(projections.ColumnNumber, projections.LessOrEqual, int64(3*1024+1))}}, []int64{2, 3}},
		{"one of a list of numbers", one(projections.ColumnNumber, projections.In, []int64{1025, 4097, 5121}), []int64{1, 4}},
		{"one of a list of texts", one(projections.ColumnStatus, projections.In, []string{"available", "not_at_work"}),
			[]int64{1, 3}},
		{"whose presence was never set is unknown", one(projections.ColumnStatus, projections.Equal, "unknown"), []int64{4}},
		{"who takes calls", one(projections.ColumnCallsAvailable, projections.Equal, true), []int64{1}},
		{"of whom it is not known", one(projections.ColumnCallsAvailable, projections.Equal, nil), []int64{4}},
		{"whose calls are recorded", one(projections.ColumnCallRecording, projections.Equal, "all"), []int64{4}},
		{"a number among its phones", one(projections.ColumnPhoneNumbers, projections.JSONEqual, "+4500000002",
			"phone_number"), []int64{2}},
		{"a phone that does not work", one(projections.ColumnPhoneNumbers, projections.JSONEqual, "inactive", "status"),
			[]int64{2}},
		{"who has an extension", one(projections.ColumnExtension, projections.JSONExists, nil, "extension_phone_number"),
			[]int64{1}},
		{"a key with a quote in it is a key and no statement", one(projections.ColumnExtension, projections.JSONExists, nil,
			`a"] || true`), []int64{}},
		{"a value with a quote in it is a value", one(projections.ColumnLastName, projections.Equal, "' OR true --"),
			[]int64{}},
		{"either of two", projections.Condition{Any: []projections.Condition{
			one(projections.ColumnLastName, projections.Equal, "Alpha"), one(projections.ColumnLastName, projections.Equal,
				"Alone")}}, []int64{1, 4}},
		{"a tree of both", projections.Condition{All: []projections.Condition{
			one(projections.ColumnEmail, projections.Unequal, nil),
			{Any: []projections.Condition{one(projections.ColumnStatus, projections.Equal, "unknown"),
				one(projections.ColumnStatus, projections.Equal, "do_not_disturb")}},
		}}, []int64{2, 4}},
		{"what nobody tells us is null", one(projections.ColumnNoText, projections.Equal, nil), []int64{1, 2, 3, 4}},
		{"and equals nothing", one(projections.ColumnNoNumber, projections.Equal, int64(1)), []int64{}},
	} {
		got, total := found(t, db, projections.Search{Where: row.where})
		assert.Equal(t, row.want, got, row.name)
		assert.EqualValues(t, len(row.want), total, row.name)
	}
}

func TestSearch_IsSortedAndPaged(t *testing.T) {
	t.Parallel()
	db := searchable(t)
	for _, row := range []struct {
		name  string
		asked projections.Search
		want  []int64
	}{
		{"by a column", projections.Search{Sort: []projections.Order{{Column: projections.ColumnLastName}}},
			[]int64{4, 1, 2, 3}},
		{"the other way round", projections.Search{Sort: []projections.Order{{Column: projections.ColumnLastName,
			Descending: true}}}, []int64{3, 2, 1, 4}},
		{"by number where the columns are equal",
			projections.Search{Sort: []projections.Order{{Column: projections.ColumnNoText}}}, []int64{1, 2, 3, 4}},
		{"a page", projections.Search{Offset: 1, Limit: 2}, []int64{2, 3}},
		{"a page behind the end", projections.Search{Offset: 10, Limit: 2}, []int64{}},
		{"an offset below zero is the beginning", projections.Search{Offset: -1, Limit: 1}, []int64{1}},
	} {
		got, total := found(t, db, row.asked)
		assert.Equal(t, row.want, got, row.name)
		assert.EqualValues(t, 4, total, "%s: of all that were found", row.name)
	}
}

func TestSearch_ThatCannotBeDoneSaysWhy(t *testing.T) {
	t.Parallel()
	db := searchable(t)
	_, _, err := projections.SearchDirectory(t.Context(), db, projections.Search{Customer: "customer-1",
		Where: one(projections.ColumnEmail, projections.Regexp, "(")})
	require.ErrorIs(t, err, projections.ErrSearchPattern)
	_, _, err = projections.SearchDirectory(t.Context(), db, projections.Search{Customer: "customer-1",
		Within: time.Minute})
	require.NoError(t, err)
}

func TestSearch_ByAPartOfTheLoginName(t *testing.T) {
	t.Parallel()
	db := searchable(t)
	for _, row := range []struct {
		name  string
		asked projections.PeopleQuery
		want  []int64
	}{
		{"in any case", projections.PeopleQuery{UID: "GAMMA@"}, []int64{4}},
		{"% is no pattern there", projections.PeopleQuery{UID: "100%"}, []int64{2}},
		{"by login name, those without one first", projections.PeopleQuery{}, []int64{3, 1, 2, 4}},
		{"with the deleted ones", projections.PeopleQuery{IncludeDeleted: true}, []int64{3, 5, 1, 2, 4}},
		{"nobody", projections.PeopleQuery{UID: "delta"}, []int64{}},
	} {
		row.asked.Customer = "customer-1"
		people, err := projections.PeopleOf(t.Context(), db, row.asked)
		require.NoError(t, err, row.name)
		got := make([]int64, len(people))
		for i, p := range people {
			got[i] = p.Number / 1024
		}
		assert.Equal(t, row.want, got, row.name)
	}
}

func TestDirectory_IsReadOfTheCustomersOwnOnly(t *testing.T) {
	t.Parallel()
	db := searchable(t)
	id := func(n int) string { return feedtest.Employee(n)[len("employee/"):] }
	for _, row := range []struct {
		name string
		ids  []string
		want []string
	}{
		{"all that are not deleted", nil, []string{id(1), id(2), id(3), id(4)}},
		{"some, by id", []string{id(3), id(1)}, []string{id(1), id(3)}},
		{"a deleted one is not there", []string{id(5)}, nil},
		{"nor one of another customer", []string{id(6)}, nil},
		{"none is none and not all", []string{}, nil},
	} {
		entries, err := projections.DirectoryOf(t.Context(), db, projections.DirectoryQuery{Customer: "customer-1",
			IDs: row.ids})
		require.NoError(t, err, row.name)
		var got []string
		for _, e := range entries {
			got = append(got, e.ID)
			assert.True(t, json.Valid(e.Entry) && json.Valid(e.Extensions), row.name)
			assert.Nil(t, e.Activity, "other systems told nothing")
		}
		assert.Equal(t, row.want, got, row.name)
	}
}

func TestName_IsSplitAtItsLastWord(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][3]string{
		"Sample middle Gamma": {"Sample middle", "Gamma", "Gamma Sample middle"},
		"Alone":               {"", "Alone", "Alone"},
		"  Sample \t Blank  ": {"Sample", "Blank", "Blank Sample"},
		"":                    {"", "", ""},
	} {
		first, last, full := projections.SplitName(name)
		assert.Equal(t, want, [3]string{first, last, full}, "%q", name)
	}
}

func TestPresence_IsPublishedWithoutWhatHasNoValue(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 5, 20, 14, 0, 0, 0, time.FixedZone("", 2*3600))
	for _, row := range []struct {
		name  string
		given *events.Presence
		want  string
	}{
		{"none was ever set", nil, `null`},
		{"a state alone", &events.Presence{State: "BUSY"}, `{"state":"BUSY"}`},
		{"its end is in UTC", &events.Presence{State: "BUSY", Expire: &until},
			`{"state":"BUSY","expire":"2026-05-20T12:00:00.000Z"}`},
		{"texts stand beside it", &events.Presence{State: "MEETING", OriginalState: "AVAILABLE",
			Personal: events.PresencePersonal{Location: "Room 1", Message: "Back soon", OriginalMessage: "Here"}},
			`{"state":"MEETING","originalState":"AVAILABLE","location":"Room 1","message":"Back soon","originalMessage":"Here"}`},
	} {
		raw, err := json.Marshal(projections.PublishedPresence(row.given))
		require.NoError(t, err)
		assert.JSONEq(t, row.want, string(raw), row.name)
	}
}

package projections_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/events"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

func TestDirectory_ShowsWhatAHistoryLeaves(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	appendInPages(j, 7, aLife(1))
	id := feedtest.Employee(1)[len("employee/"):]
	since := time.Date(2026, 4, 2, 9, 30, 0, 125_000_000, time.UTC)
	j.Append(7, feedtest.Of(
		feedtest.Employee(1),
		events.EmployeeUpdated{
			Personal: events.Attributes{"name": json.RawMessage(`"Sample middle employee"`),
				"emailAddress": json.RawMessage(`"one@sample.example"`)},
			Attributes: events.Attributes{"recording": json.RawMessage(`{"mode":"DEMAND"}`),
				"address": json.RawMessage(`"a-1"`)},
		},
		events.MvnoAccountAttached{Account: events.MvnoAccount{ID: "m-1", Number: "+4500000001", State: "ACTIVE"}},
		events.PresenceChanged{Since: since, Presence: events.Presence{State: "OUT_OF_OFFICE",
			Personal: events.PresencePersonal{Message: "zero\x00 inside"}}},
	)...)
	project(t, db, projections.Directory{})

	person, ok, err := projections.PersonByNumber(t.Context(), db, 1025)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, projections.Person{ID: id, Customer: "customer-1", Reseller: "reseller-1", AccessLevel: "MANAGER",
		State:  "DISABLED",
		Number: 1025, UID: "one@sample.example", PresenceSince: person.PresenceSince}, person)
	require.True(t, since.Equal(*person.PresenceSince))

	found, total, err := projections.SearchDirectory(t.Context(), db, projections.Search{Customer: "customer-1"})
	require.NoError(t, err)
	require.EqualValues(t, 1, total)
	require.Equal(t, []string{"Sample middle", "employee", "employee Sample middle", "not_at_workplace", "off"},
		[]string{*found[0].First, *found[0].Last, *found[0].Full, found[0].Status, *found[0].Recording})
	require.False(t, *found[0].Available)
	require.JSONEq(t, `[{"phone_number":"+4500000001","channels_count":null,"dial_time":null,"status":"active"}]`,
		string(found[0].PhoneNumbers))
	require.JSONEq(
		t, `{"extension_phone_number":"109","extension_voice_mail_enabled":null,"extension_queue_enabled":null}`,
		string(found[0].Extension))

	entries, err := projections.DirectoryOf(t.Context(), db, projections.DirectoryQuery{Customer: "customer-1"})
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.Equal(t, "a-1", entries[0].Address)
	require.JSONEq(
		t,
		`{"_id":"`+id+`","type":"EMPLOYEE","name":"Sample middle employee","title":"Sample title","emailAddress":"one@sample.example",
		"presence":{"state":"OUT_OF_OFFICE","message":"zero\u0000 inside"}}`, string(entries[0].Entry))
	require.JSONEq(
		t,
		`[{"_id":"x-1","number":"109","primary":true,"state":"IDLE"},{"_id":"x-2","number":"102","primary":false,"state":"IDLE"}]`,
		string(entries[0].Extensions))
	again(t, db, projections.Directory{}, "directory")
}

func TestDirectory_AnExtensionIsAloneWhenNobodyHasIt(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	desk := events.Extension{ID: "x-1", Number: "101", Name: "Reception", Direct: "+4570000001",
		Mobile: events.NewIDs("+4500000001"), Redirect: "102"}
	other := events.Extension{ID: "x-2", Number: "102"}
	gone := events.Extension{ID: "x-3", Number: "103"}
	// The second employee's shard is read on its own: which of the two is folded first must not matter.
	j.Append(2, feedtest.Of(feedtest.Employee(2), feedtest.Created(2), events.ExtensionAssigned{Extension: other})...)
	j.Append(1, feedtest.Of(feedtest.Employee(1), feedtest.Created(1), events.ExtensionAssigned{Extension: desk},
		events.ExtensionAssigned{Extension: other}, events.ExtensionAssigned{Extension: gone},
		events.ExtensionUnassigned{ID: "x-1"}, events.ExtensionUnassigned{ID: "x-2"}, events.ExtensionDeleted{ID: "x-3"})...)
	project(t, db, projections.Directory{})
	alone, err := projections.LoneExtensions(t.Context(), db, "customer-1")
	require.NoError(t, err)
	require.Len(t, alone, 1)
	require.Equal(t, "x-1 Reception", alone[0].ID+" "+alone[0].Name)
	require.JSONEq(t, `{"_id":"x-1","number":"101","direct":"+4570000001","mobile":["+4500000001"],"primary":false,
		"redirect":"102","state":"IDLE"}`, string(alone[0].Document))

	j.Append(2, feedtest.Of(feedtest.Employee(2), events.ExtensionUnassigned{ID: "x-2"})...)
	project(t, db, projections.Directory{})
	alone, err = projections.LoneExtensions(t.Context(), db, "customer-1")
	require.NoError(t, err)
	require.Len(t, alone, 2)
	again(t, db, projections.Directory{}, "directory_extensions")
}

func TestActivity_KeepsTheNewestMessageOfEachEmployee(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	claim := func(topic string) *projections.ActivityClaim {
		c, err := projections.ClaimActivity(t.Context(), db, topic, 3)
		require.NoError(t, err)
		return &c
	}
	in := func(group string) []byte { return []byte(`{"groups":[{"_id":"` + group + `","viewOtherParty":true}]}`) }
	groups := func(id string) []contract.Group {
		g, err := projections.GroupsOf(t.Context(), db, id)
		require.NoError(t, err)
		return g
	}
	c := claim("t")
	require.Zero(t, c.Next)
	bad, err := c.Take(t.Context(), db, []projections.ActivityMessage{
		{Employee: "e1", Offset: 4, Value: in("old")},
		{Employee: "e2", Offset: 5, Value: in("g")},
		{Employee: "e1", Offset: 7, Value: in("new")},
		{Employee: "e2", Offset: 8, Value: []byte("{")},
	}, []byte("print"))
	require.NoError(t, err)
	require.Equal(t, 1, bad, "what is no activity is left out")
	require.Equal(t, "new", groups("e1")[0].ID)
	require.Equal(t, "g", groups("e2")[0].ID)

	next := claim("t")
	require.EqualValues(t, 9, next.Next)
	require.Equal(t, []byte("print"), next.LastRecord)
	_, err = c.Take(t.Context(), db, []projections.ActivityMessage{{Employee: "e1", Offset: 9, Value: in("late")}}, nil)
	require.ErrorIs(t, err, store.ErrLeaseLost, "a former owner changes nothing")
	require.Equal(t, "new", groups("e1")[0].ID)
	_, err = next.Take(t.Context(), db, []projections.ActivityMessage{{Employee: "e2", Offset: 9}}, nil)
	require.NoError(t, err)
	require.Empty(t, groups("e2"), "nothing is known any more")

	require.Zero(t, claim("another topic").Next, "it is read from its beginning")
	require.Empty(t, groups("e1"))
}

// TestDirectory_EachEventLeavesTheRowOfItsWholeHistory folds each event in a separate page, which may write less than
// all columns, and then the whole history at once.
func TestDirectory_EachEventLeavesTheRowOfItsWholeHistory(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	rows := effects()
	for n, row := range rows {
		stream := feedtest.Employee(n + 1)
		j.Append(store.ShardID(n%3), feedtest.Of(stream, append([]events.Event{feedtest.Created(n + 1)}, row.given...)...)...)
	}
	project(t, db, projections.Directory{})
	for n, row := range rows {
		_, creation := row.when.(events.EmployeeCreated) // its number is another's here
		if !creation && (projections.Directory{}).Wants(row.when.EventType()) {
			j.Append(store.ShardID(n%3), feedtest.Of(feedtest.Employee(n+1), row.when)...)
		}
	}
	project(t, db, projections.Directory{})
	require.Len(t, db.Rows("directory"), len(rows))
	tables := []string{"directory", "directory_extensions", "directory_accounts"}
	var apart [3][]string // all of them before any is folded again, which writes whole rows
	for i, table := range tables {
		apart[i] = db.Rows(table)
		require.NotEmpty(t, apart[i], table)
	}
	for _, table := range tables {
		again(t, db, projections.Directory{}, table)
	}
	for i, table := range tables {
		require.Equal(t, apart[i], db.Rows(table), table)
	}
}

// What is kept of an entry is what encoding/json would write: rows of former builds stay equal to those of this one.
func TestDirectory_AnEntryIsWrittenAsAMapIs(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	created := feedtest.Created(1)
	created.Personal = events.Attributes{"name": json.RawMessage(`"Sample <one> \"\u00e6\" & two"`),
		"title": json.RawMessage(`"Sample"`), "birthdate": json.RawMessage(`"1990-02-03"`),
		"emailAddress": json.RawMessage(`"sample@sample.example"`)}
	created.Attributes = events.Attributes{"viewOtherPartyOverride": json.RawMessage(`{ "a" : [1, true] }`)}
	j.Append(1, feedtest.Of(feedtest.Employee(1), created, events.PresenceChanged{
		Presence: events.Presence{State: "BUSY", Personal: events.PresencePersonal{Location: "<here>"}}})...)
	project(t, db, projections.Directory{})
	found, err := projections.DirectoryOf(t.Context(), db, projections.DirectoryQuery{Customer: created.Customer})
	require.NoError(t, err)
	require.Len(t, found, 1)
	var entry map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(found[0].Entry, &entry))
	require.Len(t, entry, 8, "%s", found[0].Entry)
	want, err := json.Marshal(entry)
	require.NoError(t, err)
	require.Equal(t, string(want), string(found[0].Entry))
}

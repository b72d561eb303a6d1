package console

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/projections"
)

// dayOfRecord is the day of an event as these tests write it.
func dayOfRecord(r events.Recorded) billing.Date { return billing.DateOf(r.At, time.UTC) }

// recordedOn gives events the days of November 2026, in their order.
func recordedOn(days []int, all ...events.Event) (recorded []events.Recorded) {
	for i, e := range all {
		recorded = append(recorded, events.Recorded{Event: e, At: time.Date(2026, 11, days[i], 9, 0, 0, 0, time.UTC)})
	}
	return recorded
}

func november(day int) billing.Date { return billing.MustDate("2026-11-01").AddDays(day - 1) }

func TestGlance_EventsBeginAndEndBars(t *testing.T) {
	t.Parallel()
	const extension, account = "e00000000000000000000001", "a00000000000000000000001"
	for name, test := range map[string]struct {
		document projections.Employee
		days     []int
		events   []events.Event
		want     []glanceRow
	}{
		"an extension that was taken away": {days: []int{2, 9}, events: []events.Event{
			events.ExtensionAssigned{Extension: events.Extension{ID: extension, Number: "212"}},
			events.ExtensionUnassigned{ID: extension}},
			want: []glanceRow{{Name: "Extension 212", Periods: []billing.Period{{From: november(2), To: november(9)}}}}},
		"a change of an extension begins no second bar": {days: []int{2, 5}, events: []events.Event{
			events.ExtensionAssigned{Extension: events.Extension{ID: extension, Number: "212"}},
			events.ExtensionAssigned{Extension: events.Extension{ID: extension, Number: "213"}}},
			want: []glanceRow{{Name: "Extension 213", Periods: []billing.Period{{From: november(2)}}}}},
		"an account that was detached, came back and is deleted": {days: []int{2, 3, 5, 7}, events: []events.Event{
			events.MvnoAccountAttached{Account: events.MvnoAccount{ID: account, Number: "+4500000001"}},
			events.MvnoAccountDetached{ID: account},
			events.MvnoAccountAttached{Account: events.MvnoAccount{ID: account, Number: "+4500000001"}},
			events.MvnoAccountDeleted{ID: account}},
			want: []glanceRow{{Name: "MVNO account …0001", Periods: []billing.Period{
				{From: november(2), To: november(3)}, {From: november(5), To: november(7)}}}}},
		"a hold and its release on one day is that day": {days: []int{4, 4}, events: []events.Event{
			events.BillingHeld{Reason: "operator"}, events.BillingReleased{}},
			want: []glanceRow{{Name: "Billing held", Kind: glanceHeld,
				Periods: []billing.Period{{From: november(4), To: november(5)}}}}},
		"what began before the events that were read begins with them": {days: []int{6, 8}, document: projections.Employee{
			Created: november(1), Held: "operator", Extensions: []events.Extension{{ID: extension, Number: "212"}},
			Accounts: []events.MvnoAccount{{ID: account}}}, events: []events.Event{
			events.BillingReleased{}, events.BillingHeld{Reason: "operator"}},
			want: []glanceRow{
				{Name: "Billing held", Kind: glanceHeld, Periods: []billing.Period{{From: november(8)}}},
				{Name: "Extension 212", Periods: []billing.Period{{From: november(6)}}},
				{Name: "MVNO account …0001", Periods: []billing.Period{{From: november(6)}}}}},
	} {
		assert.Equal(t, test.want, spansOf(&test.document, recordedOn(test.days, test.events...), dayOfRecord), name)
	}
}

func TestGlance_DocumentsAreMarkedOnTheirDayOfIssue(t *testing.T) {
	t.Parallel()
	require.Nil(t, issuedRow(nil))
	require.Nil(t, issuedRow([]projections.Document{{Ledger: billing.Customer}}), "from before the day was kept")
	require.Equal(t, []glanceRow{{Name: "Documents of the payer", Kind: glanceDocument,
		Periods: []billing.Period{{From: november(1), To: november(2)}, {From: november(8), To: november(9)}}}},
		issuedRow([]projections.Document{{Ledger: billing.Customer, IssueDate: november(8)},
			{Ledger: billing.Reseller, IssueDate: november(3)}, {Ledger: billing.Customer, IssueDate: november(1)}}))
}

func TestEmployee_EventsAreGroupedByMonthAndFoldedWhereMany(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Copenhagen")
	require.NoError(t, err)
	rows := []eventRow{{At: time.Date(2026, 11, 30, 23, 30, 0, 0, time.UTC)}} // 1 December in the zone
	for range monthFolded + 1 {
		rows = append(rows, eventRow{At: time.Date(2026, 11, 5, 9, 0, 0, 0, time.UTC)})
	}
	months := monthsOf(rows, zone)
	require.Len(t, months, 2)
	assert.Equal(t, "December 2026", months[0].Name)
	assert.False(t, months[0].Folded())
	assert.Equal(t, "November 2026", months[1].Name)
	assert.True(t, months[1].Folded())
	assert.Empty(t, monthsOf(nil, zone))
}

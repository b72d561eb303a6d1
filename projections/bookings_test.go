package projections_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

// aprilsRun made the lines of April, and this is the document that the customers' stand in.
const (
	aprilsRun      = "nightly/2026-04-01"
	aprilsDocument = "2026-04/CUSTOMER/customer-1/DKK"
)

// bookings reads how far an integration is with April, by document.
func bookings(t *testing.T, db *feedtest.Database, integration string) map[string]projections.Booking {
	t.Helper()
	project(t, db, projections.Lines{})
	project(t, db, projections.Bookings{})
	all := map[string]projections.Booking{}
	for after := ""; ; {
		page, err := projections.BookingsOf(t.Context(), db, aprilsRun, integration, after, 2)
		require.NoError(t, err)
		if len(page) == 0 {
			return all
		}
		for _, b := range page {
			all[b.Document], after = b, b.Document
		}
	}
}

func TestBookings_AreKnownByDocument(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	var hash uuid.UUID
	var first uuid.UUID
	for n := range 3 {
		invoiced := feedtest.Invoiced(n, "2026-04")
		hash, first = billing.CombineHashes(hash, invoiced.Lines[0].ID), invoiced.Lines[0].ID
		j.Append(3, feedtest.Of(feedtest.Employee(n), feedtest.Created(n), invoiced)...)
	}
	of := bookings(t, db, "ledger-sync")
	require.Len(t, of, 3, "a document of each ledger")
	never := of[aprilsDocument]
	require.Equal(t, projections.Booking{Document: aprilsDocument, Ledger: billing.Customer, Lines: 3, Hash: hash}, never)
	require.EqualValues(t, 3, never.Open())

	shard := store.ShardOf(store.FamilyBilling, 2)
	refused := []events.LineRefused{{Line: first, Message: "Unknown account"}}
	j.Append(shard, feedtest.Of("document/"+aprilsDocument, events.DocumentAcknowledged{
		Integration: "ledger-sync", Run: aprilsRun, Lines: 2, Hash: billing.CombineHashes(hash, first), Refused: refused})...)
	partly := bookings(t, db, "ledger-sync")[aprilsDocument]
	require.Equal(t, refused, partly.Refused)
	require.False(t, partly.Whole)
	require.Zero(t, partly.Open())
	require.Equal(t, feedtest.Noon, partly.At.UTC())
	require.False(t, bookings(t, db, "another")[aprilsDocument].Whole, "each integration books for itself")

	j.Append(shard, feedtest.Of("document/"+aprilsDocument,
		events.DocumentAcknowledged{Integration: "ledger-sync", Run: aprilsRun, Lines: 3, Hash: first},
		events.DocumentAcknowledged{Integration: "ledger-sync", Run: aprilsRun, Lines: 3, Hash: hash})...)
	whole := bookings(t, db, "ledger-sync")[aprilsDocument]
	require.True(t, whole.Whole, "what was said last counts")
	require.Empty(t, whole.Refused)
	again(t, db, projections.Bookings{}, "bookings")
}

func TestBookings_AsManyOtherLinesAreNotTheSame(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	j.Append(3, feedtest.Of(feedtest.Employee(1), feedtest.Created(1), feedtest.Invoiced(1, "2026-04"))...)
	j.Append(store.ShardOf(store.FamilyBilling, 2), feedtest.Of("document/"+aprilsDocument,
		events.DocumentAcknowledged{Integration: "ledger-sync", Run: aprilsRun, Lines: 1, Hash: uuid.NameSpaceDNS})...)
	b := bookings(t, db, "ledger-sync")[aprilsDocument]
	require.Zero(t, b.Open())
	require.False(t, b.Whole)
}

package projections_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

func TestDocuments_GetTheirLegalNumberInTheSamePageOrALaterOne(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	shard := store.ShardOf(store.FamilyBilling, 2)
	paid, issued := feedtest.Issued(billing.Customer, "customer-1", "2026-04")
	late, lateIssued := feedtest.Issued(billing.Reseller, "reseller-1", "2026-04")
	j.Append(shard, append(feedtest.Of(paid, issued, events.InvoiceNumberRecorded{InvoiceNumber: "1001"}),
		feedtest.Of(late, lateIssued)...)...)
	project(t, db, projections.Documents{})

	document, found, err := projections.DocumentByRef(t.Context(), db, issued.DocumentRef)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, projections.Document{
		Ref: issued.DocumentRef, Ledger: billing.Customer, BillTo: "customer-1", Currency: "DKK", Type: "INVOICE",
		Total: issued.Total,
		Lines: 3, Hash: issued.Hash, Run: "nightly/2026-04-01", InvoiceNumber: "1001", Shard: int32(shard), Position: 1,
	}, document)
	require.Equal(t, "300.00", document.Total.StringFixed(int32(document.Total.Decimals)),
		"the currency's decimals are kept")

	document, _, err = projections.DocumentByRef(t.Context(), db, lateIssued.DocumentRef)
	require.NoError(t, err)
	require.Empty(t, document.InvoiceNumber, "accounting has not told it yet")
	j.Append(shard, feedtest.Of(late, events.InvoiceNumberRecorded{InvoiceNumber: "1002"})...)
	project(t, db, projections.Documents{})
	document, _, err = projections.DocumentByRef(t.Context(), db, lateIssued.DocumentRef)
	require.NoError(t, err)
	require.Equal(t, "1002", document.InvoiceNumber)

	of, err := projections.DocumentsOfRun(t.Context(), db, "nightly/2026-04-01", "", 0)
	require.NoError(t, err)
	require.Len(t, of, 2)
	of, err = projections.DocumentsOfPayer(t.Context(), db, "reseller-1", "", 0)
	require.NoError(t, err)
	require.Len(t, of, 1)
	_, found, err = projections.DocumentByRef(t.Context(), db, "2026-04/CUSTOMER/nobody/DKK")
	require.NoError(t, err)
	require.False(t, found)
	again(t, db, projections.Documents{}, "documents")
}

func TestDocuments_AreDueAndPaid(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	shard := store.ShardOf(store.FamilyBilling, 2)
	ref, issued := feedtest.Issued(billing.Customer, "customer-1", "2026-04")
	number := events.InvoiceNumberRecorded{InvoiceNumber: "1001", DueDate: billing.MustDate("2026-04-30")}
	putOff := number
	putOff.DueDate = billing.MustDate("2026-05-31")
	paid := events.PaymentRecorded{PaidOn: billing.MustDate("2026-05-12"), Amount: issued.Total}
	read := func() projections.Document {
		project(t, db, projections.Documents{})
		d, found, err := projections.DocumentByRef(t.Context(), db, issued.DocumentRef)
		require.NoError(t, err)
		require.True(t, found)
		return d
	}
	j.Append(shard, feedtest.Of(ref, issued)...)
	d := read()
	require.Zero(t, d.DueDate)
	require.Nil(t, d.Paid)
	j.Append(shard, feedtest.Of(ref, number, putOff)...)
	require.Equal(t, "2026-05-31", read().DueDate.String(), "the last day that was told in a page")
	j.Append(shard, feedtest.Of(ref, number, paid)...)
	d = read()
	require.Equal(t, "2026-04-30", d.DueDate.String())
	require.Equal(t, "2026-05-12", d.PaidOn.String())
	require.Equal(t, issued.Total, *d.Paid)
	of, err := projections.DocumentsOfPayer(t.Context(), db, "customer-1", "", 0)
	require.NoError(t, err)
	require.Equal(t, []projections.Document{d}, of)
	again(t, db, projections.Documents{}, "documents")
}

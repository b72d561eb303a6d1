package projections_test

import (
	"bytes"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

// oddLines are lines whose columns have something that others have not: signs, decimals, lengths, letters, no days.
func oddLines(t *testing.T) (odd []billing.Line) {
	t.Helper()
	from := feedtest.Invoiced(1, "2026-03").Lines[0]
	for i, amount := range []string{
		"0", "0.00", "1", "-1", "0.05", "-0.005", "9999", "10000", "10000.00", "12345678.9012", "-99999999999999.999",
		"0.000001", "100000000",
	} {
		l := from
		l.ID[0], l.ID[15] = byte(i), 0xff
		parsed, err := billing.ParseAmount(amount)
		require.NoError(t, err)
		l.Amount, l.Scale = parsed, uint8(i%4)
		odd = append(odd, l)
	}
	odd[1].Source, odd[2].Reason = "", "Prøve \"<&>\" \u2028 \\ 日本"
	odd[3].Period, odd[4].Period.To = billing.Period{}, 1
	odd[5].Period.From = billing.MustDate("1999-12-31")
	for i := range odd[6:] {
		odd[6+i].DocumentRef = []string{"", "2026-03/COST/c/DKK", from.DocumentRef}[i%3]
	}
	return odd
}

func TestLines_CopiedAreTheRowsThatAPageWrites(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	invoiced := feedtest.Invoiced(1, "2026-03")
	invoiced.Lines = oddLines(t)
	facts := []events.Recorded{
		{Shard: 3, Position: 1 << 40, Stream: feedtest.Employee(1), Version: 1, Event: invoiced},
		{Shard: 3, Position: 1<<40 + 1, Stream: feedtest.Employee(2), Version: 1,
			Event: events.EmployeeInvoiced{Run: "a run without lines"}},
	}
	b := &pgx.Batch{}
	require.NoError(t, projections.Lines{}.Write(t.Context(), db, facts, b))
	require.NoError(t, db.Store.InTx(t.Context(), b))
	written := db.Rows("lines")
	require.Len(t, written, 3, "a row for each document")

	db.Exec("TRUNCATE lines")
	stream := []byte(store.CopyHeader)
	for i := range facts {
		var err error
		stream, err = projections.Lines{}.AppendRows(stream, &facts[i])
		require.NoError(t, err)
	}
	stream = append(stream, store.CopyTrailer...)
	conn, err := pgx.Connect(t.Context(), db.DSN)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	_, err = conn.PgConn().CopyFrom(t.Context(), bytes.NewReader(stream), "COPY lines FROM STDIN BINARY")
	require.NoError(t, err)
	require.Equal(t, written, db.Rows("lines"))
}

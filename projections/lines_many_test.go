package projections_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

// manyLines are lines of one document, as a large customer has them.
const manyLines = 99_999

func TestLines_OfNearlyAHundredThousandAreReadInPages(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	l := billing.Line{Kind: billing.Charge, Ledger: billing.Customer, BillTo: "c1", Amount: billing.One, Scale: 2,
		Currency: "DKK",
		Units:    billing.One, UnitPrice: billing.One, DocumentRef: "2026-04/CUSTOMER/c1/DKK",
		Period: billing.Period{From: 1, To: 2}}
	line := func(ordinal string) string {
		return `replace('` + string(l.AppendJSON(nil)) +
			`', '00000000-0000-0000-0000-000000000000', md5((n * 3 + ` + ordinal + `)::text)::uuid::text)`
	}
	db.Exec(`INSERT INTO events (shard, pos, stream, version, type, at, command_id, run_id, actor, payload, chain)
		SELECT n % 16, n / 16 + 1, 'employee/many-' || n, 1, 'employee.invoiced.v1', now(), '', '', '',
			convert_to('{"run":"nightly/2026-04-01","asOf":"2026-04-01","lines":[' || ` + line("0") + ` || ',' || ` + line("1") +
		` || ',' || ` + line("2") + ` || ']}', 'UTF8'), ''
		FROM generate_series(0, 33332) AS n`)
	db.Exec(`INSERT INTO shards (shard, topic, partition, topic_id, partitions)
		SELECT n, 't', n, '', 0 FROM generate_series(0, 15) AS n`)
	db.Exec(`INSERT INTO lines (document_ref, shard, position, run, lines, amount, ids)
		SELECT '2026-04/CUSTOMER/c1/DKK', n % 16, n / 16 + 1, 'nightly/2026-04-01', 3, 3,
			ARRAY[md5((n * 3)::text)::uuid, md5((n * 3 + 1)::text)::uuid, md5((n * 3 + 2)::text)::uuid]
		FROM generate_series(0, 33332) AS n`)
	seen, hash := make(map[uuid.UUID]bool, manyLines), uuid.Nil
	sum := billing.Document{}
	const page = 1_000
	for after := (projections.LinePlace{}); ; {
		found, err := projections.LinesOfDocument(t.Context(), db, l.DocumentRef, after, page)
		require.NoError(t, err)
		for i := range found {
			require.False(t, seen[found[i].ID], "line %d comes twice", len(seen))
			seen[found[i].ID] = true
			hash = billing.CombineHashes(hash, found[i].ID)
			sum.Add(&found[i].Line)
		}
		if len(found) < page {
			break
		}
		after = found[len(found)-1].LinePlace
	}
	require.Len(t, seen, manyLines)
	require.Equal(t, "99999.00", sum.Total.StringFixed(2))
	require.Equal(t, hash, sum.Hash)
}

func TestLines_TheDocumentsOfThoseThatAreCorrected(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	j.Append(3, feedtest.Of(feedtest.Employee(1), feedtest.Created(1), feedtest.Invoiced(1, "2026-03"),
		feedtest.Invoiced(1, "2026-04"))...)
	project(t, db, projections.Lines{})
	var credits []projections.Line
	for _, month := range []string{"2026-04", "2026-03", "2026-05", "2026-04"} {
		corrected := feedtest.Invoiced(1, month).Lines[0]
		l := projections.Line{Line: billing.Line{Employee: corrected.Employee, CorrectsLine: corrected.ID},
			LinePlace: projections.LinePlace{Shard: 3}}
		credits = append(credits, l, projections.Line{})
	}
	refs, err := projections.CorrectedDocuments(t.Context(), db, credits)
	require.NoError(t, err)
	require.Equal(t, []string{feedtest.Invoiced(1, "2026-03").Lines[0].DocumentRef,
		feedtest.Invoiced(1, "2026-04").Lines[0].DocumentRef}, refs)
	refs, err = projections.CorrectedDocuments(t.Context(), db, nil)
	require.NoError(t, err)
	require.Empty(t, refs)
}

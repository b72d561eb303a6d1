package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

func TestMain(m *testing.M) { os.Exit(feedtest.Main(m)) }

const (
	april     = "2026-04"
	aprilsRun = "nightly/2026-04-01"
)

// billed gives a database whose read models have employees with the lines of April in three ledgers.
func billed(t *testing.T, people int, change func(i int, e *events.EmployeeInvoiced)) *feedtest.Database {
	t.Helper()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	const page = 500
	for from := 0; from < people; from += page {
		var created, invoiced []events.Recorded
		var entries []feedtest.Entry
		for i := from; i < min(from+page, people); i++ {
			e := feedtest.Invoiced(i, april)
			if change != nil {
				change(i, &e)
			}
			place := int64(2*i + 1)
			created = append(created, events.Recorded{Stream: feedtest.Employee(i), Version: 1, Position: place,
				Event: feedtest.Created(i)})
			invoiced = append(invoiced, events.Recorded{Stream: feedtest.Employee(i), Version: 2, Position: place + 1, Event: e,
				RunID: e.Run})
			entries = append(entries, feedtest.Entry{Stream: feedtest.Employee(i), Event: feedtest.Created(i)},
				feedtest.Entry{Stream: feedtest.Employee(i), Event: e, Run: e.Run})
		}
		j.Append(0, entries...)
		b := &pgx.Batch{}
		require.NoError(t, projections.Directory{}.Write(t.Context(), db, created, b))
		require.NoError(t, projections.Lines{}.Write(t.Context(), db, invoiced, b))
		require.NoError(t, db.InTx(t.Context(), b))
	}
	return db
}

func written(t *testing.T, db projections.Database, o Options) (Manifest, map[string]string) {
	t.Helper()
	o.Dir = filepath.Join(t.TempDir(), "out")
	m, err := Write(t.Context(), db, o)
	require.NoError(t, err)
	files := map[string]string{}
	there, err := os.ReadDir(o.Dir)
	require.NoError(t, err)
	for _, f := range there {
		raw, err := os.ReadFile(filepath.Join(o.Dir, f.Name()))
		require.NoError(t, err)
		files[f.Name()] = string(raw)
	}
	require.Len(t, files, len(m.Files)+1, "nothing else is left in the folder")
	return m, files
}

// TestExport_AFileIsAsABookkeeperReadsIt compares whole files.
func TestExport_AFileIsAsABookkeeperReadsIt(t *testing.T) {
	t.Parallel()
	db := billed(t, 2, func(i int, e *events.EmployeeInvoiced) {
		if i == 1 {
			e.Lines = e.Lines[:1]
			l := &e.Lines[0]
			l.Kind, l.Amount, l.Reason, l.Product = billing.Credit, billing.MustAmount("-12.3"), "=cmd|' /C calc'!A0",
				`pro"duct, 1`
			l.CorrectsLine = uuid.MustParse("3b8f2f44-6d53-5c1e-9f0a-000000000001")
		}
	})
	show := func(_ context.Context, b []byte, _ string, l *billing.Line, stored []byte) ([]byte, error) {
		return l.AppendShown(b, stored, billing.Item{Code: "PBX-1", Name: "+Sample user", UnitCode: "MON"}), nil
	}
	m, files := written(t, db, Options{Run: aprilsRun, Format: CSV, Show: show})
	name := "nightly-2026-04-01.CUSTOMER.DKK.csv"
	for file, want := range map[string]string{name: "lines.csv", ManifestName: "manifest.json"} {
		path := filepath.Join("testdata", want)
		if os.Getenv("UPDATE") != "" {
			require.NoError(t, os.WriteFile(path, []byte(files[file]), 0o600))
		}
		kept, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, string(kept), files[file])
	}
	require.Len(t, m.Files, 3)
	assert.True(t, strings.HasSuffix(files[name], "\r\n"), "RFC 4180 ends lines with CR LF")
	_, files = written(t, db, Options{Run: aprilsRun, Format: JSONL, Ledgers: []billing.Ledger{billing.Customer}})
	lines := strings.Split(strings.TrimSpace(files["nightly-2026-04-01.CUSTOMER.DKK.jsonl"]), "\n")
	require.Len(t, lines, 3)
	var first struct {
		Position, Run, Customer string
		Line                    billing.Line
	}
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &first))
	assert.Equal(t, []string{"0:2", aprilsRun, "customer-1"}, []string{first.Position, first.Run, first.Customer})
	assert.Equal(t, "95.00", first.Line.Amount.StringFixed(2))
	assert.JSONEq(t, fmt.Sprintf(`{"total":{"ledger":"CUSTOMER","currency":"DKK","lines":2,"amount":"82.70","hash":%q}}`,
		m.Files[1].Hash), lines[2])
}

func TestExport_WhatIsAskedForIsWhatIsWritten(t *testing.T) {
	t.Parallel()
	db := billed(t, 3, nil)
	document := april + "/RESELLER/reseller-1/DKK"
	for _, row := range []struct {
		name  string
		ask   Options
		files int
		lines int64
	}{
		{"a run has all ledgers", Options{Run: aprilsRun}, 3, 9},
		{"one ledger of it", Options{Run: aprilsRun, Ledgers: []billing.Ledger{billing.Cost}}, 1, 3},
		{"a document has its own", Options{Document: document}, 1, 3},
		{"a document of which no ledger is asked for has none",
			Options{Document: document, Ledgers: []billing.Ledger{billing.Customer}}, 0, 0},
		{"the reseller's people", Options{Run: aprilsRun, Reseller: "reseller-1"}, 3, 9},
		{"another reseller's people", Options{Run: aprilsRun, Reseller: "reseller-2"}, 0, 0},
		{"a customer's people", Options{Run: aprilsRun, Customer: "customer-1", Reseller: "reseller-1"}, 3, 9},
		{"a run that there is not", Options{Run: "nightly/2026-05-01"}, 0, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.ask.Format = CSV
			m, _ := written(t, db, row.ask)
			lines := int64(0)
			for _, f := range m.Files {
				lines += f.Lines
			}
			assert.Len(t, m.Files, row.files)
			assert.Equal(t, row.lines, lines)
		})
	}
}

func TestExport_TheSameLinesGiveTheSameBytes(t *testing.T) {
	t.Parallel()
	db := billed(t, 40, nil)
	for _, format := range []Format{CSV, JSONL} {
		_, first := written(t, db, Options{Run: aprilsRun, Format: format})
		_, second := written(t, db, Options{Run: aprilsRun, Format: format})
		assert.Equal(t, first, second)
	}
}

// broken is a database that fails after some calls.
type broken struct {
	projections.Database
	calls int
}

var errBroken = errors.New("the connection is gone")

// InTx fails when the calls are used up.
func (b *broken) InTx(ctx context.Context, batch *pgx.Batch) error {
	if b.calls--; b.calls < 0 {
		return errBroken
	}
	return b.Database.InTx(ctx, batch)
}

func TestExport_AnInterruptedExportLeavesNoFileAndIsMadeAgain(t *testing.T) {
	t.Parallel()
	db := billed(t, pageLines/3+10, nil)
	dir := t.TempDir()
	_, err := Write(t.Context(), &broken{db, 2}, Options{Run: aprilsRun, Format: CSV, Dir: dir})
	require.ErrorIs(t, err, errBroken)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left, "no file has a name before it is whole")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "nightly-2026-04-01.COST.DKK.csv"+partial),
		[]byte("what a crash left"), 0o600))
	m, err := Write(t.Context(), db, Options{Run: aprilsRun, Format: CSV, Dir: dir})
	require.NoError(t, err)
	left, err = os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, len(m.Files)+1)
	_, err = Write(t.Context(), db, Options{Run: aprilsRun, Format: CSV, Dir: filepath.Join(dir, ManifestName)})
	require.ErrorContains(t, err, "export: ", "a folder that is a file")
}

// memoryMax is what an export of any length may hold at once, in bytes: some pages of lines.
const memoryMax = 48 << 20

// A failover loses the end of the log while lines are read: a later page goes on behind a place that is another line's.
func TestExport_OfTwoHistoriesLeavesNoFile(t *testing.T) {
	t.Parallel()
	db := billed(t, 10, nil)
	o := Options{Run: aprilsRun, Format: CSV, Dir: filepath.Join(t.TempDir(), "out")}
	var err error
	o.Stands, err = db.Standing(t.Context())
	require.NoError(t, err)
	_, err = Write(t.Context(), db, o)
	require.NoError(t, err, "what the log gets meanwhile is no fault")
	require.NoError(t, os.RemoveAll(o.Dir))
	o.Progress = func(int64) { db.Exec(`UPDATE events SET chain = '\x01' WHERE pos = 20`) }
	_, err = Write(t.Context(), db, o)
	require.ErrorIs(t, err, store.ErrLostHistory)
	left, err := os.ReadDir(o.Dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestExport_MemoryDoesNotGrowWithTheLines(t *testing.T) { // not parallel: it measures the memory of the process
	people := 10_000 // 30 000 lines
	if os.Getenv("TENURE_LONG") != "" {
		people = 100_000
	}
	db := billed(t, people, nil)
	before, most := heap(), uint64(0)
	pages := 0
	m, err := Write(t.Context(), db, Options{Run: aprilsRun, Format: CSV, Dir: t.TempDir(), Progress: func(int64) {
		if pages++; pages%5 == 0 {
			most = max(most, heap())
		}
	}})
	require.NoError(t, err)
	require.Equal(t, int64(people), m.Files[0].Lines)
	assert.Less(t, most, before+memoryMax)
}

// heap is what is in use after a collection, in bytes.
func heap() uint64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

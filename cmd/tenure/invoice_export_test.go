package main

import (
	"bytes"
	"testing"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/export"
	"tenure/internal/reconcile"
	"tenure/internal/test/golden"
)

func dkk(text string) events.Money { return events.NewMoney(decimal.RequireFromString(text), 2) }

func TestInvoiceExport_AnExportIsComparedWithWhatTheRunAnnounced(t *testing.T) {
	t.Parallel()
	control := []events.ControlTotal{
		{Ledger: billing.Customer, Currency: "DKK", Lines: 2, Amount: dkk("250"), Hash: uuid.NameSpaceDNS},
		{Ledger: billing.Cost, Currency: "DKK", Lines: 2, Amount: dkk("71.5"), Hash: uuid.NameSpaceURL},
	}
	customers := export.Total{Ledger: billing.Customer, Currency: "DKK", Lines: 2, Amount: "250.00",
		Hash: uuid.NameSpaceDNS}
	cost := export.Total{Ledger: billing.Cost, Currency: "DKK", Lines: 2, Amount: "71.50", Hash: uuid.NameSpaceURL}
	wrong := customers
	wrong.Hash = uuid.NameSpaceOID
	fewer := customers
	fewer.Lines, fewer.Amount = 1, "79.00"
	both := []billing.Ledger{billing.Cost, billing.Customer}
	whole := export.Options{Run: theRun}
	for _, row := range []struct {
		name    string
		o       export.Options
		ledgers []billing.Ledger
		files   []export.Total
		agrees  bool
	}{
		{"all of it", whole, both, []export.Total{customers, cost}, true},
		{"one ledger, as asked", whole, both[:1], []export.Total{cost}, true},
		{"a ledger that was asked for is missing", whole, both, []export.Total{cost}, false},
		{"a line is missing", whole, both, []export.Total{fewer, cost}, false},
		{"as many other lines", whole, both, []export.Total{wrong, cost}, false},
		{"one customer's part is not compared", export.Options{Run: theRun, Customer: "c"}, both, []export.Total{fewer},
			true},
		{"one reseller's part is not either", export.Options{Run: theRun, Reseller: "r"}, both, nil, true},
		{"a document has no announcement", export.Options{Document: "d"}, both, nil, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			m := export.Manifest{Ledgers: row.ledgers}
			for _, total := range row.files {
				m.Files = append(m.Files, export.File{Total: total})
			}
			err := checkTotals(m, row.o, control)
			require.Equal(t, row.agrees, err == nil, "%v", err)
			if err != nil {
				require.ErrorContains(t, err, "tenure invoice verify")
				require.Equal(t, exitMismatch, (&program{started: true}).code(err))
			}
		})
	}
}

func TestInvoiceExport_LedgersAreNamedInEitherCase(t *testing.T) {
	t.Parallel()
	got, err := parseLedgers([]string{"customer", "COST"})
	require.NoError(t, err)
	require.Equal(t, []billing.Ledger{billing.Customer, billing.Cost}, got)
	_, err = parseLedgers([]string{"price"})
	require.ErrorContains(t, err, `--ledger "price"`)
}

// TestInvoiceExport_AProofIsReportedInFull prints a report with every kind of finding, and compares it with a file.
func TestInvoiceExport_AProofIsReportedInFull(t *testing.T) {
	t.Parallel()
	total := func(shard int32, lines int64, amount string) reconcile.Total {
		return reconcile.Total{
			Shard:    shard,
			Ledger:   billing.Customer,
			Currency: "DKK",
			Lines:    lines,
			Amount:   decimal.RequireFromString(amount),
			Hash:     uuid.NameSpaceDNS,
		}
	}
	report := &reconcile.Report{
		Run: theRun, Documents: [2]int64{1, 1}, Omitted: 3,
		Topics: []reconcile.TopicReport{
			{Topic: "billing.lines", Expected: 3, Alike: 2, Missing: 1, Repeated: 1},
			{Topic: "billing.documents", Expected: 1, Alike: 1, Begins: true},
		},
		Totals: []reconcile.Comparison{
			{Announced: total(-1, 3, "254.50"), Log: total(-1, 3, "254.5"), Topic: total(-1, 2, "175.5")},
			{Announced: total(0, 1, "79"), Log: total(0, 1, "79"), Topic: total(0, 1, "79.00")},
			{Announced: total(1, 2, "175.5"), Log: total(1, 2, "175.5"), Topic: total(1, 1, "96.5")},
		},
		Findings: []reconcile.Finding{
			{Kind: reconcile.Repeated, Topic: "billing.lines", ID: uuid.NameSpaceOID, Place: "billing.lines/1/17"},
			{Kind: reconcile.Missing, Topic: "billing.lines", ID: uuid.NameSpaceURL},
		},
	}
	var out bytes.Buffer
	require.NoError(t, (&program{out: &out}).printProof(report))
	golden.Compare(t, "testdata/verify.txt", out.String())
	out.Reset()
	require.NoError(t, (&program{out: &out, json: true}).printProof(report))
	require.Contains(t, out.String(), `"whole": false`)
}

package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/store"
)

// shownDocument is what invoice show prints as JSON.
type shownDocument struct {
	Document *documentView `json:"document"`
	Lines    []struct {
		LineID, Kind, Source, Amount, Reason, Actor, Quantity, UnitCode, ProductName, BookingDate string
	} `json:"lines"`
	PrecedingDocuments []precedingDocument `json:"precedingDocuments"`
}

func TestInvoiceManual_AnOperatorCorrectsABillAndAccountingAnswers(t *testing.T) {
	t.Parallel()
	dir, n := running(t)
	do := func(args ...string) result {
		t.Helper()
		got := tenure(t, append(args, "--data", dir, "--kafka-partitions", "3")...)
		require.Equal(t, exitDone, got.code, "%v\n%s%s", args, got.out, got.err)
		return got
	}
	show := func(ref string) (d shownDocument) {
		t.Helper()
		require.NoError(t, json.Unmarshal([]byte(do("invoice", "show", ref, "--output", "json").out), &d))
		return d
	}
	do("send", "--wait", "--file", "../../examples/commands.jsonl")
	do("clock", "advance", "--to", "2026-11-01T06:00:00Z", "--at-once")
	do("run", "status", "--wait")
	november := show(exampleInvoice)
	require.Equal(t, "380", november.Document.TypeCode)
	require.Len(t, november.Lines, 4)
	require.Empty(t, november.PrecedingDocuments)
	require.Equal(t, []string{"MON", "1"}, []string{november.Lines[3].UnitCode, november.Lines[3].Quantity})
	require.NotEmpty(t, november.Lines[3].ProductName)
	require.Equal(t, "2026-11-01", november.Lines[3].BookingDate)

	var preview policyPreview
	dry := do("policy", "set", "ledgers=CUSTOMER", "--from", "2026-12-01", "--reason", "cost ends", "--dry-run",
		"--output", "json")
	require.NoError(t, json.Unmarshal([]byte(dry.out), &preview), dry.out)
	require.Equal(t, "2027-01-01", preview.Until.String())
	for _, d := range preview.Sums {
		if d.Ledger == billing.Customer {
			require.Equal(t, []any{0, "0.00", d.Now}, []any{d.Employees, d.Difference, d.Then}, "what is billed stays")
			continue
		}
		require.NotEqual(t, "0.00", d.Now, d.Ledger)
		require.Equal(t, []string{"0.00", "-" + d.Now}, []string{d.Then, d.Difference}, d.Ledger)
	}
	require.Greater(t, len(preview.Sums), 1)
	require.Contains(t, do("policy", "show").out, "CUSTOMER", "it is not set")
	do("invoice", "record-number", exampleInvoice, "--number", "100001", "--due", "2026-11-30", "--yes")
	require.Contains(t, do("invoice", "void", november.Lines[3].LineID, "--reason", "never used", "--actor-employee", "e9",
		"--yes").out,
		"employee.billing_work_ordered.v1")
	require.Contains(t, do("invoice", "adjust", exampleEmployee, "--amount", "-10", "--reason", "goodwill", "--wait=false",
		"--yes").out, "employee.commands")
	do("clock", "advance", "--to", "2026-11-02T06:00:00Z", "--at-once")
	do("run", "status", "--wait")
	const december = "2026-12/CUSTOMER/5c0000000000000000000001/DKK"
	corrected := show(december)
	require.Nil(t, corrected.Document, "it is issued on the first of December")
	require.Equal(t, []precedingDocument{{exampleInvoice, "100001"}}, corrected.PrecedingDocuments)
	var customers []string
	for _, l := range corrected.Lines {
		customers = append(customers, strings.Join([]string{l.Kind, l.Source, l.Amount, l.Quantity, l.Reason, l.Actor}, " "))
	}
	require.Equal(t, []string{"CREDIT product -79.00 -1 never used e9", "CREDIT adjustment -10.00 -1 goodwill ADMIN"},
		customers)
	require.Contains(t, do("invoice", "explain", corrected.Lines[0].LineID).out, "never used")

	do("invoice", "record-payment", exampleInvoice, "--paid-on", "2026-11-02", "--yes")
	list := do("invoice", "list", "--payer", "5c0000000000000000000001").out
	require.Contains(t, list, "100001  2026-11-30  2026-11-02")
	require.Contains(t, do("invoice", "show", exampleInvoice).out, "number 100001, due 2026-11-30, paid on 2026-11-02")
	refused := tenure(t, "invoice", "void", november.Lines[3].LineID, "--reason", "again", "--yes", "--data", dir,
		"--kafka-partitions", "3")
	require.Equal(t, exitError, refused.code, refused.out)
	require.Contains(t, refused.out, "404 line")
	require.Equal(t, "[]\n", do("audit", "--output", "json").out)
	largeDocument(t, n.Store, do)
}

// largeLines is more than a page, and not a multiple of one.
const largeLines = 2*showPage + 17

// largeDocument shows a document that is longer than what is in memory at a time.
func largeDocument(t *testing.T, db *store.Store, do func(...string) result) {
	t.Helper()
	const ref = "2027-01/CUSTOMER/many/DKK"
	l := billing.Line{Kind: billing.Charge, Ledger: billing.Customer, BillTo: "many", Amount: billing.One, Scale: 2,
		Currency: "DKK",
		Units:    billing.One, UnitPrice: billing.One, DocumentRef: ref, Period: billing.Period{From: 1, To: 2}}
	payload, err := events.Encode(events.EmployeeInvoiced{Run: "none", Lines: []billing.Line{l}})
	require.NoError(t, err)
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO events (shard, pos, stream, version, type, at, command_id, run_id, actor, payload, chain)
		SELECT 900, n, 'employee/many-' || n, 1, 'employee.invoiced.v1', now(), '', '', '', $1, ''
		FROM generate_series(1, $2::integer) AS n`, payload, largeLines)
	b.Queue(`INSERT INTO shards (shard, topic, partition, topic_id, partitions) VALUES (900, 't', 900, '', 0)`)
	b.Queue(`INSERT INTO lines (document_ref, shard, position, run, lines, amount, ids)
		SELECT $1, 900, n, 'none', 1, 1, ARRAY[$2::uuid] FROM generate_series(1, $3::integer) AS n`,
		ref, [16]byte(l.ID), largeLines)
	require.NoError(t, db.InTx(t.Context(), b))
	var d shownDocument
	require.NoError(t, json.Unmarshal([]byte(do("invoice", "show", ref, "--output", "json").out), &d))
	require.Len(t, d.Lines, largeLines)
	require.Equal(t, largeLines, strings.Count(do("invoice", "show", ref).out, "CHARGE"))
}

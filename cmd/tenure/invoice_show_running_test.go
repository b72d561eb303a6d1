package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestInvoiceShow_ADocumentWhoseLinesWereBookedBeforeIsIssuedAllTheSame books the first night's lines while the month's
// document is open.
func TestInvoiceShow_ADocumentWhoseLinesWereBookedBeforeIsIssuedAllTheSame(t *testing.T) {
	t.Parallel()
	dir, _ := running(t)
	run := func(want int, args ...string) result {
		got := tenure(t, append(args, "--data", dir, "--kafka-partitions", "3")...)
		require.Equal(t, want, got.code, "%v\n%s%s", args, got.out, got.err)
		return got
	}
	for _, line := range novemberCommands[:2] {
		run(exitDone, line...)
	}
	run(exitDone, "clock", "advance", "--to", "2026-10-31T06:00:00Z", "--at-once")
	run(exitDone, "run", "status", "--wait")
	first := run(exitDone, "invoice", "acknowledge", "--run", "nightly/2026-10-31", "--integration", "sample-sync",
		"--all", "--yes")
	require.Contains(t, first.out, "billing.acknowledged.v1")
	require.Contains(t, run(exitDone, "invoice", "show", exampleInvoice).out, "not issued yet")

	run(exitDone, "clock", "advance", "--to", "2026-11-01T06:00:00Z", "--at-once")
	run(exitDone, "run", "status", "--wait")
	require.Contains(t, run(exitDone, "invoice", "verify", "--strict").out, "documents: 3 announced, 3 issued")
	require.Contains(t, run(exitDone, "invoice", "show", exampleInvoice).out, "INVOICE "+exampleInvoice)
	require.Contains(t, run(exitDone, "invoice", "acknowledge", "--run", "nightly/2026-10-31", "--integration",
		"sample-sync", "--list").out, "booked")
	require.Equal(t, "[]\n", run(exitDone, "audit", "--output", "json").out)
}

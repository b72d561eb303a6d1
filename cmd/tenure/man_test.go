package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMan_HasAPageForEachCommand(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.Equal(t, exitUsage, tenure(t, "man").code)
	got := tenure(t, "man", "--out", folder)
	require.Equal(t, exitDone, got.code, got.err)
	page, err := os.ReadFile(filepath.Join(folder, "tenure-run-approve.1"))
	require.NoError(t, err)
	for _, want := range []string{
		".TH TENURE-RUN-APPROVE 1", `tenure\-run\-approve \- Approve a run`, ".SH SYNOPSIS\n.B tenure run approve RUN",
		".TP\n.B \\-\\-digest\n", ".SH EXAMPLE\n.nf\n", "75 try again", ".BR tenure\\-run (1)",
	} {
		require.Contains(t, string(page), want)
	}
	require.FileExists(t, filepath.Join(folder, "tenure.1"))
	require.Equal(t, `\&.so x`+"\n"+`\&'y \e`, manualText(".so x\n'y \\"), "text is never an instruction")
}

func TestCompletion_OffersTheValuesOfFlags(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"run halt --scope":       "deletions",
		"token create --level":   "RESELLER_ADMIN",
		"run status --output":    "json",
		"replay accept --reader": "outcomes",
	} {
		got := tenure(t, append([]string{"__complete"}, append(arguments(line), "")...)...)
		require.Contains(t, got.out, want+"\n", line)
	}
}

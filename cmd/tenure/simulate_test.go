package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	vectors   = "../../billing/testdata/billing.json"
	described = "../../docs/examples/employee.json"
)

func TestSimulate_TheVectorsAreBilledAsTheyExpect(t *testing.T) {
	t.Parallel()
	got := tenure(t, "simulate", "--cases", vectors, "--check")
	require.Equal(t, exitDone, got.code, got.out+got.err)
	require.NotEmpty(t, got.out)
	other := tenure(t, "simulate", "--cases", vectors, "--check", "--policy", "billingMode=IN_ARREARS")
	require.Equal(t, exitError, other.code, "another policy gives other lines, and that is a difference")
	require.NotEmpty(t, other.out)
}

func TestSimulate_ADescribedEmployeeIsForetoldAsTableAndJSON(t *testing.T) {
	t.Parallel()
	line := []string{"simulate", "--employee", described, "--until", "2026-12-31"}
	table := tenure(t, line...)
	require.Equal(t, exitDone, table.code, table.err)
	require.Contains(t, table.out, "2026-12")
	shown := tenure(t, append(line, "--output", "json")...)
	require.Equal(t, exitDone, shown.code, shown.err)
	require.True(t, json.Valid([]byte(shown.out)))
	require.Equal(t, shown, tenure(t, append(line, "--output", "json")...), "it is a function of its arguments")
}

func TestSimulate_WhatIsWrongInASimulationIsUsage(t *testing.T) {
	t.Parallel()
	broken := filepath.Join(t.TempDir(), "broken.json")
	require.NoError(t, os.WriteFile(broken, []byte("{"), 0o600))
	for _, row := range []struct {
		name string
		args []string
		want string
	}{
		{"nothing to simulate", nil, "give either --cases FILE or --employee FILE"},
		{"both of them", []string{"--cases", vectors, "--employee", described}, "give either"},
		{"a described employee expects nothing", []string{"--employee", described, "--check", "--until", "2026-12-31"},
			"expects nothing"},
		{"a case has its own days", []string{"--cases", vectors, "--until", "2026-12-31"}, "a case has its own days"},
		{"no last night", []string{"--employee", described}, "the last date"},
		{"a day that is none", []string{"--employee", described, "--until", "2026-02-30"}, "--until"},
		{"a first day that is none", []string{"--employee", described, "--from", "now", "--until", "2026-12-31"}, "--from"},
		{"a policy key that does not exist", []string{"--cases", vectors, "--policy", "moon=FULL"}, "moon"},
		{"a file that is not there", []string{"--cases", "missing.json"}, "missing.json"},
		{"a file that is no JSON", []string{"--cases", broken}, "JSON"},
		{"a directory", []string{"--employee", filepath.Dir(broken), "--until", "2026-12-31"}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got := tenure(t, append([]string{"simulate"}, row.args...)...)
			if row.want == "" {
				require.NotEqual(t, exitDone, got.code)
				return
			}
			require.Equal(t, exitUsage, got.code, got.err)
			require.Contains(t, got.err, row.want)
			require.Empty(t, got.out)
		})
	}
}

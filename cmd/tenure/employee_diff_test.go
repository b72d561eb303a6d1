package main

import (
	"strings"
	"testing"

	"tenure/internal/timeline"

	"github.com/stretchr/testify/require"
)

func TestEmployeeDiff_ComparesPropertyByProperty(t *testing.T) {
	t.Parallel()
	on(t, exitDone, "send", "--wait", "--type", "employee.create.v1", "--subject", "5e00000000000000000000d1",
		"--id", "diff-1",
		"--body", `{"name":"Sample employee 41","customer":"`+exampleCustomer+`","title":"Tester"}`)
	on(t, exitDone, "send", "--wait", "--type", "employee.update.v1", "--subject", "5e00000000000000000000d1",
		"--id", "diff-2",
		"--body", `{"title":"Chief","state":"DISABLED"}`)
	var history []struct{ Position string }
	asJSON(t, exitDone, &history, "employee", "history", "5e00000000000000000000d1")
	first := "@" + history[0].Position
	got := on(t, exitDone, "employee", "diff", "5E00000000000000000000D1", "--from", first)
	require.Contains(t, got.out, `"DISABLED"`)
	require.NotContains(t, got.out, "Chief")
	require.Contains(t, got.out, "title")
	require.Contains(t, got.err, "1 events between "+history[0].Position)
	require.Contains(t, on(t, exitDone, "employee", "diff", "5e00000000000000000000d1", "--from", first, "--personal").out,
		`"Chief"`)
	var d timeline.Change
	asJSON(t, exitDone, &d, "employee", "diff", "5e00000000000000000000d1", "--from", "2026-01-01", "--to", first)
	require.Empty(t, d.From, "it did not exist")
	require.Equal(t, first, "@"+d.To)
	require.Contains(t, on(t, exitDone, "employee", "diff", "5e00000000000000000000d1", "--from", first, "--to",
		first).out, "(none)")
	require.Contains(t, on(t, exitError, "employee", "diff", "5e00000000000000000000ee", "--from", first).err,
		"there is no employee")
	for line, want := range map[string]string{
		"employee diff a": `required flag(s) "from" not set`,
		"employee diff a --from 2026-10-30 --to @x": `"@x" is neither a time`,
	} {
		refused := tenure(t, strings.Fields(line)...)
		require.Equal(t, exitUsage, refused.code)
		require.Contains(t, refused.err, want)
	}
}

package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/node"
	"tenure/internal/provider"
)

func TestEmployeeHistory_ALifetimeIsForeseenFastForwardedAndLookedBackOn(t *testing.T) {
	t.Parallel()
	dir, _ := running(t)
	do := func(want int, args ...string) result {
		t.Helper()
		got := tenure(t, append(args, "--data", dir, "--kafka-partitions", "3")...)
		require.Equal(t, want, got.code, "%v\n%s%s", args, got.out, got.err)
		return got
	}
	do(exitDone, "send", "--wait", "--file", "../../examples/commands.jsonl")
	do(exitDone, "send", "--wait", "--type", "employee.schedule_deletion.v1", "--subject", exampleEmployee,
		"--id", "leave",
		"--body", `{"deleteDate":"2026-10-31","deleteExtensions":true,"deleteMvnoAccounts":true}`)
	do(exitDone, "send", "--wait", "--type", "employee.set_presence.v1", "--subject", exampleEmployee,
		"--body", `{"state":"BUSY","expire":"2026-10-30T14:00:00Z"}`)

	const request = "2026-10-31 20:00:00  extension e00000000000000000000001 to be deleted  "
	ahead := do(exitDone, "employee", "upcoming", exampleEmployee, "--until", "2026-12-01")
	require.Contains(t, ahead.out, request)
	require.Contains(t, ahead.out, "deletion stalled", "confirmations count as not coming")
	require.Contains(t, ahead.err, "1 changes of presence are not listed")
	require.Contains(t, do(exitDone, "employee", "upcoming", exampleEmployee, "--until", "2026-12-01", "--all").out,
		"time: presence expired")
	do(exitDone, "employee", "stalled")

	require.Contains(t, do(exitDone, "clock", "advance", "--to", "2026-11-04T06:00:00Z").err, "2026-10-31T20:00:00Z")
	history := do(exitDone, "employee", "history", exampleEmployee).out
	require.Contains(t, history, request)
	require.Contains(t, history, "time: presence expired")
	require.Contains(t, history, "leave")
	require.Contains(t, do(exitParked, "employee", "stalled").out, exampleEmployee)

	require.Contains(t, do(exitDone, "employee", "show", exampleEmployee, "--at", "2026-10-30T13:00:00Z").out,
		"BUSY, until 2026-10-30 14:00:00 UTC")
	require.Contains(t, do(exitDone, "employee", "show", exampleEmployee, "--at", "2026-10-30T15:00:00Z").out, "AVAILABLE")
	do(exitError, "employee", "show", exampleEmployee, "--at", "2026-10-01")
	do(exitUsage, "employee", "show", exampleEmployee, "--at", "yesterday")
	do(exitDone, "clock", "advance", "--at-once", "--to", "2026-11-10T06:00:00Z")
	do(exitRefused, "clock", "advance", "--to", "2026-11-01T06:00:00Z")
}

func TestEmployeeHistory_TheFlagsOfTheSimulatedProvider(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		flags providerFlags
		want  provider.Behaviour
		wrong bool
	}{
		{name: "it answers", flags: providerFlags{behaviour: "answer"}, want: provider.Answer},
		{name: "it refuses", flags: providerFlags{behaviour: "refuse"}, want: provider.Refuse},
		{name: "it is silent", flags: providerFlags{behaviour: "silent"}, want: provider.Silent},
		{name: "a real one is connected", flags: providerFlags{behaviour: "none"}},
		{name: "it does not shout", flags: providerFlags{behaviour: "shout"}, wrong: true},
		{name: "it does not answer before it is asked", flags: providerFlags{behaviour: "answer", delay: -1}, wrong: true},
	} {
		var c node.Config
		err := row.flags.set(&c)
		require.Equal(t, row.wrong, err != nil, row.name)
		require.Equal(t, row.want, c.Provider, row.name)
	}
}

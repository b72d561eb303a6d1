package main

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// TestSend_WhatWasAppliedIsSeenByWhoAsksNext holds the read model's writer up, as a busy machine does.
func TestSend_WhatWasAppliedIsSeenByWhoAsksNext(t *testing.T) {
	t.Parallel()
	dir, n := running(t)
	on := func(args ...string) result {
		t.Helper()
		got := tenure(t, append(args, "--data", dir, "--kafka-partitions", "3")...)
		require.Equal(t, exitDone, got.code, "%v\n%s%s", args, got.out, got.err)
		return got
	}
	rename := func(title string) []string {
		return []string{"send", "--wait", "--type", "employee.update.v1", "--subject", exampleEmployee,
			"--body", `{"title":"` + title + `"}`}
	}
	on("send", "--wait", "--file", "../../examples/commands.jsonl")

	conn, err := pgx.Connect(t.Context(), n.DSN)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	held, err := conn.Begin(t.Context())
	require.NoError(t, err)
	_, err = held.Exec(t.Context(), "LOCK TABLE directory IN EXCLUSIVE MODE") // reading goes on
	require.NoError(t, err)
	behind := on(rename("Tester 1")...)
	require.Contains(t, behind.out, "applied", "the outcome stands")
	require.Contains(t, behind.err, "the read models do not have it yet")

	shown := make(chan result, 1)
	go func() { shown <- tenure(t, "employee", "show", exampleEmployee, "--data", dir) }()
	require.NoError(t, held.Rollback(t.Context())) // before, or after, it looks for the first time
	require.Contains(t, (<-shown).out, "Tester 1")
	on(rename("Tester 2")...)
	require.Contains(t, on("employee", "show", exampleEmployee).out, "Tester 2")
}

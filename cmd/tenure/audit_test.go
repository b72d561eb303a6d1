package main

import (
	"encoding/json"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"tenure/internal/node"
)

func TestAudit_KnowsItsChecksAndRefusesOthers(t *testing.T) {
	t.Parallel()
	var listed []struct {
		Check, Invariant, What string
		Fast                   bool
	}
	got := tenure(t, "audit", "--list", "--output", "json")
	require.Equal(t, exitDone, got.code, got.err)
	require.NoError(t, json.Unmarshal([]byte(got.out), &listed))
	names := map[string]bool{}
	for _, c := range listed {
		require.False(t, names[c.Check], "%s twice", c.Check)
		require.NotEmpty(t, c.What)
		names[c.Check] = true
	}
	require.True(t, names["chain"] && names["states"] && names["one-final"])
	require.Contains(t, tenure(t, "audit", "--list").out, "every event is as it was written")
	for want, args := range map[string][]string{
		`--check "nothing": choose from one-final, `: {"--check", "nothing"},
		"--sample: at least 1":                       {"--sample", "0"},
		`--since: "noon" is not a time`:              {"--since", "noon"},
		"none of the others can be":                  {"--fast", "--check", "chain"},
	} {
		refused := tenure(t, append([]string{"audit"}, args...)...)
		require.Equal(t, exitUsage, refused.code)
		require.Contains(t, refused.err, want)
	}
}

// sqlOn runs statements on the database of a running system behind its back.
func sqlOn(t *testing.T, dir string, statements ...string) {
	t.Helper()
	at, err := node.ReadConnection(dir)
	require.NoError(t, err)
	pool, err := pgxpool.New(t.Context(), at.Postgres)
	require.NoError(t, err)
	defer pool.Close()
	for _, sql := range statements {
		_, err := pool.Exec(t.Context(), sql)
		require.NoError(t, err, sql)
	}
}

func TestAudit_WhatIsDamagedIsFoundNamedAndRepairedWhereItCanBe(t *testing.T) {
	t.Parallel()
	dir, _ := running(t)
	for _, line := range novemberCommands {
		got := tenure(t, append(line, "--data", dir)...)
		require.Equal(t, exitDone, got.code, "%v\n%s%s", line, got.out, got.err)
	}
	audit := func(want int, args ...string) result {
		t.Helper()
		got := tenure(t, append(append([]string{"audit"}, args...), "--data", dir)...)
		require.Equal(t, want, got.code, "%v\n%s%s", args, got.out, got.err)
		return got
	}
	require.Contains(t, audit(exitDone, "--all").err, "every invariant holds")
	require.NotContains(t, audit(exitDone, "--fast").out, "chain")

	const stream = "employee/" + exampleEmployee
	sqlOn(t, dir, "DELETE FROM subjects WHERE stream = '"+stream+"'")
	require.Contains(t, audit(exitMismatch, "--check", "state-versions").out, stream+" is kept at version none")
	got := tenure(t, "repair", "state", "--stream", stream, "--reason", "audit: state-versions", "--data", dir)
	require.Equal(t, exitDone, got.code, got.out+got.err)
	require.Contains(t, got.out, "there was no state")
	audit(exitDone, "--all")
	require.Equal(t, exitError, tenure(t, "repair", "state", "--stream", "employee/nobody", "--reason", "x",
		"--data", dir).code)

	sqlOn(
		t, dir,
		"UPDATE events SET payload = set_bit(payload, 60, 1 - get_bit(payload, 60)) WHERE stream = '"+stream+"' AND version = 2")
	broken := audit(exitMismatch, "--check", "chain", "--output", "json")
	var found []struct{ Invariant, Check, Detail string }
	require.NoError(t, json.Unmarshal([]byte(broken.out), &found))
	require.Len(t, found, 1)
	require.Contains(t, found[0].Detail, "an event of "+stream)
	require.Contains(t, audit(exitMismatch).out, "BROKEN in 1 places")
	audit(exitDone, "--check", "chain", "--since", "2026-10-31")
}

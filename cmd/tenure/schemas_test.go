package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/api/messages"
)

func TestSchemasArePrinted(t *testing.T) {
	t.Parallel()
	list := tenure(t, "schemas", "print")
	require.Equal(t, exitDone, list.code)
	require.Contains(t, list.out, "billing.lines billing.lines.wholesale billing.lines.cost")
	got := tenure(t, "schemas", "print", "billing.line.v1")
	require.Equal(t, exitDone, got.code, got.err)
	var s messages.Schema
	require.NoError(t, json.Unmarshal([]byte(got.out), &s))
	require.Equal(t, "urn:tenure:schema:billing.line.v1", s.ID)
	got = tenure(t, "schemas", "print", "--asyncapi")
	require.Equal(t, exitDone, got.code)
	require.Contains(t, got.out, `"asyncapi": "3.0.0"`)
	got = tenure(t, "schemas", "print", "employee.promote.v1")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.err, "tenure schemas print")
}

func TestSchemasAreComparedWithAnotherSet(t *testing.T) {
	t.Parallel()
	got := tenure(t, "schemas", "check")
	require.Equal(t, exitDone, got.code, got.out)
	require.Contains(t, got.err, "compatible with ")

	dir := filepath.Join(t.TempDir(), "set")
	stray := filepath.Join(dir, messages.FileOf("employee.promoted.v1"))
	require.NoError(t, os.MkdirAll(dir, 0o700))
	require.NoError(t, os.WriteFile(stray, []byte("{}"), 0o600))
	require.Equal(t, exitDone, tenure(t, "schemas", "print", "--out", dir).code)
	require.FileExists(t, filepath.Join(dir, messages.AsyncAPIFile))
	require.NoFileExists(t, stray, "a type that is gone is not in the set")
	require.Equal(t, exitDone, tenure(t, "schemas", "check", "--against", dir).code)

	file := filepath.Join(dir, messages.FileOf("billing.line.v1"))
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(string(raw), `"lineId"`, `"line"`)), 0o600))
	got = tenure(t, "schemas", "check", "--against", dir)
	require.Equal(t, exitMismatch, got.code)
	require.Contains(t, got.out, "billing.line.v1")
	require.Contains(t, got.out, "the property is gone, or has another name")
	require.Equal(t, exitError, tenure(t, "schemas", "check", "--against", t.TempDir()).code)
}

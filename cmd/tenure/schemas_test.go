package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tenure/schemas"

	"github.com/stretchr/testify/require"
)

func TestSchemas_ArePrinted(t *testing.T) {
	t.Parallel()
	list := tenure(t, "schemas", "print")
	require.Equal(t, exitDone, list.code)
	require.Contains(t, list.out, "billing.lines billing.lines.wholesale billing.lines.cost")
	got := tenure(t, "schemas", "print", "billing.line.v1")
	require.Equal(t, exitDone, got.code, got.err)
	var s schemas.Schema
	require.NoError(t, json.Unmarshal([]byte(got.out), &s))
	require.Equal(t, "urn:tenure:schema:billing.line.v1", s.ID)
	got = tenure(t, "schemas", "print", "--asyncapi")
	require.Equal(t, exitDone, got.code)
	require.Contains(t, got.out, `"asyncapi": "3.0.0"`)
	got = tenure(t, "schemas", "print", "employee.promote.v1")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.err, "tenure schemas print")
}

func TestSchemas_AreComparedWithAnotherSet(t *testing.T) {
	t.Parallel()
	got := tenure(t, "schemas", "check")
	require.Equal(t, exitDone, got.code, got.out)
	require.Contains(t, got.err, "compatible with ")

	dir := filepath.Join(t.TempDir(), "set")
	stray := filepath.Join(dir, schemas.FileOf("employee.promoted.v1"))
	require.NoError(t, os.MkdirAll(dir, 0o700))
	require.NoError(t, os.WriteFile(stray, []byte("{}"), 0o600))
	require.Equal(t, exitDone, tenure(t, "schemas", "print", "--out", dir).code)
	require.FileExists(t, filepath.Join(dir, schemas.AsyncAPIFile))
	require.NoFileExists(t, stray, "a type that is gone is not in the set")
	require.Equal(t, exitDone, tenure(t, "schemas", "check", "--against", dir).code)

	file := filepath.Join(dir, schemas.FileOf("billing.line.v1"))
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(string(raw), `"lineId"`, `"line"`)), 0o600))
	got = tenure(t, "schemas", "check", "--against", dir)
	require.Equal(t, exitMismatch, got.code)
	require.Contains(t, got.out, "billing.line.v1")
	require.Contains(t, got.out, "the property is gone, or has another name")
	require.Equal(t, exitError, tenure(t, "schemas", "check", "--against", t.TempDir()).code)
}

func TestSchemas_UsageOfTheContractsCommands(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"invoice export --out x": "at least one of the flags in the group [run document] is " +
			"required",
		"invoice export --run r":                      `required flag(s) "out" not set`,
		"invoice export --run r --document d --out x": "none of the others can be",
		"invoice export --run r --out x":              "no database",
		"invoice verify":                              "no database",
		"invoice verify --findings many":              "invalid argument",
		"invoice acknowledge --all":                   `required flag(s) "integration" not set`,
		"invoice acknowledge --integration a": "at least one of the flags in the group [all lines list] is " +
			"required",
		"invoice acknowledge --integration a --all --list":  "none of the others can be",
		"invoice acknowledge --integration a --all --run r": "no database",
		"schemas print a b":                "accepts at most 1 arg",
		"schemas print --asyncapi --out x": "none of the others can be",
		"schemas check now":                "unknown command",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			got := tenure(t, strings.Fields(line)...)
			require.Equal(t, exitUsage, got.code, got.err)
			require.Contains(t, got.err, want)
		})
	}
}

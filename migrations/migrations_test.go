package migrations

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// frozen reads the checksums of the migrations that databases have: a database knows the number of a migration alone,
// so that one that is edited later is never applied where it was before.
func frozen(t *testing.T) map[string]string {
	t.Helper()
	raw, err := os.ReadFile("frozen.sha256")
	require.NoError(t, err)
	sums := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		sum, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		require.True(t, ok, line)
		sums[name] = sum
	}
	return sums
}

func names(t *testing.T) []string {
	t.Helper()
	entries, err := Files.ReadDir(".")
	require.NoError(t, err)
	all := make([]string, 0, len(entries))
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestMigrations_AreFrozenByChecksum(t *testing.T) {
	t.Parallel()
	sums, newest := frozen(t), ""
	for name := range sums {
		newest = max(newest, name)
	}
	for _, name := range names(t) {
		raw, err := Files.ReadFile(name)
		require.NoError(t, err)
		sum := sha256.Sum256(raw)
		known, ok := sums[name]
		if !ok {
			require.Greater(t, name, newest,
				"a migration below the newest is never applied where that one is: take the next number")
			continue
		}
		require.Equal(t, known, hex.EncodeToString(sum[:]),
			"%s is applied in databases already: write another one that changes what it did", name)
		delete(sums, name)
	}
	require.Empty(t, sums, "a migration that databases have is gone")
}

// Building an index locks its table against writers unless it is built concurrently. A table that the same migration
// makes has none.
func TestMigrations_BuildIndexesConcurrently(t *testing.T) {
	t.Parallel()
	known := frozen(t)
	index := regexp.MustCompile(`(?is)CREATE (?:UNIQUE )?INDEX (CONCURRENTLY )?(?:IF NOT EXISTS )?\w+\s+ON (\w+)`)
	for _, name := range names(t) {
		if _, old := known[name]; old {
			continue
		}
		raw, err := Files.ReadFile(name)
		require.NoError(t, err)
		for _, found := range index.FindAllStringSubmatch(string(raw), -1) {
			made := regexp.MustCompile(`(?i)CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?` + found[2] + `\b`)
			require.True(t, found[1] != "" || made.Match(raw),
				"%s: build the index of %s with CREATE INDEX CONCURRENTLY, in a migration with -- +goose NO TRANSACTION",
				name, found[2])
		}
	}
}

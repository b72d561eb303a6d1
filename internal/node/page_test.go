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

// psqlVariable is how a script for psql takes a password.
var psqlVariable = regexp.MustCompile(`:'[a-z]+'`)

// TestSecurity_ThePageOfSecurityRunsAsItSays gives the page a broker and a database that authenticate every client.
func TestSecurity_ThePageOfSecurityRunsAsItSays(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	broker := guardedBy(t, a, "kafka-admin", plainPassword, "tenure-worker", "tenure-feed", "tenure-scheduler",
		"tenure-api", "tenure-operator", "platform", "accounting")
	dsn := encrypted(t, a)
	admin, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer admin.Close(context.Background())
	script, err := os.ReadFile("../../deploy/postgres/roles.sql")
	require.NoError(t, err)
	statements := strings.ReplaceAll(string(script), `:"database"`, "tenure")
	_, err = admin.Exec(t.Context(), psqlVariable.ReplaceAllString(statements, "'"+plainPassword+"'"))
	require.NoError(t, err)
	at, err := url.Parse(dsn)
	require.NoError(t, err)
	doctest.Run(t, "../..", "docs/security.md",
		"BROKERS="+broker, "DATABASE="+at.Host+at.Path, "CA="+a.file, "PASSWORD="+plainPassword,
		"TENURE_KAFKA_BROKERS=", "TENURE_POSTGRES_DSN=") // what a tester has set would win over the page's files

	var owner string
	require.NoError(t, admin.QueryRow(t.Context(), "SELECT tableowner FROM pg_tables WHERE tablename = 'events'").Scan(
		&owner))
	require.Equal(t, "tenure_owner", owner, "and no process was it")
	var n int
	require.NoError(t, admin.QueryRow(t.Context(), "SELECT count(*) FROM events WHERE stream LIKE 'employee/%'").Scan(&n))
	require.Equal(t, 2, n, "one is created, and one signed command changes it")
}

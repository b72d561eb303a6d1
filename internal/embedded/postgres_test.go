package embedded

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// startServer starts an ephemeral server that the test's end stops.
func startServer(t *testing.T, opts PostgresOptions) *Postgres {
	t.Helper()
	opts.Ephemeral = true
	opts.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	begin := time.Now()
	server, err := StartPostgres(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	t.Logf("ready after %v", time.Since(begin))
	return server
}

// ask runs a query that answers with one value.
func ask[T any](t *testing.T, dsn, query string) T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	var answer T
	require.NoError(t, conn.QueryRow(t.Context(), query).Scan(&answer))
	return answer
}

func TestANewServerAcceptsConnectionsWithItsDSN(t *testing.T) {
	t.Parallel()
	server := startServer(t, PostgresOptions{})
	require.Equal(t, "tenure", ask[string](t, server.DSN(), "select current_database()::text"))
	require.Equal(t, "UTF8", ask[string](t, server.DSN(), "show server_encoding"))
	require.Equal(t, "C", ask[string](t, server.DSN(), "select datcollate::text from pg_database where datname = current_database()"))
}

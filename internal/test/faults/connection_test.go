package faults

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// connect opens a connection beside those of the processes. Who opens it closes it: one of the faults counts them.
func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	return conn
}

// statements executes statements that return nothing.
func statements(t *testing.T, dsn, sql string) {
	t.Helper()
	conn := connect(t, dsn)
	defer func() { _ = conn.Close(context.Background()) }()
	_, err := conn.Exec(t.Context(), sql, pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
}

// number reads one number.
func number(t *testing.T, dsn, query string) (n int) {
	t.Helper()
	conn := connect(t, dsn)
	defer func() { _ = conn.Close(context.Background()) }()
	require.NoError(t, conn.QueryRow(t.Context(), query).Scan(&n))
	return n
}

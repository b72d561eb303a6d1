package simulation

import (
	"context"
	"fmt"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// server maintains the databases of a world, on a separate connection.
type server struct {
	t    testing.TB
	conn *pgx.Conn
	name string // of the world's database
}

// newServer connects to the server of a database.
func newServer(t testing.TB, dsn string) *server {
	t.Helper()
	address, err := url.Parse(dsn)
	require.NoError(t, err)
	name := address.Path[1:]
	address.Path = "/postgres"
	conn, err := pgx.Connect(context.Background(), address.String())
	require.NoError(t, err)
	return &server{t: t, conn: conn, name: name}
}

func (s *server) close() { _ = s.conn.Close(context.Background()) }

func (s *server) try(sql string, args ...any) error {
	_, err := s.conn.Exec(context.Background(), fmt.Sprintf(sql, args...), pgx.QueryExecModeExec)
	return err
}

// triesMax bounds the attempts at what needs a database without sessions: the server ends them in its own time.
const triesMax = 2_000

func (s *server) alone(name, sql string, args ...any) {
	s.t.Helper()
	var err error
	for range triesMax {
		require.NoError(s.t, s.try("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'", name))
		if err = s.try(sql, args...); err == nil {
			return
		}
	}
	require.NoError(s.t, err)
}

// copyTo makes a copy of the database as it is.
func (s *server) copyTo(standby string) {
	s.t.Helper()
	s.alone(s.name, "CREATE DATABASE %s TEMPLATE %s", standby, s.name)
}

// promote puts a copy in the place of the database, which is lost.
func (s *server) promote(standby string) {
	s.t.Helper()
	s.alone(s.name, "DROP DATABASE %s", s.name)
	s.alone(standby, "ALTER DATABASE %s RENAME TO %s", standby, s.name)
}

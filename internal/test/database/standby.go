package database

import (
	"context"
	"fmt"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// standbys numbers the copies.
var standbys atomic.Int64

// triesMax bounds the attempts at what needs a database without sessions: clients connect again at once.
const triesMax = 5_000

// Standby is a copy of a database as it was, which can take its place: that is what a failover to an asynchronous
// standby does that has not got the last commits.
type Standby struct {
	t          testing.TB
	admin      string // address of the server's own database
	name, copy string
}

// NewStandby copies a database. Its sessions are ended for that.
func NewStandby(t testing.TB, dsn string) *Standby {
	t.Helper()
	address, err := url.Parse(dsn)
	require.NoError(t, err, "the address of a test's database is a URL")
	s := &Standby{t: t, name: address.Path[1:]}
	s.copy = fmt.Sprintf("%s_standby_%d", s.name, standbys.Add(1))
	address.Path = "/postgres"
	s.admin = address.String()
	s.alone(s.name, "CREATE DATABASE %s TEMPLATE %s", s.copy, s.name)
	return s
}

// Promote puts the copy in the place of the database: sessions end, the address stays, and what was committed since is
// lost.
func (s *Standby) Promote() {
	s.t.Helper()
	s.alone(s.name, "DROP DATABASE %s", s.name)
	s.alone(s.copy, "ALTER DATABASE %s RENAME TO %s", s.copy, s.name)
}

// Drop removes a copy that is not needed.
func (s *Standby) Drop() {
	s.t.Helper()
	s.alone(s.copy, "DROP DATABASE %s", s.copy)
}

// EndSessions ends all sessions of the database.
func (s *Standby) EndSessions() {
	s.t.Helper()
	s.alone(s.name, "SELECT")
}

// alone runs a statement that needs a database without sessions.
func (s *Standby) alone(name, sql string, args ...any) {
	s.t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.admin)
	require.NoError(s.t, err)
	defer func() { _ = conn.Close(ctx) }()
	for range triesMax {
		_, err = conn.Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name+"'",
			pgx.QueryExecModeExec)
		require.NoError(s.t, err)
		if _, err = conn.Exec(ctx, fmt.Sprintf(sql, args...), pgx.QueryExecModeExec); err == nil {
			return
		}
	}
	require.NoError(s.t, err)
}

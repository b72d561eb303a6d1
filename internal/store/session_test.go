package store

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"tenure/internal/test/database"
	"tenure/internal/test/pooler"
)

// worksThrough writes and reads through a pooler, with sessions that have their settings.
func worksThrough(t *testing.T, dsn string) {
	t.Helper()
	s := openStore(t, Config{DSN: dsn, StatementTimeout: 29 * time.Second})
	filled(t, s, 1, 20)
	requireDense(t, s)
	var limit, zone string
	require.NoError(t, s.pool.QueryRow(t.Context(),
		"SELECT current_setting('statement_timeout'), current_setting('timezone')").Scan(&limit, &zone))
	require.Equal(t, "29s", limit)
	require.Equal(t, "UTC", zone)
	aside, err := s.Aside(t.Context(), "elsewhere", "", 1)
	require.NoError(t, err)
	defer aside.Close()
	require.NoError(t, aside.pool.QueryRow(t.Context(),
		"SELECT current_setting('statement_timeout'), current_setting('search_path')").Scan(&limit, &zone))
	require.Equal(t, "0", limit)
	require.Contains(t, zone, "elsewhere")
}

// turnedAway opens a database behind a pooler that shares its sessions, and migrates it.
func turnedAway(t *testing.T, dsn string) {
	t.Helper()
	_, err := Open(t.Context(), Config{DSN: dsn})
	require.ErrorIs(t, err, errSharedSessions)
	require.False(t, IsTransient(err), "nobody waits for it to pass")
	require.ErrorIs(t, Migrate(t.Context(), dsn), errSharedSessions)
}

func TestOpen_WorksBehindAPoolerThatKeepsSessionsApart(t *testing.T) {
	t.Parallel()
	database.OneServer(t, "a pooler stands before a single server")
	worksThrough(t, pooler.Start(t, database.Migrated(t), pooler.Session))
}

func TestOpen_RefusesAPoolerInTransactionMode(t *testing.T) {
	t.Parallel()
	database.OneServer(t, "a pooler stands before a single server")
	through := pooler.Start(t, database.Migrated(t), pooler.Transaction)
	turnedAway(t, through)
	turnedAway(t, through) // its sessions are busy with others by now
}

// TestOpen_PgBouncer does the same with PgBouncer, where it is installed.
func TestOpen_PgBouncer(t *testing.T) {
	t.Parallel()
	database.OneServer(t, "a pooler stands before a single server")
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		t.Skip("pgbouncer is not installed")
	}
	dsn := database.Migrated(t)
	worksThrough(t, pgbouncer(t, program, dsn, "session", ""))
	turnedAway(t, pgbouncer(t, program, dsn, "transaction", ""))
	turnedAway(t, pgbouncer(t, program, dsn, "transaction", "server_round_robin = 1\n"))
}

// pgbouncer starts one before a database and gives its address.
func pgbouncer(t *testing.T, program, dsn, mode, more string) (through string) {
	t.Helper()
	c, err := pgx.ParseConfig(dsn)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	require.NoError(t, l.Close())
	dir, err := os.MkdirTemp("", "pgbouncer")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755)) // who runs it may be another one
	config := filepath.Join(dir, "pgbouncer.ini")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, `[databases]
%s = host=%s port=%d user=%s password=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
pool_mode = %s
%s`, c.Database, c.Host, c.Port, c.User, c.Password, port, mode, more), 0o644))
	cmd := exec.Command(program, config)
	if os.Getuid() == 0 { // as root it does not run
		if _, err := user.LookupId("65534"); err == nil {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
	}
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	through = fmt.Sprintf("host=127.0.0.1 port=%d user=%s dbname=%s sslmode=disable", port, c.User, c.Database)
	require.Eventually(t, func() bool {
		conn, err := pgx.Connect(context.Background(), through)
		if err != nil {
			return false
		}
		return conn.Close(context.Background()) == nil
	}, waitMax, waitPause)
	return through
}

func TestSession_ARefusedRoleNamesWhoseSettingsHelp(t *testing.T) {
	t.Parallel()
	refused := &pgconn.PgError{Code: "42501", Message: `permission denied to set role "tenure_feed"`}
	require.Contains(t, settings{"role": "tenure_feed"}.nextAfter(refused), "with the settings of tenure_feed")
	require.Empty(t, settings{"jit": "off"}.nextAfter(refused), "it set no role")
	require.Empty(t, settings{"role": "tenure_feed"}.nextAfter(&pgconn.PgError{Code: "57P01"}), "the server stops")
}

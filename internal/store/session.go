package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// errSharedSessions says that whatever stands before the database gives its sessions from one connection to another. A
// session has the time limits that free a shard from a writer that stopped, and the statements that it prepared.
var errSharedSessions = errors.New("a pooler before the database hands its sessions from one connection to another: " +
	"set pool_mode=session there, or connect without it")

// errNoSession says that a connection was lost before its session was set up.
var errNoSession = errors.New("set up a session")

// settings are what a session has beyond what the server gives it, by name. They are set once it is connected: a pooler
// refuses a connection that begins with settings that it does not know, or forgets them.
type settings map[string]string

// applyTo has each session of a pool get the settings.
func (s settings) applyTo(pc *pgxpool.Config) {
	statement := s.statement()
	pc.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		quickArrays(conn.TypeMap())
		if _, err := conn.Exec(ctx, statement, pgx.QueryExecModeSimpleProtocol); err != nil {
			return fmt.Errorf("%w: %w%s", errNoSession, err, s.nextAfter(err))
		}
		return nil
	}
}

// nextAfter names what to do when the server refuses the role that owns the read models; empty: it refuses something
// else.
func (s settings) nextAfter(err error) string {
	if pg := (*pgconn.PgError)(nil); !errors.As(err, &pg) || pg.Code != "42501" || s["role"] == "" {
		return ""
	}
	return "; next: the same command with the settings of " + s["role"] + ", which owns the read models"
}

// statement sets all of them at once.
func (s settings) statement() string {
	calls := make([]string, 0, len(s))
	for _, name := range slices.Sorted(maps.Keys(s)) {
		calls = append(calls, "set_config("+literal(name)+", "+literal(s[name])+", false)")
	}
	return "SELECT " + strings.Join(calls, ", ")
}

// with is a copy with other values for some.
func (s settings) with(other settings) settings {
	all := maps.Clone(s)
	maps.Copy(all, other)
	return all
}

// literal is a text as a literal.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// sqlServerProcess is the process of the server that answers.
const sqlServerProcess = `SELECT pg_backend_pid()`

// refuseShared refuses a connection whose session is not its own.
func refuseShared(ctx context.Context, c *pgx.ConnConfig, conn *pgx.Conn) error {
	var pid uint32
	if err := simple(ctx, conn, sqlServerProcess).Scan(&pid); err != nil {
		return err
	}
	if pid == conn.PgConn().PID() {
		return nil
	}
	return ownSession(ctx, c, conn) // the session is another process's than the one that greeted us
}

// simple asks without preparing anything.
func simple(ctx context.Context, conn *pgx.Conn, sql string) pgx.Row {
	return conn.QueryRow(ctx, sql, pgx.QueryExecModeSimpleProtocol)
}

// sqlSessionMark is the mark of a session; empty without one.
const sqlSessionMark = `SELECT coalesce(current_setting('tenure.session', true), '')`

// ownSessionLooks is how often a second connection looks for the session of the first: more often than a pooler that
// takes them in turn has sessions at the beginning.
const ownSessionLooks = 64

// ownSession marks the session of a connection and looks for the mark from another one, which finds it where a pooler
// hands sessions on after each transaction, or is found missing by the first.
func ownSession(ctx context.Context, c *pgx.ConnConfig, conn *pgx.Conn) error {
	mark := rand.Text()
	if _, err := conn.Exec(ctx, "SELECT set_config('tenure.session', "+literal(mark)+", false)",
		pgx.QueryExecModeSimpleProtocol); err != nil {
		return err
	}
	other, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return fmt.Errorf("a second connection through the pooler: %w", err)
	}
	defer func() { _ = other.Close(context.WithoutCancel(ctx)) }()
	for range ownSessionLooks {
		var here, there string
		if err := simple(ctx, other, sqlSessionMark).Scan(&there); err != nil {
			return err
		}
		if err := simple(ctx, conn, sqlSessionMark).Scan(&here); err != nil {
			return err
		}
		if here != mark || there == mark {
			return errSharedSessions
		}
	}
	return nil
}

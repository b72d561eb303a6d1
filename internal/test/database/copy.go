package database

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// copies numbers the copies of databases.
var copies atomic.Int64

// triesMax bounds the attempts at what needs a database without sessions: clients connect again at once.
const triesMax = 5_000

// Copy makes a copy of a database as it is, on a cluster one of every node's part, and returns its address. The
// sessions of the original are ended for that.
func Copy(t testing.TB, dsn string) (copied string) {
	t.Helper()
	name, _ := nameOf(t, dsn)
	other := fmt.Sprintf("%s_copy_%d", name, copies.Add(1))
	alone(t, dsn, name, "CREATE DATABASE "+other+" TEMPLATE "+name)
	address, err := url.Parse(dsn)
	require.NoError(t, err)
	return at(address, other)
}

// Replace puts a copy in the place of a database, as a failover to a standby does that has not got the last commits:
// sessions end, the address stays, and what was committed since is lost.
func Replace(t testing.TB, dsn, copied string) {
	t.Helper()
	name, _ := nameOf(t, dsn)
	other, _ := nameOf(t, copied)
	alone(t, dsn, name, "DROP DATABASE IF EXISTS "+name)
	alone(t, dsn, other, "ALTER DATABASE "+other+" RENAME TO "+name)
}

// remove drops a copy that is not needed.
func remove(t testing.TB, copied string) {
	t.Helper()
	name, _ := nameOf(t, copied)
	alone(t, copied, name, "DROP DATABASE IF EXISTS "+name)
}

// endSessions ends all sessions of a database.
func endSessions(t testing.TB, dsn string) {
	t.Helper()
	name, _ := nameOf(t, dsn)
	alone(t, dsn, name, "SELECT")
}

// nameOf is the name of a database, and the address of its server's own.
func nameOf(t testing.TB, dsn string) (name, admin string) {
	t.Helper()
	address, err := url.Parse(dsn)
	require.NoError(t, err, "the address of a test's database is a URL")
	return address.Path[1:], at(address, "postgres")
}

// alone runs a statement that needs a database without sessions, on every server that has a part of it.
func alone(t testing.TB, dsn, name, sql string) {
	t.Helper()
	_, admin := nameOf(t, dsn)
	admins := []string{admin}
	if all, ok := server.(*cluster); ok {
		for _, node := range all.nodes[1:] {
			admins = append(admins, at(node, "postgres"))
		}
	}
	// The coordinator goes first and comes back last: whoever finds it finds the nodes, too.
	if strings.HasPrefix(sql, "ALTER") {
		slices.Reverse(admins)
	}
	for _, admin := range admins {
		aloneOn(t, admin, name, sql)
	}
}

// aloneMax is how long one attempt may take. Dropping a database waits until every session of its server has taken
// note, and one that waits for another server, as the background work of a cluster does, may not: without a bound that
// was forever.
const aloneMax = 2 * time.Minute

func aloneOn(t testing.TB, admin, name, sql string) {
	t.Helper()
	var err error
	for range triesMax {
		if err = tryAlone(admin, name, sql); err == nil {
			return
		}
	}
	require.NoError(t, err)
}

// tryAlone ends the sessions of a database and runs the statement before there are others.
func tryAlone(admin, name, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), aloneMax)
	defer cancel()
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err = conn.Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name+"'",
		pgx.QueryExecModeExec); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql, pgx.QueryExecModeExec)
	return err
}

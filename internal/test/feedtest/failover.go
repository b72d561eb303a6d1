package feedtest

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// failoverTries bounds the attempts to take a database away from clients that connect again at once.
const failoverTries = 300

// Become puts a standby, a copy of the database as it was, in its place, as an automatic failover does: sessions end
// and the address stays. What was committed to the database since is lost.
func (d *Database) Become(standby *Database) {
	d.t.Helper()
	standby.Close()
	failOver(d.t, d.DSN, standby.DSN)
	require.Eventually(
		d.t,
		func() bool { _, err := d.Heads(context.Background()); return err == nil },
		time.Minute,
		10*time.Millisecond,
	)
}

// failOver is Become for databases by their addresses.
func failOver(t interface {
	require.TestingT
	Helper()
	Cleanup(func())
}, dsn, standby string,
) {
	t.Helper()
	name, admin := nameOf(t, dsn)
	other, _ := nameOf(t, standby)
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, admin)
	require.NoError(t, err)
	run := func(sql string) error {
		_, err := conn.Exec(ctx, sql, pgx.QueryExecModeExec)
		return err
	}
	for range failoverTries {
		require.NoError(t, run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name+"'"))
		if err = run(fmt.Sprintf("ALTER DATABASE %s RENAME TO %s_lost", name, name)); err == nil {
			break
		}
	}
	require.NoError(t, err)
	require.NoError(t, run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+other+"'"))
	require.NoError(t, run(fmt.Sprintf("ALTER DATABASE %s RENAME TO %s", other, name)))
	t.Cleanup(func() {
		_ = run(fmt.Sprintf("DROP DATABASE IF EXISTS %s_lost WITH (FORCE)", name)) // the server ends with the tests anyway
		_ = conn.Close(ctx)
	})
}

// nameOf is the name of a database, and the address of its server's own.
func nameOf(t require.TestingT, dsn string) (name, admin string) {
	address, err := url.Parse(dsn)
	require.NoError(t, err, "the address of a test's database is a URL")
	name = address.Path[1:]
	address.Path = "/postgres"
	return name, address.String()
}

package feedtest

import (
	"fmt"
	"net/url"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"tenure/internal/test/environment"
)

// copies numbers the copies of databases.
var copies atomic.Int64

// Copy returns a database with everything that this one has now, as one that is restored from a backup later. No other
// connection may be connected to this one meanwhile.
func (d *Database) Copy() *Database {
	d.t.Helper()
	d.Close() // PostgreSQL copies only a database without connections
	address, err := url.Parse(d.DSN)
	require.NoError(d.t, err, "the address of a test's database is a URL")
	original := address.Path[1:]
	name := fmt.Sprintf("%s_copy_%d", original, copies.Add(1))
	address.Path = "/postgres"
	pool, err := pgxpool.New(d.t.Context(), address.String())
	require.NoError(d.t, err)
	defer pool.Close()
	_, err = pool.Exec(d.t.Context(), fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, original), pgx.QueryExecModeExec)
	require.NoError(d.t, err)
	d.Store = environment.Store(d.t, d.DSN)
	address.Path = "/" + name
	dsn := address.String()
	return &Database{Store: environment.Store(d.t, dsn), DSN: dsn, t: d.t}
}

package database

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// Clock is the time of one database, which a test sets apart from that of its machine.
type Clock struct {
	t   testing.TB
	dsn string
}

// sqlClock puts functions of our own before those of PostgreSQL in the path of sessions that begin later.
const sqlClock = `
CREATE SCHEMA clocked;
CREATE TABLE clocked.shift (by interval NOT NULL);
INSERT INTO clocked.shift VALUES (INTERVAL '0');
CREATE FUNCTION clocked.now() RETURNS timestamptz LANGUAGE sql STABLE
    AS 'SELECT pg_catalog.now() + (SELECT by FROM clocked.shift)';
CREATE FUNCTION clocked.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
    AS 'SELECT pg_catalog.clock_timestamp() + (SELECT by FROM clocked.shift)';
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path = clocked, pg_catalog, public', current_database());
END $$`

// NewClock gives the statements of sessions that begin from now on a clock that Shift sets. What a column has by
// default keeps the machine's time.
func NewClock(t testing.TB, dsn string) *Clock {
	t.Helper()
	OneServer(t, "each of its nodes would need one")
	c := &Clock{t: t, dsn: dsn}
	c.run(sqlClock)
	return c
}

// Shift sets by how much the clock is ahead of the machine's; one that is behind has a negative shift.
func (c *Clock) Shift(by time.Duration) {
	c.t.Helper()
	c.run("UPDATE clocked.shift SET by = $1::interval", by)
}

func (c *Clock) run(sql string, args ...any) {
	c.t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, c.dsn)
	require.NoError(c.t, err)
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, sql, args...)
	require.NoError(c.t, err)
}

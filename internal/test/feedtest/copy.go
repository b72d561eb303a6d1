package feedtest

import (
	"tenure/internal/test/database"
	"tenure/internal/test/environment"
)

// Copy returns a database with everything that this one has now, as one that is restored from a backup later. No other
// connection may be connected to this one meanwhile.
func (d *Database) Copy() *Database {
	d.t.Helper()
	d.Close() // PostgreSQL copies only a database without connections
	dsn := database.Copy(d.t, d.DSN)
	d.Store = environment.Store(d.t, d.DSN)
	return &Database{Store: environment.Store(d.t, dsn), DSN: dsn, t: d.t}
}

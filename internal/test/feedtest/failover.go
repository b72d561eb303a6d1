package feedtest

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/test/database"
)

// Become puts a standby, a copy of the database as it was, in its place, as an automatic failover does: sessions end
// and the address stays. What was committed to the database since is lost.
func (d *Database) Become(standby *Database) {
	d.t.Helper()
	standby.Close()
	database.Replace(d.t, d.DSN, standby.DSN)
	require.Eventually(
		d.t,
		func() bool { _, err := d.Heads(context.Background()); return err == nil },
		time.Minute,
		10*time.Millisecond,
	)
}

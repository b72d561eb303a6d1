package feed

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/test/feedtest"
	"tenure/internal/test/running"
)

// patience bounds each wait of a test; nothing waits for it to pass.
const patience = running.Patience

func TestMain(m *testing.M) { os.Exit(feedtest.Main(m)) }

// live runs a feed until the test ends or stop is called; stop waits for it.
func live(t testing.TB, c Config) (stop func()) {
	t.Helper()
	if c.Log == nil {
		c.Log = running.Log()
	}
	return running.Start(t, func(ctx context.Context) error { return Run(ctx, c) })
}

// caught waits until subscribers have taken the whole log.
func caught(t testing.TB, db *feedtest.Database, subscribers ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, Caught(ctx, db.Store, nil, subscribers...))
}

// listener collects why shards stopped.
type listener struct {
	Quiet
	*feedtest.Stops
}

func newListener() listener { return listener{Stops: feedtest.NewStops()} }

// ShardStopped notes the reason.
func (l listener) ShardStopped(name string, shard int32, reason string) {
	l.Stops.ShardStopped(name, shard, reason)
}

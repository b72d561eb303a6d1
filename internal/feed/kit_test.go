package feed

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/test/feedtest"
)

// patience bounds each wait of a test; nothing waits for it to pass.
const patience = 30 * time.Second

func TestMain(m *testing.M) { os.Exit(feedtest.Main(m)) }

// running runs a feed until the test ends or stop is called; stop waits for it.
func running(t testing.TB, c Config) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	if c.Log == nil && os.Getenv("TENURE_TEST_LOG") != "" {
		c.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	go func() { done <- Run(ctx, c) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			require.NoError(t, err)
		case <-time.After(patience):
			t.Error("Run did not return")
		}
	})
	t.Cleanup(stop)
	return stop
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
	mu    sync.Mutex
	stops map[int32]string
	heard chan struct{}
}

func newListener() *listener {
	return &listener{stops: map[int32]string{}, heard: make(chan struct{}, 16)}
}

// ShardStopped notes the reason.
func (e *listener) ShardStopped(_ string, shard int32, reason string) {
	e.mu.Lock()
	e.stops[shard] = reason
	e.mu.Unlock()
	e.heard <- struct{}{}
}

// await waits until a shard has stopped and gives all that have.
func (e *listener) await(t testing.TB) map[int32]string {
	t.Helper()
	select {
	case <-e.heard:
	case <-time.After(patience):
		t.Fatal("no shard stopped")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stops
}

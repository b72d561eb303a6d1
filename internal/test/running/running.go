package running

import (
	"context"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Patience bounds each wait of a test, on a machine that runs the tests of several packages; nothing waits for it to
// pass. It is longer than any one request of a part on its socket, which a stop may have to wait for.
const Patience = 3 * time.Minute

// stacksMax bounds what a part that does not end shows of the process.
const stacksMax = 4 << 20

// envLog, set to anything, shows what the parts log.
const envLog = "TENURE_TEST_LOG"

// Logs reports whether TENURE_TEST_LOG asks for what the parts log.
func Logs() bool { return os.Getenv(envLog) != "" }

// Log is silent unless TENURE_TEST_LOG asks for it.
func Log() *slog.Logger {
	if !Logs() {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}

// Start runs a part until the test ends or stop is called. Stop cancels its context, waits for it and wants no error;
// it may be called again.
func Start(t testing.TB, part func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- part(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			require.NoError(t, err)
		case <-time.After(Patience):
			stacks := make([]byte, stacksMax)
			t.Errorf("a part did not end when it was told to:\n%s", stacks[:runtime.Stack(stacks, true)])
		}
	})
	t.Cleanup(stop)
	return stop
}

// End ends a process of a test, and wants no error. It may take longer than one that is told to end in production.
func End(t testing.TB, stop func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	require.NoError(t, stop(ctx))
}

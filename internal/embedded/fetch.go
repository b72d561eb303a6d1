package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

// DefaultCacheDir is where fetched programs are kept: TENURE_CACHE, or the
// user's cache directory, or a directory for temporary files where there is
// no home.
func DefaultCacheDir() string {
	if dir := os.Getenv("TENURE_CACHE"); dir != "" {
		return dir
	}
	if dir, err := os.UserCacheDir(); err == nil {
		return filepath.Join(dir, "tenure")
	}
	return filepath.Join(os.TempDir(), "tenure-cache")
}

func fetchedBinaries(context.Context, PostgresOptions) (string, error) {
	return "", errors.New("fetching: not yet")
}

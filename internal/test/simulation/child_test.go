package simulation

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/test/environment"
)

// Each life has a process, so that one that dies, or in which nothing moves any more, is the result of that life.
const (
	envLife      = "SIMULATION_LIFE"      // the seed that the process plays
	envDatabases = "SIMULATION_DATABASES" // of the undisturbed and the disturbed life, with a comma

	// frozenExit is the exit code of a process in which simulated time does not pass any more. It does not pass while
	// anybody waits for a lock, and libraries hold locks over what takes simulated time; nor while something is done
	// over and over without a pause.
	frozenExit = 3
	// frozenProcessor is how long a process may have a processor while simulated time does not pass: several times what
	// a whole life needs.
	frozenProcessor = 12 * time.Second
	// frozenTime is how long that may take at all, on a busy machine, of which the database has its share.
	frozenTime = 150 * time.Second
)

// verdict is how a life ended.
type verdict string

const (
	passed verdict = "passed"
	failed verdict = "failed"
	froze  verdict = "froze"
)

// live has a seed played in a process of this binary, and returns what it wrote.
func live(ctx context.Context, t *testing.T, seed int64) (v verdict, output string) {
	t.Helper()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestLife$", "-test.v", "-test.timeout=0")
	cmd.Env = append(os.Environ(), envLife+"="+strconv.FormatInt(seed, 10),
		envDatabases+"="+environment.Database(t)+","+environment.Database(t))
	written, err := cmd.CombinedOutput() // a panic and what the runtime says of a crash are results
	var exit *exec.ExitError
	switch {
	case err == nil:
		return passed, string(written)
	case errors.As(err, &exit) && exit.ExitCode() == frozenExit:
		return froze, string(written)
	}
	return failed, fmt.Sprintf("%s\n%s", written, err)
}

// TestLife is the process of one life.
func TestLife(t *testing.T) {
	t.Parallel()
	given := os.Getenv(envLife)
	if given == "" {
		t.Skip("TestSimulation_EveryLifeEndsAsItsUndisturbedOne runs it in a separate process")
	}
	seed, err := strconv.ParseInt(given, 10, 64)
	require.NoError(t, err)
	calm, wild, _ := strings.Cut(os.Getenv(envDatabases), ",")
	go exitWhenFrozen()
	play(t, seed, calm, wild)
}

// moments counts the moments of simulated time at which a world was looked at.
var moments atomic.Int64

// exitWhenFrozen ends the process when simulated time does not pass any more, with what everybody does then.
func exitWhenFrozen() {
	last, since, used := int64(-1), time.Now(), processorTime()
	for range time.Tick(time.Second) {
		if now := moments.Load(); now != last {
			last, since, used = now, time.Now(), processorTime()
		}
		busy, stood := processorTime()-used, time.Since(since)
		if busy < frozenProcessor && stood < frozenTime {
			continue
		}
		fmt.Printf("simulated time has not passed for %s, %s of a processor\n", stood, busy)
		_ = pprof.Lookup("goroutine").WriteTo(os.Stdout, 2)
		os.Exit(frozenExit)
	}
}

// processorTime is how long this process has had a processor so far.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0 // never, with these arguments
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

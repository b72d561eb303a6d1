package simulation

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Lives are lived in a separate process. Simulated time does not pass while anybody waits for a lock, and libraries
// hold locks over what takes simulated time; rarely two of them meet, and nothing moves any more. Then the process is
// killed, and the lives that have no result are lived in another one.
const (
	envLives = "SIMULATION_LIVES" // the seeds of the process, with commas
	// frozenAfter is how long no life may end, in real time, on a busy machine.
	frozenAfter = 150 * time.Second
	// attemptsMax is how often a seed is tried that freezes.
	attemptsMax = 3
	// testTime bounds what make test plays: on a machine that is too busy for all of its lives it plays those that it can.
	testTime = 90 * time.Second
	lived    = "LIVED " // begins the line that says of a seed that its life is over
)

// liveAll has seeds lived in processes of this binary, until ctx ends, and gives the output of those that failed.
func liveAll(ctx context.Context, t *testing.T, seeds []int64) (failed []string) {
	t.Helper()
	for attempt := 0; len(seeds) > 0; attempt++ {
		if ctx.Err() != nil {
			t.Logf("not played on so busy a machine: %v", seeds)
			return nil
		}
		require.Less(t, attempt, len(seeds)+attemptsMax, "the lives of %v never end", seeds)
		done, output := inProcess(ctx, t, seeds)
		var rest []int64
		for _, seed := range seeds {
			switch result, ended := done[seed]; {
			case !ended:
				rest = append(rest, seed)
			case result != "ok":
				failed = append(failed, fmt.Sprintf("TENURE_SEED=%d go test ./internal/test/simulation -count=1 -v", seed))
			}
		}
		if len(failed) > 0 {
			return append(failed, output...)
		}
		if len(rest) > 0 && ctx.Err() == nil {
			t.Logf("simulated time froze, again: %v", rest)
		}
		seeds = rest
	}
	return nil
}

// inProcess is one process: the results of the seeds whose lives ended in it, and what it wrote.
func inProcess(ctx context.Context, t *testing.T, seeds []int64) (done map[int64]string, output []string) {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	list := make([]string, len(seeds))
	for i, seed := range seeds {
		list[i] = strconv.FormatInt(seed, 10)
	}
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestLives$", "-test.v", "-test.timeout=0")
	cmd.Env = append(os.Environ(), envLives+"="+strings.Join(list, ","))
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	frozen := time.AfterFunc(frozenAfter, cancel)
	defer frozen.Stop()
	done = map[int64]string{}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		if says, is := strings.CutPrefix(line, lived); is {
			seed, result, _ := strings.Cut(says, " ")
			n, err := strconv.ParseInt(seed, 10, 64)
			require.NoError(t, err)
			done[n] = result
			frozen.Reset(frozenAfter)
			continue
		}
		if !strings.HasPrefix(line, "===") {
			output = append(output, line)
		}
	}
	_ = cmd.Wait() // what it says is in its lines
	return done, output
}

// TestLives is the process that lives them.
func TestLives(t *testing.T) {
	t.Parallel()
	list := os.Getenv(envLives)
	if list == "" {
		t.Skip("TestSimulation_EveryLifeEndsAsItsUndisturbedOne runs it in a separate process")
	}
	for one := range strings.SplitSeq(list, ",") {
		seed, err := strconv.ParseInt(one, 10, 64)
		require.NoError(t, err)
		t.Run(one, func(t *testing.T) {
			t.Parallel()
			defer func() {
				result := "ok"
				if t.Failed() {
					result = "failed"
				}
				fmt.Printf("\n%s%d %s\n", lived, seed, result)
			}()
			play(t, seed)
		})
	}
}

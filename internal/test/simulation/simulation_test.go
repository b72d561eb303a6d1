package simulation

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rcrowley/go-metrics"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"tenure/internal/test/digest"
	"tenure/internal/test/environment"
)

func TestMain(m *testing.M) {
	metrics.UseNilMetrics = true  // sarama's would keep a goroutine running
	if os.Getenv(envLife) != "" { // has its databases
		os.Exit(m.Run())
	}
	environment.Main(m)
}

const (
	// A life has so many days and, on each of them, so many orders: two seconds of two cores.
	days        = 2
	ordersADay  = 16
	livesAtOnce = 3 // of two cores, since a life also waits for its database
	// testTime bounds what make test plays, which takes a quarter of it on a quiet machine. One that is too busy plays
	// the lives that it can, and what it leaves out is logged.
	testTime = 4 * time.Minute
	// attemptsMax is how often a life is played that freezes.
	attemptsMax = 3
	// outputMax is how much of what a life wrote is shown.
	outputMax = 64 << 10
)

func TestSimulation_EveryLifeEndsAsItsUndisturbedOne(t *testing.T) {
	t.Parallel()
	known := openNotes(t)
	all, bounded := seeds(t)
	began := time.Now()
	var through atomic.Int64
	var g errgroup.Group
	g.SetLimit(livesAtOnce)
	for _, seed := range all {
		if known.passed[seed] {
			through.Add(1)
			continue
		}
		g.Go(func() error {
			if bounded && time.Since(began) > testTime {
				t.Logf("seed %d is not played on so busy a machine", seed)
				return nil
			}
			t.Run(strconv.FormatInt(seed, 10), func(t *testing.T) {
				began := time.Now()
				v := pass(t, seed, known)
				t.Logf("%s in %.1fs, %d of %d seeds are through", v, time.Since(began).Seconds(), through.Add(1), len(all))
			})
			return nil
		})
	}
	require.NoError(t, g.Wait())
}

// pass fails unless a life ends as its undisturbed one. One in which simulated time froze has not been played.
func pass(t *testing.T, seed int64, known *notes) verdict {
	t.Helper()
	v, output := froze, ""
	for range attemptsMax {
		began := time.Now()
		v, output = live(t.Context(), t, seed)
		known.add(t, seed, v, time.Since(began), output)
		if v != froze {
			break
		}
		t.Log("simulated time froze, again")
	}
	if v != passed {
		t.Errorf("TENURE_SEED=%d go test ./internal/test/simulation -count=1 -v\n%s", seed,
			output[max(0, len(output)-outputMax):])
	}
	return v
}

// play lives one life undisturbed, and again with faults.
func play(t *testing.T, seed int64, calm, wild string) {
	t.Helper()
	l := newLife(seed, days, ordersADay)
	var want, got *digest.Digest
	now := time.Now()
	synctest.Test(t, func(t *testing.T) {
		untilNow(now)
		w := newWorld(t, calm, l.first, seed)
		defer w.close()
		w.start()
		want = w.live(l)
	})
	synctest.Test(t, func(t *testing.T) {
		untilNow(now)
		w := newWorld(t, wild, l.first, seed)
		defer w.close()
		w.start()
		w.start()
		w.wild = true
		got = w.live(l)
		t.Logf("%v in %v, %v records lost, %v of output", w.happened, time.Since(now), w.loses.lost, w.losesOutput.lost)
	})
	want.Equal(t, got)
}

// untilNow lets simulated time, which begins in the past, pass until now: the database has the real one.
func untilNow(now time.Time) { <-time.After(time.Until(now)) }

// The page that names what goes wrong here.
const faultsPage = "../../../docs/reliability.md"

func TestFaults_AreThoseOfThePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(faultsPage)
	require.NoError(t, err)
	_, section, found := strings.Cut(string(page), "## Simulator")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	var listed, here []string
	for line := range strings.Lines(section) {
		if item, ok := strings.CutPrefix(strings.TrimSpace(line), "- "); ok {
			listed = append(listed, item)
		}
	}
	for _, f := range faults {
		here = append(here, f.name)
	}
	require.Equal(t, here, listed)
}

package simulation

import (
	"cmp"
	"context"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rcrowley/go-metrics"
	"github.com/stretchr/testify/require"

	"tenure/internal/test/digest"
	"tenure/internal/test/environment"
)

func TestMain(m *testing.M) {
	if os.Getenv(envLives) == "" { // needs no database itself
		os.Exit(m.Run())
	}
	metrics.UseNilMetrics = true // sarama's would keep a goroutine running
	environment.Main(m)
}

// The lives that are played: one takes two seconds of two cores.
const (
	envSeeds    = "TENURE_SIMULATIONS" // how many, or from which to which: 101-200; make test-faults asks for 1 000
	envSeed     = "TENURE_SEED"        // one alone
	seedsOfTest = "20"                 // where neither is set
	days        = 2
	ordersADay  = 16
)

func TestSimulation_EveryLifeEndsAsItsUndisturbedOne(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	if os.Getenv(envSeeds) == "" && os.Getenv(envSeed) == "" {
		limited, cancel := context.WithTimeout(ctx, testTime)
		defer cancel()
		ctx = limited
	}
	for _, line := range liveAll(ctx, t, seeds(t)) {
		t.Error(line)
	}
}

func seeds(t *testing.T) []int64 {
	t.Helper()
	if given := os.Getenv(envSeed); given != "" {
		one, err := strconv.ParseInt(given, 10, 64)
		require.NoError(t, err)
		return []int64{one}
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
	var all []int64
	for seed := first; seed <= last; seed++ {
		all = append(all, seed)
	}
	return all
}

// play lives one life undisturbed, and again with faults.
func play(t *testing.T, seed int64) {
	t.Helper()
	l := newLife(seed, days, ordersADay)
	var want, got *digest.Digest
	calm, wild := environment.Database(t), environment.Database(t)
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
		t.Logf("%v in %v", w.happened, time.Since(now))
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

package bench

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFigures_PercentileIsTheNearestRank(t *testing.T) {
	t.Parallel()
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(100-i) * time.Millisecond // unsorted: the last is the smallest
	}
	for _, c := range []struct {
		name   string
		values []time.Duration
		p      float64
		want   time.Duration
	}{
		{"the half of a hundred values is the fiftieth", hundred, 50, 50 * time.Millisecond},
		{"ninety-nine percent is the last but one", hundred, 99, 99 * time.Millisecond},
		{"all of them is the largest", hundred, 100, 100 * time.Millisecond},
		{"none of them is the smallest", hundred, 0, time.Millisecond},
		{"of one value every percentile is that value", []time.Duration{7}, 99, 7},
		{"of two values the half is the first", []time.Duration{9, 4}, 50, 4},
		{"of no values it is zero", nil, 99, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, percentile(append([]time.Duration(nil), c.values...), c.p))
		})
	}
}

func TestRatesAndRatios(t *testing.T) {
	t.Parallel()
	require.InDelta(t, 500, perSecond(1000, 2*time.Second), 1e-9)
	require.Zero(t, perSecond(1000, 0), "no time gives no rate, not an infinite one")
	require.InDelta(t, 10, ratio(20_000, 2_000, Higher), 1e-9, "ten times as many")
	require.InDelta(t, 4, ratio(25, 100, Lower), 1e-9, "a quarter of the time")
	require.Zero(t, ratio(20_000, 0, Higher), "nothing to compare with")
}

func TestFigures_NumbersHaveTheDigitsTheyAreWorth(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{
		0.123: "0.12", 9.999: "10.00", 12.34: "12.3", 123.4: "123", 1234.5: "1 235", 1_234_567: "1 234 567",
		999_999.6: "1 000 000",
	} {
		require.Equal(t, want, number(v))
	}
}

func TestFigures_ScatteredVisitsEveryEmployeeOnce(t *testing.T) {
	t.Parallel()
	for _, of := range []int{1, 200, 5_000, 20_000, 200_000} {
		seen := make(map[int]bool, of)
		for i := range of {
			seen[scattered(i, of)] = true
		}
		require.Len(t, seen, of)
	}
}

func TestFigures_TimeBeginsWithTheFirstGrowth(t *testing.T) {
	t.Parallel()
	start := time.Unix(1000, 0)
	w := watch{from: 5, last: 5, start: start, moved: start}
	w.see(5, start.Add(time.Second))
	w.see(25, start.Add(4*time.Second)) // the group has formed
	w.see(25, start.Add(5*time.Second))
	w.see(125, start.Add(6*time.Second))
	require.Equal(t, span{n: 100, took: 2 * time.Second}, w.span())

	sudden := watch{from: 5, last: 5, start: start, moved: start}
	sudden.see(25, start.Add(4*time.Second))
	require.Equal(t, span{n: 20, took: 4 * time.Second}, sudden.span(), "all at once: with the time before")
}

func TestFigures_EffortIsUserAndSystemTime(t *testing.T) {
	t.Parallel()
	stat := "4711 (a (strange) name) S 1 4711 4711 0 -1 4194560 100 200 0 0 150 25 7 8 20 0 1 0 100 0 0"
	require.Equal(t, 1750*time.Millisecond, parseEffort(stat))
	require.Zero(t, parseEffort("4711 (short) S 1"))
	require.Positive(t, peakOf(1)+1, "a process that tells nothing has no peak, not an error")
	before := map[int]time.Duration{1: time.Second, 2: time.Second}
	after := map[int]time.Duration{1: 3 * time.Second, 3: time.Second}
	require.Equal(t, 3*time.Second, spent(before, after), "a process that ended is not in it, a new one whole")
}

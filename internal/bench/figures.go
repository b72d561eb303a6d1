package bench

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// percentile is the smallest value that is not below p percent of all (nearest rank), 0 of none. It sorts the values.
func percentile(values []time.Duration, p float64) time.Duration {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	rank := int(math.Ceil(p / 100 * float64(len(values))))
	return values[min(max(rank, 1), len(values))-1]
}

// perSecond is a rate; 0 of no time, because no rate is infinite.
func perSecond(n int64, took time.Duration) float64 {
	if took <= 0 {
		return 0
	}
	return float64(n) / took.Seconds()
}

// ratio is how many times better a figure is than its baseline; 0 when either is missing.
func ratio(figure, baseline float64, better Better) float64 {
	if figure <= 0 || baseline <= 0 {
		return 0
	}
	if better == Lower {
		return baseline / figure
	}
	return figure / baseline
}

// number writes a figure with as many digits as it is worth: three, and whole thousands in groups.
func number(v float64) string {
	switch {
	case v >= 1000:
		return grouped(int64(math.Round(v)))
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// grouped writes a whole number with a space between thousands.
func grouped(n int64) string {
	digits := fmt.Sprint(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + " " + digits[at:]
	}
	return digits
}

// mebibytes is a size in MiB.
func mebibytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// milliseconds is a duration in ms.
func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

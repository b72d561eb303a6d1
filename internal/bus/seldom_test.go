package bus

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSeldom_LogsTheFirstAndThenOneAMinuteWithTheCount(t *testing.T) {
	t.Parallel()
	var s seldom
	begin := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	lines, counted := 0, 0
	for i := range 4 * 60 * 5 { // four a second for five minutes
		if faults, ok := s.due(begin.Add(time.Duration(i) * 250 * time.Millisecond)); ok {
			lines, counted = lines+1, counted+faults
		}
	}
	require.Equal(t, 5, lines)
	require.Equal(t, 4*60*4+1, counted, "each is counted by the line after it")
	_, ok := s.due(begin.Add(time.Hour))
	require.True(t, ok, "the first of another fault is logged at once")
}

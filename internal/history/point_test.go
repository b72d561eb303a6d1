package history_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/internal/history"
)

func TestParsePoint_TakesATimeOrAPosition(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"": "", "12": "12", "@12": "12", "3:12": "3:12", "@3:12": "3:12", "0:7": "0:7",
		"2026-10-30": "2026-10-30T00:00:00Z", "2026-10-30T14:00:00+02:00": "2026-10-30T12:00:00Z",
	} {
		got, err := history.ParsePoint(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got.String(), text)
		again, err := history.ParsePoint(got.String())
		require.NoError(t, err, text)
		require.Equal(t, got, again, text)
	}
	for _, wrong := range []string{"@", "@x", "@0", "@-1", "noon", "x:1", "1:0", "-1:3", "1:2:3", "2026-13-01"} {
		_, err := history.ParsePoint(wrong)
		require.ErrorContains(t, err, "is neither a time", wrong)
	}
	all := []events.Recorded{{Shard: 3, Position: 4, At: noon}, {Shard: 3, Position: 7, At: noon.Add(time.Hour)}}
	for point, want := range map[string]int{"": 2, "6": 1, "7": 2, "3:4": 1, "3": 0, "2026-10-30T12:00:00Z": 1,
		"2026-10-30": 0} {
		p, err := history.ParsePoint(point)
		require.NoError(t, err)
		part, err := p.Until(all)
		require.NoError(t, err)
		require.Len(t, part, want, "up to %q, inclusive", point)
	}
	other, err := history.ParsePoint("2:4")
	require.NoError(t, err)
	_, err = other.Until(all)
	require.ErrorContains(t, err, "position 2:4 is of shard 2, the history is in shard 3")
}

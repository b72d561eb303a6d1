package feed

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFreshness_MeasuresSinceTheLastCompleteLook(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)
	f := NewFreshness(nil, "directory")
	f.now, f.since = func() time.Time { return now }, now
	look := func(position, head int64) {
		now = now.Add(10 * time.Second)
		f.note([]Progress{{Subscriber: "directory", Shard: 3, Position: position, Head: head},
			{Subscriber: "other", Shard: 3}}, now)
	}
	look(5, 5)
	require.Zero(t, f.Behind(3))
	require.Equal(t, 10*time.Second, f.Behind(4), "a shard that was never seen counts from the start")
	look(5, 9)
	look(8, 12)
	require.Equal(t, 20*time.Second, f.Behind(3), "it has not reached the head of the first look")
	look(10, 14)
	require.Equal(t, 20*time.Second, f.Behind(3), "it had everything that was there two looks ago")
	look(14, 14)
	require.Zero(t, f.Behind(3))
	now = now.Add(time.Minute)
	require.Equal(t, time.Minute, f.Behind(3), "without a look it falls behind")
}

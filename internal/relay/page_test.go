package relay

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/feed"
	"tenure/internal/store"
)

// The loop of a later lease of the same process has settled the page that this one began.
func TestCollect_LeavesAShardWhosePageIsSettled(t *testing.T) {
	t.Parallel()
	r := &relay{observer: quiet{}, wait: time.Minute, pending: map[store.ShardID]*page{}}
	failed := feed.ShardErrors{}
	require.False(t, r.collect(t.Context(), []*store.Lease{{Shard: 7}}, &feed.Moves{}, failed))
	require.ErrorIs(t, failed[7], errOnItsWay)
}

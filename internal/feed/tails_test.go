package feed

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/store"
	"tenure/internal/test/feedtest"
)

// pagesOf are entries as they would be read of a shard behind a position, without a database.
func pagesOf(shard store.ShardID, after int64, n, payload int) []*Entry {
	page := make([]*Entry, n)
	for i := range page {
		page[i] = &Entry{Event: store.Event{Shard: shard, Position: after + int64(i) + 1, Payload: make([]byte, payload)}}
	}
	return page
}

// keepBehind keeps a page as one that was read behind a position.
func keepBehind(r *Reader, shard store.ShardID, after int64, page []*Entry) {
	r.keep(r.tail(shard), store.Place{Position: after}, page)
}

func TestReader_ABusyShardKeepsWhatTheQuietOnesDoNotNeed(t *testing.T) {
	t.Parallel()
	r := NewReader(feedtest.NewDatabase(t).Store)
	const payload, events = 4 << 10, tailEventsMax
	for shard := range store.ShardID(40) { // quiet ones, as a process has them
		keepBehind(r, shard+1, 0, pagesOf(shard+1, 0, 1, payload))
	}
	keepBehind(r, 1, 1, pagesOf(1, 1, events, payload))
	require.Len(t, r.tail(1).entries, events, "a shard of a night has a fortieth of the bytes only in equal parts")
	require.EqualValues(t, 1, r.tail(1).before.Position)
}

func TestReader_LetsGoOfWhatWasReadLongestAgo(t *testing.T) {
	t.Parallel()
	r := NewReader(feedtest.NewDatabase(t).Store)
	const payload = 1 << 20
	const most = tailsBytesMax / payload
	for n := range int64(most) {
		shard := store.ShardID(n % 2)
		keepBehind(r, shard, n/2, pagesOf(shard, n/2, 1, payload))
	}
	require.EqualValues(t, tailsBytesMax, r.bytes)
	keepBehind(r, 0, most/2, pagesOf(0, most/2, 1, payload))
	require.EqualValues(t, tailsBytesMax, r.bytes, "over all shards")
	require.EqualValues(t, 1, r.tail(0).before.Position)
	require.Len(t, r.tail(0).entries, most/2)
	require.Len(t, r.tail(1).entries, most/2, "what is newer stays")
	keepBehind(r, 2, 0, pagesOf(2, 0, 1, 2*tailsBytesMax))
	require.Len(t, r.tail(2).entries, 1, "the newest page stays, however large")
	require.Empty(t, r.tail(0).entries)
	require.Empty(t, r.tail(1).entries)
	for shard := range store.ShardID(3) {
		require.Equal(t, bytesOf(r.tail(shard).entries), r.tail(shard).bytes)
	}
}

func TestReader_APageBehindAnotherPlaceBeginsTheTailAgain(t *testing.T) {
	t.Parallel()
	r := NewReader(feedtest.NewDatabase(t).Store)
	keepBehind(r, 1, 0, pagesOf(1, 0, 5, 10))
	keepBehind(r, 1, 100, pagesOf(1, 100, 3, 10))
	require.EqualValues(t, 100, r.tail(1).before.Position)
	require.EqualValues(t, 30, r.bytes)
	keepBehind(r, 1, 103, pagesOf(1, 103, tailEventsMax, 10))
	require.Len(t, r.tail(1).entries, tailEventsMax, "and a shard has no more events than that")
	require.EqualValues(t, 103, r.tail(1).before.Position)
}

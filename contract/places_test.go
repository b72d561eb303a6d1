package contract

import (
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// The values are those of the Java client's own test of Utils.murmur2.
func TestPartitionOf_HashesAsJavaDoes(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]int32{
		"21":                         -973932308,
		"foobar":                     -790332482,
		"a-little-bit-long-string":   -985981536,
		"a-little-bit-longer-string": -1486304829,
		"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
		"abc": 479470107,
	} {
		require.Equal(t, want, int32(murmur2([]byte(key))), key)
	}
}

// A stream is found without a look at the database: by what its commands' key leads to.
func TestShardsOfStream_FollowsTheKeyOfItsCommands(t *testing.T) {
	t.Parallel()
	layout := Layout{{16}, {1}, {8}}
	for stream, want := range map[string]int32{
		"employee/52f4fd7734697b28ccafeeff": PartitionOf([]byte("52f4fd7734697b28ccafeeff"), 16),
		"product/light":                     1024,
		"policy/policy":                     1024,
		"run/nightly/2026-10-01":            2048 + PartitionOf([]byte("nightly/2026-10-01"), 8),
		"runshard/nightly/2026-10-01/7":     7,
		"document/2026-10/CUSTOMER/a/DKK":   2048 + PartitionOf([]byte("a"), 8),
	} {
		shards, ok := layout.ShardsOfStream(stream)
		require.True(t, ok, stream)
		require.Equal(t, []int32{want}, shards, stream)
	}
	for _, stream := range []string{"repair/x", "", "employee", "runshard/nightly/2026-10-01/x"} {
		if shards, ok := new(Layout).ShardsOfStream(stream); ok {
			t.Errorf("%s is in shards %d of unknown topics", stream, shards)
		}
	}
}

// A topic that has grown has streams where their keys led before; new ones begin where keys lead now.
func TestHomes_AreWhereAKeyLedUnderEachCount(t *testing.T) {
	t.Parallel()
	stayed, moved := 0, 0
	for n := range 1000 {
		key := strconv.AppendInt(nil, int64(n), 10)
		homes := Homes(key, []int32{4, 8, 12})
		require.Equal(t, PartitionOf(key, 12), homes[len(homes)-1], "where it begins")
		for _, count := range []int32{4, 8} {
			require.Contains(t, homes, PartitionOf(key, count))
		}
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(homes))), len(homes), "each once")
		if len(Homes(key, []int32{4, 8})) == 1 {
			stayed++
		} else {
			moved++
		}
	}
	require.InDelta(t, stayed, moved, 200, "twice as many partitions lead half of the keys elsewhere")
}

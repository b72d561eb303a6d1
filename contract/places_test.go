package contract

import (
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
func TestShardOfStream_FollowsTheKeyOfItsCommands(t *testing.T) {
	t.Parallel()
	counts := [familyCount]int32{16, 1, 8}
	for stream, want := range map[string]int32{
		"employee/52f4fd7734697b28ccafeeff": PartitionOf([]byte("52f4fd7734697b28ccafeeff"), 16),
		"product/light":                     1024,
		"policy/policy":                     1024,
		"run/nightly/2026-10-01":            2048 + PartitionOf([]byte("nightly/2026-10-01"), 8),
		"runshard/nightly/2026-10-01/7":     7,
		"document/2026-10/CUSTOMER/a/DKK":   2048 + PartitionOf([]byte("a"), 8),
	} {
		shard, ok := ShardOfStream(stream, counts)
		require.True(t, ok, stream)
		require.Equal(t, want, shard, stream)
	}
	for _, stream := range []string{"repair/x", "", "employee", "runshard/nightly/2026-10-01/x"} {
		if shard, ok := ShardOfStream(stream, [familyCount]int32{}); ok {
			t.Errorf("%s is in shard %d of unknown topics", stream, shard)
		}
	}
}

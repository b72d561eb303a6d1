package bus

import (
	"strconv"

	"tenure/contract"
)

// keyTriesMax bounds the search of KeyFor. The chance to miss one of 1024
// partitions in that many tries is below 1e-27.
const keyTriesMax = 1 << 16

// KeyFor returns a key that starts with prefix and lies in the given partition of
// n, for a command that is addressed to a shard and not to an employee. It is the
// same key each time: prefix, a dash, and the smallest counter that fits.
func KeyFor(prefix string, partition, n int32) string {
	if partition < 0 || partition >= n {
		panic("bus: KeyFor: partition " + strconv.Itoa(int(partition)) + " of " + strconv.Itoa(int(n)))
	}
	key := append([]byte(prefix), '-')
	for i := range keyTriesMax {
		candidate := strconv.AppendInt(key, int64(i), 10)
		if contract.PartitionOf(candidate, n) == partition {
			return string(candidate)
		}
	}
	panic("bus: KeyFor: no key found for " + strconv.Itoa(int(n)) + " partitions")
}

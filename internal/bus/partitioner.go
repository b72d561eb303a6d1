package bus

import (
	"encoding/binary"
	"strconv"
)

// keyTriesMax bounds the search of KeyFor. The chance to miss one of 1024
// partitions in that many tries is below 1e-27.
const keyTriesMax = 1 << 16

// PartitionOf returns the partition that a Java producer gives to key in a topic
// of n partitions: murmur2 of the key, made positive, modulo n. It panics if n is
// not positive, which is a mistake in the caller and not in a message.
func PartitionOf(key []byte, n int32) int32 {
	return int32(murmur2(key)&0x7fffffff) % n
}

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
		if PartitionOf(candidate, n) == partition {
			return string(candidate)
		}
	}
	panic("bus: KeyFor: no key found for " + strconv.Itoa(int(n)) + " partitions")
}

// murmur2 is the 32 bit hash of the Java client, seed included. sarama has the
// same one, but only behind its partitioner, which allocates per key.
func murmur2(key []byte) uint32 {
	const m = 0x5bd1e995
	h := uint32(0x9747b28c) ^ uint32(len(key))
	for ; len(key) >= 4; key = key[4:] {
		k := binary.LittleEndian.Uint32(key) * m
		k = (k ^ k>>24) * m
		h = h*m ^ k
	}
	switch len(key) {
	case 3:
		h ^= uint32(key[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(key[1]) << 8
		fallthrough
	case 1:
		h = (h ^ uint32(key[0])) * m
	}
	h = (h ^ h>>13) * m
	return h ^ h>>15
}

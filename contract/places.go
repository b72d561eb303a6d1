package contract

import (
	"encoding/binary"
	"strconv"
	"strings"
)

// PartitionOf returns the partition that a Java producer gives to a key in a topic of n partitions: murmur2 of the key,
// made positive, modulo n. It panics if n is not positive, which is a mistake in the caller and not in a message.
func PartitionOf(key []byte, n int32) int32 {
	return int32(murmur2(key)&0x7fffffff) % n
}

// murmur2 is the 32 bit hash of the Java client, seed included. sarama has the same one, but only behind its
// partitioner, which allocates per key.
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

// FamilyOf is the family of shards in which the streams of a kind are; false: no command goes to them.
func FamilyOf(kind string) (family int, ok bool) {
	topic, ok := commandTopics[kind]
	if !ok {
		return 0, false
	}
	found, ok := findTopic(topic)
	return found.Family, ok
}

// ShardOfStream is the shard of a stream, from the number of partitions of each family's topic: the one that its key
// leads to, and for a run's part in a shard the one that it names. false: the stream is of no kind that has commands,
// or the number of partitions is not known (0).
func ShardOfStream(stream string, partitions [familyCount]int32) (shard int32, ok bool) {
	kind, id, _ := strings.Cut(stream, "/")
	if kind == KindRunShard {
		n, err := strconv.ParseInt(id[strings.LastIndexByte(id, '/')+1:], 10, 32)
		return int32(n), err == nil && n >= 0
	}
	family, ok := FamilyOf(kind)
	if !ok || partitions[family] <= 0 {
		return 0, false
	}
	return int32(family)*partitionsMax + PartitionOf([]byte(KeyOf(stream, "")), partitions[family]), true
}

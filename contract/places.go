package contract

import (
	"encoding/binary"
	"slices"
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

// Homes are the partitions of a topic in which the stream of a key may be, each once: the one that the key leads to
// under each of the counts that the topic has had, in the order of counts. A stream stays where it began when its topic
// grows; one that has not begun yet begins in the last of them.
func Homes(key []byte, counts []int32) []int32 {
	homes := make([]int32, 0, 1)
	for _, n := range counts {
		at := PartitionOf(key, n)
		homes = append(slices.DeleteFunc(homes, func(other int32) bool { return other == at }), at)
	}
	return homes
}

// Layout is how many partitions the topic of each family of shards has, and has had, the smallest count first; none:
// not known.
type Layout [familyCount][]int32

// ShardsOfStream are the shards in which a stream may be: those that its key leads to, and for a run's part in a shard
// the one that it names. false: the stream is of no kind that has commands, or the layout is not known.
func (l *Layout) ShardsOfStream(stream string) (shards []int32, ok bool) {
	kind, id, _ := strings.Cut(stream, "/")
	if kind == KindRunShard {
		n, err := strconv.ParseInt(id[strings.LastIndexByte(id, '/')+1:], 10, 32)
		return []int32{int32(n)}, err == nil && n >= 0
	}
	family, ok := FamilyOf(kind)
	if !ok || len(l[family]) == 0 {
		return nil, false
	}
	shards = Homes([]byte(KeyOf(stream, "")), l[family])
	for i := range shards {
		shards[i] += int32(family) * partitionsMax
	}
	return shards, true
}

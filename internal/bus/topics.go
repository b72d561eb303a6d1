package bus

import (
	"strconv"

	"tenure/contract"
)

// PartitionsDefault is how many partitions, and so shards, a topic gets. Only
// the topic of the employees' commands may be given more: a key moves with it.
const PartitionsDefault int32 = 16

const day = 24 * 60 * 60 * 1000 // milliseconds, as Kafka counts retention

// TopicSpec says how a topic is created.
type TopicSpec struct {
	// Name of the topic.
	Name string
	// Partitions it has indefinitely, or at least where it grows.
	Partitions int32
	// Grows says that it may have been given more.
	Grows bool
	// ReplicationFactor; -1 means what the broker is configured for.
	ReplicationFactor int16
	// Configs are topic settings in Kafka's own names and units.
	Configs map[string]string
}

// Topics returns the specs of all topics of the contract, each with the given number of partitions but for those that
// have one only.
func Topics(partitions int32) []TopicSpec {
	topics := contract.Topics()
	specs := make([]TopicSpec, len(topics))
	for i := range topics {
		specs[i] = specOf(&topics[i], partitions)
	}
	return specs
}

// Fits reports whether a topic may have n partitions.
func (s *TopicSpec) Fits(n int32) bool { return n == s.Partitions || s.Grows && n > s.Partitions }

func specOf(t *contract.Topic, partitions int32) TopicSpec {
	if t.Single {
		partitions = 1
	}
	switch {
	case t.KeptDays == 0:
		return TopicSpec{Name: t.Name, Partitions: partitions, ReplicationFactor: -1,
			Configs: map[string]string{"cleanup.policy": "compact"}}
	case t.Commands:
		spec := commands(t.Name, partitions, t.KeptDays)
		spec.Grows = t.Grows
		return spec
	}
	return kept(t.Name, partitions, t.KeptDays)
}

// commands is a topic that others write to. The broker stores it uncompressed,
// so that it checks the size of what a batch unfolds to: a small batch that
// unfolds to gigabytes is then refused at its sender instead of met by a worker.
func commands(name string, partitions int32, days int) TopicSpec {
	spec := kept(name, partitions, days)
	spec.Configs["compression.type"] = "uncompressed"
	return spec
}

func kept(name string, partitions int32, days int) TopicSpec {
	return TopicSpec{Name: name, Partitions: partitions, ReplicationFactor: -1, Configs: map[string]string{
		"cleanup.policy": "delete",
		"retention.ms":   strconv.Itoa(days * day),
	}}
}

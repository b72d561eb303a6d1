// Package bus is all of Tenure's Kafka: settings, topics, consuming partitions
// in batches, publishing in batches, looking at topics, waiting for outcomes,
// and the CloudEvents headers that every message carries.
//
// The way in is [Consume]: a group member per topic hands each partition it is
// given to an [Owner], which fences the partition in the database, says at which
// offset to go on, and then pulls batches from a [Partition] at its own pace.
// Kafka's committed offset is written as a hint for operators and is never read
// for a decision. The way out is [Publisher]: all messages of a call are
// acknowledged by all replicas in sync, or the error says how many are not.
//
// [Guard] and [DecodeEnvelope] judge the bytes of a message in one pass and
// answer with a [Malformed] that has a stable reason, so that a worker can park
// the message instead of stopping at it. Neither panics, whatever the bytes are.
//
// What this package does not own: what a command or an event means (domain,
// events), the offset that counts (store), when to publish (feed), and the
// embedded broker (embedded). It logs coordinates (topic, partition, offset,
// counts) and never a payload.
//
//	config.go tls.go scram.go   connection and safety settings
//	topics.go admin.go          names, specs, creation
//	plan.go access.go …         comparing a cluster with what is declared
//	partitioner.go              murmur2 as Java computes it
//	consume.go claim.go
//	partition.go watch.go       consuming
//	observe.go                  what becomes of partitions, for metrics and health
//	publisher.go                producing
//	lookup.go fetch.go          reading topics without a group
//	outcomes.go router.go       waiting for the outcome of a command
//	envelope.go guard.go …      what a message must look like
package bus

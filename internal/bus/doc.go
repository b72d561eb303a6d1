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
//	config.go        connection and safety settings; tls.go, scram.go
//	topics.go        names and specifications of topics; admin.go creates them
//	access.go        who has rights on them
//	plan*.go         a cluster compared with what is declared
//	partitioner.go   murmur2 as Java computes it
//	message.go       a message and its headers
//	envelope.go      the CloudEvents headers; structured.go reads the other mode
//	proof.go         what of a command is signed
//	guard*.go        what a message's bytes must be
//	malformed.go     the reasons why they are not
//	consume.go       the group, and owners of partitions
//	claim.go         a partition as its owner claims it
//	partition.go     batches of a partition
//	tail_verify.go   comparing the last message taken after a change of leader, and passing markers
//	leaders.go       the client of a group, which sees leaders change
//	unreadable.go    records that no client can read
//	watchdog.go      work that must end with its session
//	observer.go      partitions, for metrics and health
//	publisher.go     producing; publish_call.go, publish_left.go, publisher_client.go, publisher_ends.go
//	publisher_doubts.go  what was acknowledged and may be lost
//	gone.go          looking whether it is
//	topic_reader.go  reading topics without a group; topic_offsets.go, fetch.go, tail.go
//	outcomes.go      waiting for the outcome of a command
//	router.go        watermill's router, where one message at a time is right
//	plain.go         a plain consumer, as a baseline
package bus

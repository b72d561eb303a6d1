// Package contract owns what a message on Kafka is addressed by: the topics, which of them Tenure reads and writes, the
// kinds of streams, which kind takes its commands from which topic under which key, the shards of a command topic, and
// the topics of each ledger. Nothing else in the program lists topics or ledgers. It also has the published forms that
// belong to no event.
//
// It does not own the schemas of messages (schemas), the payloads of events (events), the commands (domain), or what a
// topic is created with (internal/bus).
//
//	topics.go    the topics: names, directions, retention
//	ledgers.go   the topics of each ledger
//	keys.go      kind of a stream → topic, key and shard
//	types.go     the types of messages that are neither a command nor an event
//	dead_letter.go  the value of a message on dead.letters
//	activity.go  the value of a message on employee.activity
//	instant.go   how instants are published
package contract

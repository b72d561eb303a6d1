// Package relay publishes what the log has: events to their topics, and the outcomes of commands. Both relays are
// subscribers of the loop in package feed, whose table is Kafka: a page is published, and then the checkpoint moves.
//
// What was published before a checkpoint was lost is not published again, and a database that is older than its topics
// stops the relay: under each lease the end of the topics is compared with the log. What the topics have lost is
// reported.
//
// It does not own the loop, leases and checkpoints (internal/feed), how messages get to Kafka (internal/bus), and which
// topics there are (contract).
//
//	relay.go       the subscribers
//	page.go        publishing a page of each shard, each by itself
//	router.go      which event goes to which topic, as what
//	billing.go     lines, documents and runs
//	items.go       what a line shows of its product
//	outcomes.go    the relay of outcomes
//	tail_check.go  comparing the ends of the topics with the log
//	tail_ends.go   where messages were published last, and what topics lost of them
//	seen.go        the messages that a tail check has read
package relay

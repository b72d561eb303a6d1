// Package replay publishes a part of the log once more: to its own topic, for a consumer that lost some time, or what
// one of our topics lacks to that topic.
//
// What is published is what the relay published: the same keys, ids and positions, with the header ce_replay naming the
// replay. Nothing in Tenure reads such a topic, and a command with that header is parked, so that a replay has no
// effect here whatever it sends. It writes nothing but its own rows: order, checkpoint per shard, counts.
//
// A replay is a reader of the log like the relay: it holds leases under its own name, publishes a page, then moves its
// checkpoint. Killed anywhere it goes on at its checkpoint; a page that was interrupted is published again.
//
// The package does not own which event goes where (internal/feed), Kafka (internal/bus), or the rows (internal/store).
//
//	request.go     what is asked for, and what is refused
//	filter.go      which part of the log
//	span.go        that part as positions of each shard
//	source.go      pages of messages: of events, or of outcomes
//	missing.go     what a topic has, in a bit for each position
//	plan.go        counting without sending
//	runner.go      starting and running
//	job.go         one replay in hand
//	refill.go      what topics have lost, published again
//	refill_ends.go  what is noted of topics that have everything again
package replay

// Package feed is the second loop: it drives every reader of the log from (shard, position).
//
// A subscriber holds a lease per shard, fenced by an epoch, so that several processes share the shards and take over from
// dead ones. It reads a page, hands it over and moves its checkpoint: a projection in the transaction that writes its rows,
// the relay after Kafka has acknowledged. Nothing is kept in memory that a restart would miss, and nothing downstream calls
// back.
//
// The package does not own what a projection folds (package projections), how messages get to Kafka (internal/bus), or any
// SQL on the log (internal/store).
//
//	feed.go        the parts of a process, and how they start and end
//	heads.go       one poll tells all subscribers how far the shards are
//	keeper.go      leases of one subscriber: which shards are this process's
//	lane.go        the loop that takes pages, with its retries
//	reader.go      pages of events, read and decoded once for all subscribers
//	project.go     the subscriber that drives a projection
//	items.go       what a line shows of its product, when it is published
//	relay*.go      the subscribers that publish: which event goes to which topic, as what
//	progress.go    how far everybody is, and waiting for it
package feed

// Package feed is the loop of readers: it drives every subscriber of the log from (shard, position).
//
// A subscriber holds a lease per shard, fenced by an epoch, so that several processes share the shards and take over
// from dead ones. It reads a page, hands it over and moves its checkpoint: a projection in the transaction that writes
// its rows, a relay after Kafka has acknowledged. Nothing is kept in memory that a restart would miss, and nothing
// downstream calls back. Who the subscribers are is decided where the process is wired (internal/node).
//
// The package does not own what a projection folds (package projections), what is published (internal/relay), or any
// SQL on the log (internal/store).
//
//	feed.go         the parts of a process, and how they start and end
//	heads.go        one poll tells all subscribers how far the shards are
//	leases.go       leases of one subscriber: which shards are this process's
//	lease_share.go  how many shards each process leases, and which
//	loop.go         the loop that handles pages, with its retries
//	reader.go       pages of events, read and decoded once for all subscribers
//	tails.go        the end of the log in memory, for those that are a page apart
//	checkpoints.go  moving checkpoints in one transaction with a reader's own rows
//	projection.go   the subscriber that drives a projection
//	retire.go        readers that no subscriber drives any more
//	stopped.go      readers that do not continue in a shard
//	progress.go     how far each subscriber is
//	caught.go       waiting until all is read, and where readers are when the wait ends
//	freshness.go    for how long a subscriber has not had everything
//	wait.go         waiting until a subscriber has reached a position
package feed

// Package store keeps the log: every statement on the tables of the events, their shards, states, outcomes, parked
// messages, runs and readers is here, each in a const above the one function that runs it.
//
// A shard's row is the fence. Claim raises its epoch; Write compares epoch, next offset and head and sets them in the
// same transaction as everything else, so that a former owner matches nothing, a command takes effect once, and
// positions are dense. Correctness rests on unique constraints, row locks and that comparison only.
//
// It does not decide anything, does not know Kafka, and does not know what a payload means: events, states and answers
// are bytes to it.
package store

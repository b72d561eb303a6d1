// Package scenario holds tests only: what the rules of time promise, sentence by sentence, on a worker, a feed, runs
// and a provider that work together on a real database and a broker (the embedded one, or the one that
// TENURE_KAFKA_BROKERS names).
//
// What one function promises is tested beside it; what one process survives, in internal/worker.
package scenario

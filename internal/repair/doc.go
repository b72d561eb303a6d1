// Package repair composes the requests of operators to the owners of shards: to retry, edit or discard a parked
// message, or to rebuild a state. The owners (internal/worker) carry them out; internal/store keeps them with their
// results.
package repair

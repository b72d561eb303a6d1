// Package scheduler says which commands a run needs next, from what is known of it: it reconciles, it does not react.
// Any number of schedulers may ask at once, since the ids of the commands follow from the run and take effect once.
//
// It owns the steps of a run, and the bounds inside which a plan starts automatically. It does
// not read a clock or a database, does not send anything, and bills no employee: internal/runs feeds it and sends what
// it returns, the shards' owners do the work.
//
//	steps.go   the commands of a run
//	bounds.go  what a plan may do without an approval
package scheduler

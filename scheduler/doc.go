// Package scheduler tells which commands a run needs next, from what is known of it: it reconciles, it does not react. Any
// number of schedulers may ask at once, since the ids of the commands follow from the run and take effect once.
//
// It owns the calendar of nights, the steps of a run, and the bounds inside which a plan starts by itself. It does not read a clock or a database, does not send anything,
// and bills nobody: internal/runs feeds it facts and sends what it gives, the shards' owners do the work.
package scheduler

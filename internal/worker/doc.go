// Package worker turns commands into events: it takes a batch of one partition, reads what the batch needs, decides, and
// writes everything in one transaction.
//
// One goroutine owns a shard for as long as the consumer group gives it the partition. Between batches the same goroutine
// does what time makes due (tick.go) and one chunk of a run (chunk.go), so that one employee is never decided on by two
// and neither commands nor runs starve.
//
// The fate of a command is decided here: malformed and broken ones are parked, rejected ones get an outcome, conflicts
// are tried again and bisected, and faults of the infrastructure are waited out without end. What a command means is
// domain's, how it is stored is store's, where it came from is bus's.
//
//	worker.go   the parts, and the claim of a partition
//	intake.go   bytes of a message to a command, or the reason why not
//	settle.go   a batch until it is written: retries, bisecting, parking
//	batch.go    the decisions of one attempt, and the write that they make
//	row.go      what is stored of a subject besides its events
//	logins.go   names that belong to one employee over all shards
//	tick.go     what time makes due
//	chunk.go    a run's step through due employees; what it decides on each is runbatch.go
//	plan.go     the same decisions of everybody, of which nothing is written
//	control.go  what halts and abandoned runs mean to a write
//	catalog.go  the catalogue in memory
package worker

// Package worker turns commands into events: it takes a batch of one partition, reads what the batch needs, decides,
// and writes everything in one transaction.
//
// One goroutine owns a shard for as long as the consumer group assigns it the partition. Between batches the same
// goroutine does what time makes due and one chunk of a run, so that one employee is never decided on by two and
// neither commands nor runs starve.
//
// The fate of a command is decided here: malformed and broken ones are parked, rejected ones get an outcome, conflicts
// are tried again and bisected, and faults of the infrastructure are waited out without end. What a command means is
// domain's, how it is stored is store's, where it came from is bus's.
//
// A shard and its loop:
//
//	worker.go       the parts, and the claim of a partition
//	owner.go        the loop of one shard: commands, time, a chunk of a run
//	claim_watch.go  the claims of idle shards against the database, once a second
//	limiter.go      how many shards of a process work at once
//	time.go         the time of a decision, and whether the partition is read to its end
//	last_record.go  the topic still holds what was taken from it
//
// A batch of commands:
//
//	intake.go    bytes of a message to a command, or the reason why not
//	value.go     actor and data of a command's value
//	home.go      the shard of a stream, in a topic that has grown
//	process.go   a batch until it is written: read, decide, write
//	batch.go     one attempt: the subjects and the events so far
//	fits.go      what no message can hold is not decided
//	decide.go    the decision on one command
//	outcome.go   the outcome of a command
//	park.go      parking of a message and of a subject
//	row.go       what is stored of a subject besides its events
//	logins.go    names that belong to one employee over all shards
//	isolate.go   bisect, isolate, protect: one bad item does not stop the others
//	watchdog.go  decisions that do not end
//	purge.go     outcomes that are not kept any longer
//	spans.go     traces
//
// Time and runs:
//
//	tick.go         what time makes due
//	run_first.go    a run before what was ordered after it, behind a backlog
//	run_chunk.go    a run's step through due employees
//	run_batch.go    what it decides on each
//	run_control.go  what halts and abandoned runs mean to a write
//	plan.go         the same decisions of all employees, of which nothing is written
//	plan_shards.go  in which shards its run has work
//	plan_tally.go   what they sum to
//	plan_largest.go the employees that a plan bills most
//	not_yet.go      commands that wait for what other shards are about to decide
//	run_sums.go     what was billed, for the commands that end a run and issue its documents
//	catalog.go      the catalogue at the version of a decision
//	authenticate.go proofs of commands
//
// Requests of operators:
//
//	request.go         a request, one transaction at a time
//	repair_retry.go    tenure parked retry
//	repair_retry_one.go a message that is retried alone
//	repair_edit.go     tenure parked edit
//	repair_discard.go  tenure parked discard
//	repair_rewrite.go  tenure repair
package worker

// Package runs drives the nightly runs: it reads from the database what is known of them, asks scheduler for the next
// commands, and sends those. It keeps no state that matters: any number of processes may drive at once, and one that is
// killed is continued by the next poll.
//
// It does not bill: the owners of the shards do (internal/worker). It does not decide when a night is due or what a
// plan may do: package scheduler does.
//
//	states.go     the states of a run and what leads from each to the next: begin here
//	driver.go     the loop, and what it reports
//	plan.go       planning: the plan of a night, and when it is made again
//	start.go      starting: the start of a planned night, and what changed since its plan
//	close.go      closing: the end of a run, with what it billed
//	documents.go  closing: the documents that a run issues
//	send.go       commands on their way, sent again until they show an effect
//	progress.go   how far a run is, for operators
//	report.go     what a run did, beside its plan and another run
//	operator.go   the commands that operators issue
//	log.go        a line for each step of a run, its end, and what operators halted
package runs

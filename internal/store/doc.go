// Package store keeps the log: every statement on the tables of the events, their shards, states, outcomes, parked
// messages, runs and readers is here, each in a const above the one function that runs it.
//
// A shard's row is the fence. Claim raises its epoch; Write compares epoch, next offset, and the places (position and
// hash) that events and outcomes end at, and sets them in the same transaction as everything else, so that a former
// owner matches nothing, a command takes effect once, and positions are dense. Correctness rests on unique constraints,
// row locks and that comparison only.
//
// It does not decide anything, does not know Kafka, and does not know what a payload means: events, states and answers
// are bytes to it.
//
// The log and its fence:
//
//	claim.go           taking a shard, and what its topic must be
//	growth.go          a topic that is given more partitions, and where its streams are
//	write.go           the write as a list of steps, the fence first
//	transaction.go     several statements as one transaction, in one round trip
//	write_log.go       events, outcomes, parked messages of a write
//	write_subjects.go  states and due dates of a write; a day billed twice is refused here
//	write_copy.go      the events of a write of many bytes, as rows that are copied
//	write_runs.go      cursors, totals and reasons of a chunk
//	coverage.go        billed days as ranges
//	chain.go           hashes of consecutive events
//	place.go           a position with its hash
//	incarnation.go     which database answers
//	failpoint.go       where tests stop a write
//	system.go        the schema's version, and what alerting rules read
//	types.go           what is read and written
//	shard.go           families and numbers of shards
//	streams.go         the shard of a stream, by its key
//	distribute.go      which tables are where in a cluster
//	parts.go           what the nodes of a cluster have, and moving it
//	errors.go          what can go wrong with a write, by kind
//
// Reads:
//
//	read.go            all that a batch needs, in one round trip
//	events.go          events of a shard or a stream
//	pieces.go          whole histories, in pieces, for rebuilds
//	subjects.go        states, and which are due
//	outcomes.go        outcomes, for their relay and for who waits
//	logins.go          login names over all shards
//	connections.go     who is connected to the database
//	inspect.go         rows as they should be, for the audit
//	scan.go            rows from PostgreSQL's binary format
//	arrays.go          columns as arrays
//
// Runs:
//
//	run_work.go        in which shards a run has work
//	runs.go            shards, totals and reasons of a run
//	run_marks.go       the steps of the runs of years
//	nights.go          streams of runs by name
//	booked_lines.go    lines of a run in a document
//	plans.go           employees that changed since a plan
//	compare.go         two runs side by side
//	pulse.go           whether anything moved that pages show
//	held.go            whom a run did not bill, as a page shows it
//	halts.go           what operators have stopped
//
// Readers, replays and operators:
//
//	leases.go          leases of readers, in rows apart from their checkpoints
//	checkpoints.go     checkpoints that move along the log only
//	published.go       what relays published last, beside their checkpoints
//	evict.go           sessions that hold rows and send no more, ended
//	readers.go         what readers have taken and lack, added up
//	builds.go          read models that are being rebuilt
//	replays.go         replays with their checkpoints
//	parked.go          parked messages
//	repairs.go         requests of operators
//	repairs_states.go  states rewritten from their events
//	observe.go         what gauges show
//	processes.go       which processes run
//	signing_keys.go    keys that sign commands
//
// The database:
//
//	open.go            pools, and the time-outs of their sessions
//	session.go         what a session has, also behind a pooler
//	aside.go           a second pool for long work
//	migrate.go         migrations
//	grants.go          rights of each role on each table
//	clock.go           the simulated clock
package store

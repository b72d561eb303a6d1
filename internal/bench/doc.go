// Package bench measures how fast the real parts are, on this machine, each figure beside a baseline taken in the same
// call: a number without one depends more on the machine than on the program.
//
// It owns the scenarios (commands, through, latency, night, years, year, rebuild), their load, the baselines, and the
// report. It does not own the floors' reasons (docs), and it changes nothing outside a temporary directory: broker and
// database are its own unless brokers are named, and then it works on topics that it creates and removes.
//
//	bench.go     Run: the scenarios in their order
//	report.go    measures, the table and the file
//	against.go   measures that are worse than in a former report
//	figures.go   percentiles, rates, sizes
//	machine.go   what the figures were taken on
//	stage.go     broker, database and topics of one scenario
//	processes.go the worker and the feed, as a separate process or in this one
//	wait.go      watching a count grow until it is where it must be
//	load.go      the catalogue and the commands
//	plain.go     the baseline: one message, one transaction
//	plain_relay.go  its relay
//	effort.go    processor time of an item
//	allocations.go  what each process allocates for it
//	commands.go  scenario: commands into the log
//	through.go   scenario: through to read models and topics
//	latency.go   scenario: from a command to its event
//	night.go     scenario: nightly runs
//	delivered.go waiting for a night to be through to topics and read models
//	years.go     scenario: the same after two years
//	year.go      scenario: a simulated clock moved over a year
//	rebuild.go   scenario: read models rebuilt, alone and beside traffic
//	rawcopy.go   the baseline of a nightly run
package bench

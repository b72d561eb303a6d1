// Command tenure runs and operates Tenure: one program for production, operators and demonstrations. It owns flags,
// output and exit codes; what decides or computes is in the packages that it wires.
//
// A file is named after its command: the nouns employee, invoice, parked, projection, replay, run, schemas, shards,
// token and topics have a file each, and one for each of their verbs.
//
//	main.go               signals and the end of the process
//	root.go               the root command, its settings and the logger
//	exit.go               exit codes
//	output.go             tables, JSON and progress; reading times, ledgers and files
//	suggest.go            suggestions for misspelt commands and flags
//	connect.go            connections to a running system, tokens, waiting for read models
//	settings.go           the help page on settings
//	version.go            version and platform
//	completion.go         completion scripts of shells, and the values of flags
//	man.go                the manual
//
//	audit.go              tenure audit
//	bench.go              tenure bench
//	check.go              tenure check
//	demo.go               tenure demo
//	send.go               tenure send
//	serve.go              tenure serve
//	serve_console.go      the pages for operators that it serves
//	serve_refill.go       what topics have lost, published again by it
//	simulate.go           tenure simulate
//	status.go             tenure status
//	up.go                 tenure up, with the simulated provider
//
//	clock.go              the noun clock
//	clock_*.go            its verbs
//	employee.go           the noun employee
//	employee_*.go         its verbs
//	invoice.go            the noun invoice
//	invoice_*.go          its verbs; invoice_manual.go has what those share that send a command
//	keys.go               the noun keys; reading keys
//	keys_*.go             its verbs
//	migrate.go            tenure migrate
//	migrate_grant.go      tenure migrate grant
//	operator_request.go   requests to the owners of shards: parked messages, repair
//	policy.go             the noun policy
//	policy_*.go           its verbs; policy_set_difference.go: what a change makes of the bills
//	parked.go             the noun parked
//	parked_*.go           its verbs
//	projection.go         the noun projection
//	projection_*.go       its verbs
//	repair.go             the noun repair
//	repair_state.go       tenure repair state
//	replay.go             the noun replay, its connections and exit codes
//	replay_*.go           its verbs; replay_flags.go and replay_output.go are shared by them
//	run.go                the noun run, its connections and the commands of operators
//	run_*.go              its verbs; run_output.go and run_bars.go are shared by them
//	schemas.go            the noun schemas
//	schemas_*.go          its verbs
//	shards.go             the noun shards
//	shards_*.go           its verbs
//	token.go              the noun token
//	token_*.go            its verbs
//	topics.go             the noun topics
//	topics_*.go           its verbs
package main

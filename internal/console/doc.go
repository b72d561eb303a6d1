// Package console serves the pages by which operators answer for the nightly run: what happened, what needs a decision,
// and the forms by which they decide. Pages are rendered here (html/template), work without script, and read only what
// stands in the database: no page scans the log or counts rows on demand.
//
// An action is the command that the command line sends, with the same authorization and in the same log; its page shows
// the line it stands for. It asks for a reason, is confirmed on its own page, is a POST with a token of the session
// against forged requests, and has a key that makes a double click one command.
//
// It decides nothing: domain does when the command arrives. It keeps nothing: a session is a sealed cookie around the
// token, whose rights are looked up at each request, so that a revoked token is out at once.
//
//	console.go    Config, New, routes, the headers of every response
//	session.go    signing in and out; the sealed cookie; forged and repeated requests
//	reach.go      what a level may see
//	live.go       pages that move are told so
//	lag.go        how far readers were behind in the last hour
//	waiting.go    how many commands wait, asked beside the pages
//	shell.go      what surrounds every page: navigation, halts, who is signed in
//	tonight.go    is the run done, and does anything need an operator
//	runs.go       runs, each in a line
//	runs_page.go  runs that wait, a calendar, a table
//	years.go      a mark for each run of three years
//	behind.go     the employees behind a figure of a run
//	held.go       whom a run did not bill for a reason
//	difference.go what an edited message changes
//	dry_run.go    what would be decided of an edited message
//	compared.go   plan, comparable run and what was billed, by ledger
//	run.go        one run: plan, bounds, progress, documents, and the decision
//	find.go       employees by id, number, extension, mobile number, login or name
//	names.go      what customers, resellers and products are called
//	employee.go   an employee: what happened, what was billed, what comes
//	glance.go     an employee as bars
//	glance_events.go  the bars of what events begin and end, and its documents
//	event_months.go   its events by month
//	asof.go       an employee as of a moment, and what differs at another
//	parked.go     messages that could not be applied
//	flow.go       shards and readers
//	document.go   documents, and one that prints
//	operate.go    switches
//	replays.go    replays, and relays that wait for an acceptance
//	cluster.go    processes, topics, connections, tokens
//	proofs.go     audits by day
//	action.go     what an operator can do, with the command line of each
//	missed.go     missed nights, approved at once
//	action_send.go  how they are sent
//	confirm.go    form, confirmation and outcome of an action
//	chart.go      charts as SVG
//	render.go     templates and their functions
package console

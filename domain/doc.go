// Package domain decides: what a command changes, what the passing of time changes, and why not.
//
// It is a function of its arguments. Decide takes a state, a command and a World (now, catalog, policy, actor) and gives
// events, a Rejection, or nothing because nothing would change, which is what makes a command safe to send twice. Advance
// is the one way in which time acts. Evolve folds an event into a state: it only assigns, since what is in the log has
// been decided. There is no I/O, no clock and no randomness here, and no knowledge of topics or tables.
//
//	world.go      what a decision may look at besides the state
//	subject.go    the kinds of streams and what all of them can do
//	command.go    names of commands, and decoding them with errors that name the property
//	rejection.go  the published errors
//	employee.go   the state of an employee, and how events change it
//	authorise.go  who may order what of whom; settable.go: which properties
//	properties.go the published properties of an employee; attributes.go and validate_*.go: how they are checked
//	profile.go    what rules read of them
//	login.go      names that belong to one employee over all shards
//	secrets.go    the forms in which passwords and PINs arrive
//	advance.go    what time does to the employee: product changes and deletions in their order
//	presence.go   what time and overrides do to its presence
//	rate_plan.go  rate plans of its mobile accounts, and bringing accounts back
//	invoice.go    what a run bills the employee
//	catalog.go    products, customers and resellers as one immutable snapshot
//	run.go        runs; document.go: documents and what accounting reports of them
//
// Each other file is one command with its rule.
package domain

// Package domain decides: what a command changes, what the passing of time changes, and why not.
//
// It is a function of its arguments. Decide takes a state, a command and a World (now, catalog, policy, actor) and
// gives events, a Rejection, or nothing because nothing would change, which is what makes a command safe to send twice.
// Advance is the one way in which time acts. Evolve folds an event into a state: it only assigns, since what is in the
// log has been decided. There is no I/O, no clock and no randomness here, and no knowledge of topics or tables.
//
// Each command is a file named by its wire name, with its rule: employee_*.go, billing_*.go, catalog_*.go, run_*.go.
//
//	world.go          what a decision may read besides the state
//	subject.go        the kinds of streams and what all of them can do
//	command.go        names of commands, and decoding them
//	decode.go         errors of decoding that name the property
//	object.go         objects and texts as most commands have them, without reflection
//	spelling.go       properties count only in their exact spelling
//	command_unknown.go properties that a command does not have
//	outcome.go        the result of a command as it is published
//	rejection.go      the published errors
//	limits.go         the longest texts
//	warnings.go       what an accepted command may not have meant
//	authorise.go      callers and targets for package access
//	settable.go       which properties a caller may change
//	employee.go       the state of an employee; employee_evolve.go folds events into it
//	holding_evolve.go events of extensions and mobile accounts
//	properties.go     the published properties of an employee
//	property_names.go their names, for those who describe them
//	attributes.go     how properties are read
//	validation.go     the table of properties, checked one after the other
//	validate_values.go, validate_parts.go, validate_login.go, validate_ip.go: the checks
//	pattern_size.go   how large a regular expression may be
//	unchanged.go      what a document that is sent back has unchanged
//	act.go            nobody acts on who is above, or loosens its own restrictions
//	secrets.go        the forms in which passwords and PINs arrive
//	profile.go        what rules read of the properties
//	id.go             ids and how they are made
//	plain_text.go     names that look alike are alike
//	login.go          names that belong to one employee over all shards
//	addon_terms.go    the terms of an addon in a command; addon_list.go: the list of an update
//	backdate.go       who may change what was billed, and how far back
//	user_product.go   what the user product must be, when a change is accepted and when it comes
//	billing_customer.go who may pay
//	advance.go        what time does to an employee
//	presence.go       what time and overrides do to a presence
//	local_time.go     instants of local days
//	day.go            days in commands
//	optional.go       absent, null, and a value
//	holding.go        as what mobile accounts and extensions are billed
//	addon_invoiced.go what an invoicedUntil says; addon_rental.go: what is a second rental
//	addon_settled.go  which addons leave the state; cause.go: the events that lines come from
//	rate_plan.go      rate plans of mobile accounts when their time comes
//	invoice.go        what a run bills an employee
//	manual_billing.go what operators want billed otherwise
//	item.go           what an invoice shows of a product
//	catalog.go        products, customers and resellers as one immutable snapshot
//	product.go        the state of a product
//	catalog_texts.go  their texts
//	catalog_reach.go  companies of resellers and of those below them
//	customer.go       the state of a customer
//	reseller.go       the state of a reseller
//	policy.go         the billing policy by day
//	currency.go       currencies of employees
//	run.go            the state of a run; run_shard.go: of its part in a shard
//	run_sums.go       what a run comes to
//	nights.go         the calendar of runs: which nights are due, missing, late
//	halt.go           what operators have halted
//	document.go       the state of a document
//	document_cycle.go which cycle lines belong to
//	repair.go         what operators did to parked messages and states
//	same.go           comparison by what would be stored
//	state_append.go   the stored state of an employee; state_read.go: the other way
package domain

// Package billing computes what is due: for which days, at which price, and what
// happens when facts change afterwards.
//
// The one idea: due = desired − billed. [Account.Due] works out what should have
// been billed by a date, compares it by coverage with what was billed ([Billed]),
// and returns the difference as credit and charge lines. Catch-up, corrections
// and reruns all follow from that, and the result does not depend on how often
// or when runs happen. The numbered rules are in docs/billing.md; a comment
// "rule 14" in this package refers to them.
//
// The package owns dates and periods, amounts and rounding, the policy, the
// shape of a line, line identities and the grouping of lines into documents.
//
// It does not own employees and their commands, the event log, runs, or any
// clock, file, network or randomness: every function is a function of its
// arguments.
//
// The files, in reading order. Time:
//
//	date.go          local days
//	period.go        half-open ranges of days
//	grid.go          boundaries of natural periods
//	months.go        exact numbers of months
//	timeline.go      values that hold from a day on
//
// Money:
//
//	amount.go        exact decimals of at most 18 digits
//	money.go         the one rounding
//	quantity.go      what an invoice multiplies
//
// The question:
//
//	policy.go        every choice that the rules leave open
//	policy_keys.go   their names and limits
//	policy_log.go    their values by day
//	policy_values.go values of some keys
//	catalog.go       products and recurrences
//	inherit.go       what a product has from its ancestors
//	account.go       sources of one payer
//
// Desired:
//
//	engine.go        one calculation
//	service.go       a product of a source over time
//	spans.go         days of equal terms
//	included.go      units that the user product includes
//	free.go          days of included units
//	oneoff.go        products without recurrence
//	nextdue.go       when a line could be due next
//
// Billed:
//
//	billed.go        lines that were billed, as coverage
//	block.go         consecutive lines as one
//	covered.go       how far a source was billed
//
// The difference:
//
//	due.go           what a run answers
//	diff.go          gaps and removals
//	cell.go          one natural period in which both happen
//	credit.go        days that are taken back
//	emit.go          lines from differences
//	reason.go        why a line was made
//	explain.go       how its amount came about
//
// The answer:
//
//	line*.go         a line: its fields, its identity, JSON both ways
//	coverage.go      billed days that lines add and take: none is billed twice
//	shown.go         what an invoice shows of a product
//	wire.go          a line as it is published
//	state*.go        what is stored of sources and of what was billed, both ways
//	document.go      lines grouped into documents
//	subset.go        whether a hash is that of some lines
//
// What operators ask for:
//
//	manual.go        lines that no rule makes
//	rerate.go        a period rated again
//	review.go        days billed before Tenure
//	review_credit.go their credit
package billing

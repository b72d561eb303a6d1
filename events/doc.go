// Package events holds what has happened: one Go type per event, its name on the wire, and the codec between them.
//
// It owns payloads, their wire names and versions, upcasters from older versions, and the identity of an event. It
// decides nothing: which events follow from a command is domain's. Payloads never change; a new shape is a new version
// of the name. What belongs to a person is in one sub-object, personal, so that it can be sealed later.
//
//	codec.go         names, encoding, decoding
//	ids.go           lists of ids that can be compared
//	money.go         amounts with their scale
//	employee.go      the terms of an employee
//	deletion.go      its deletion, and what other systems confirm of it
//	holdings.go      its extensions and mobile accounts
//	rate_plan.go     rate plans of its mobile accounts
//	presence.go      what others see of its availability
//	billing.go       what was billed, or why not
//	invoiced_read.go reading employee.invoiced quickly
//	booking.go       acknowledgements of documents
//	documents.go     documents and what accounting reports of them
//	invoice_number.go legal numbers, as texts
//	catalog.go       products, customers, resellers
//	policy.go        the billing policy
//	run.go           runs
//	run_control.go   plans, approvals and halts
//	repair.go        what operators did to parked messages and states
//	published.go     what topics have of events that stay in the log
package events

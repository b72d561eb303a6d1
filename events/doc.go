// Package events holds what has happened: one Go type per event, its name on the wire, and the codec between them.
//
// It owns payloads, their wire names and versions, upcasters from older versions, and the identity of an event. It decides
// nothing: which events follow from a command is domain's. Payloads never change; a new shape is a new version of the name.
// What belongs to a person sits in one sub-object, personal, so that it can be sealed later.
//
//	employee.go   the life of an employee: terms, extensions, accounts, deletion
//	presence.go   what others see of its availability
//	rate_plan.go  rate plans of its mobile accounts
//	billing.go    what was billed of the employee, or why not
//	catalog.go    products, customers, resellers
//	run.go        runs and documents
//	run_control.go what operators and bounds have to say about runs: plans, approvals, halts
//	ids.go        lists of ids that can be compared
//	codec.go      names, encoding, decoding
package events

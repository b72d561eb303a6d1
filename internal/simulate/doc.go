// Package simulate runs billing cases in memory through what the worker runs: events of package events, the state,
// Advance and Invoice of package domain, and the arithmetic of package billing. It answers two questions: does the
// program still give the figures of a file of cases (ReadCases, Run, Check), and which lines will a described employee
// get (ReadEmployee, Forecast).
//
// It enters below authorisation and reference checks: a case names customers and products that no catalogue has to
// know, and its changes have no actor. So it makes the events of most changes itself; where a change has a rule (the
// first of next month, a price that may not be negative), it asks domain for them.
//
// It owns the form of cases and of described employees, the comparison with what is expected, and the table for people.
// It owns no billing rule, no file, no clock and no flag.
//
//	input.go     strict reading of JSON, with errors that name the property
//	decode.go    cases, what is given, changes
//	cases.go     a file of cases
//	policy.go    the policy of a case
//	history.go   one employee's life: record, advance, run
//	change.go    operations as events
//	result.go    what runs give, in the form of the cases
//	check.go     the comparison with what is expected
//	difference.go  its report
//	forecast.go  a described employee, night by night
//	table.go     the forecast for people
package simulate

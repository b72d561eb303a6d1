// Package api serves the published APIs over HTTP from the read models: their paths, documents, errors and access rules.
//
// It owns what a caller sees and who may see it, and the tokens that callers show. It does not decide anything about an
// employee (domain does; writes are commands that are waited for), does not keep read models (projections do) and does not
// reach Kafka or the log itself: whoever puts it together gives it functions for that.
//
//	handler.go     what it works with, and every path
//	guard.go       request ids, bounds, what has no path
//	caller.go      who calls · tokens.go tokens, stored hashed · token_routes.go their paths
//	access.go      who may do what to whom: one table
//	failure.go     the published errors of Telecom X
//	employee.go    GET · document.go, product.go an employee as a caller sees her
//	employee_write.go  POST, DELETE · properties.go what is sent · commands.go sending, waiting, coming back
//	directory*.go  the PBX directory, with calls and calendars
//	callgear*.go   JSON-RPC get.employees: parameters, filters, fields, limits
//	jtel.go        users
//	openapi.json   the description of all of it
package api

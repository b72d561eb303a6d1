// Package api serves the published APIs over HTTP from the read models: their paths, documents, errors and access
// rules.
//
// It owns what a caller sees of an employee, and the tokens that callers show. It does not decide what a caller may do
// (access does) or what becomes of an employee (domain does; writes are commands whose outcome is waited for), does not
// keep read models (projections do) and does not reach Kafka or the log: whoever assembles it passes functions for
// that.
//
// What every request passes:
//
//	handler.go            the configuration, and every path
//	guard.go              request ids, bounds, unknown paths and methods
//	caller.go             authentication: whose token it is, from where, for which path
//	client_address.go     the caller's address behind trusted proxies
//	access.go             the access rules as the APIs ask for them
//	api_filter.go         paths that an employee may call
//	query.go              queries that say something else than they seem to
//	failures.go           invalid tokens by address
//	access_log.go         a line for each request
//	failure.go            Telecom X's errors, and how every response is written
//
// Telecom X:
//
//	employee.go           GET /employee and /employee/ID
//	employee_write.go     POST and DELETE of employees
//	properties.go         the properties of a request's body
//	commands.go           sending a command, waiting for its outcome, GET /commands/ID
//	document.go           an employee as the caller sees it
//	product.go            a product as an employee document has it
//	account_list.go       GET /mvno
//	product_list.go       GET /product
//	invoices.go           GET /invoice
//	invoice_cursor.go     where its next page of lines begins
//	customer_addresses.go a customer's addresses as an employee document has them
//	tokens.go             making tokens, stored hashed and bounded by employee
//	token_find.go         finding a token, and whether it is accepted
//	token_routes.go       /employee/ID/token
//	token_list.go         listing and revoking them
//	directory.go          /pbx/app/employees
//	directory_entry.go    an entry with calls and calendar, as the caller sees it
//
// CallGear and jtel:
//
//	callgear.go           JSON-RPC: calls, errors, get.employees
//	callgear_params.go    its parameters
//	callgear_filter.go    its filters
//	callgear_jsquery.go   the operator jsquery
//	callgear_fields.go    its fields
//	callgear_limits.go    its limits of calls
//	jtel.go               users
//
//	openapi.go            the description of all of it, openapi.json
package api

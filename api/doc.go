// Package api serves the published APIs over HTTP from the read models: their paths, documents, errors and access rules.
//
// It owns what a caller sees and who may see it, and the tokens that callers show. It does not decide anything about an
// employee (domain does) and does not keep read models (projections do).
//
//	handler.go  paths
//	employee.go GET /employee/{id}
//	caller.go   who calls, and with what rights
//	tokens.go   random tokens, stored hashed
//	failure.go  the published error envelope
package api

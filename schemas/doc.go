// Package schemas is the form of every message: a JSON Schema 2020-12 for each type, an AsyncAPI 3.0 document over all
// of them, the set that was released last, and the rules by which a later set is compatible with it.
//
// The schemas are generated from the Go types that are decoded and encoded, so that they cannot say anything else than
// the program does. What reflection does not see stands in tables with tests.
//
// It does not own the topics and keys (contract), the payloads of the log and the forms that topics have of them
// (events), the commands (domain), and what a message is put together from (internal/bus, internal/command,
// internal/relay).
//
//	messages.go    every type of message, its topics and its key
//	wire.go        the types that are neither a command nor an event
//	generate.go    Go types → schemas
//	schema.go      a schema as JSON
//	named.go       types that write themselves
//	values.go      closed lists of values, and what a command cannot do without
//	properties.go  the properties of an employee
//	asyncapi.go    the document over all topics
//	compare.go     the rules of compatibility
//	released.go    the set that was released last, in released/
package schemas

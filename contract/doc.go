// Package contract is the contract of the topics: a JSON Schema 2020-12 for each type of message, an AsyncAPI 3.0 document
// over all of them, the set that was released last, and the rules by which a later set is compatible with it.
//
// The schemas are generated from the Go types that are decoded and encoded, so that they cannot say anything else than the
// program does. What reflection does not see stands in tables with tests: types that write themselves (named.go), closed lists
// of values and what a command cannot do without (values.go), the properties of an employee (properties.go), and which type
// is on which topic (catalogue.go).
//
// It does not own the payloads of the log and the forms that topics have of them (events), the commands (domain) and what a
// message is put together from (internal/bus, internal/feed).
//
//	catalogue.go asyncapi.go    every type, its topics, and the document over them
//	generate.go schema.go       Go types to schemas
//	compare.go                  the rules of compatibility
//	released/                   the set that was released last
package contract

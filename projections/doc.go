// Package projections turns facts into read models: tables that screens and accounting read, rebuilt from the log at
// any time.
//
// Each projection is one file, or a few that begin with its name: what it keeps, the fold, the statements on its own
// table, and typed reads. The feed hands over pages of facts and moves the checkpoint in the transaction that writes
// the rows, so a fact is folded once; no statement here asks whether it was folded before.
//
// The package does not own the log, the checkpoints or the pace (internal/feed does), and decides nothing: what may be
// read by whom is the APIs'.
//
//	fold.go         the case in which texts are compared
//	projection.go   what a projection is, and the list of them
//	rebuilt.go      their versions
//	employees*.go   the document of each employee
//	employers.go    the customer and the reseller of an employee
//	directory*.go   what the APIs search, and the entries of the PBX directory
//	holdings.go     the rows of extensions and mobile accounts, which outlive their employees
//	accounts_read.go the mobile accounts of a customer
//	activity.go     what other systems report of employees: from a compacted topic, not from the log
//	lines*.go       invoice lines
//	copied.go       values as COPY takes them
//	documents.go    invoices and credit notes
//	documents_read.go    their reads
//	free.go         units that user products include
//	bookings.go     what integrations have booked
package projections

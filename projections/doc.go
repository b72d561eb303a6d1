// Package projections turns facts into read models: tables that screens and accounting read, rebuilt from the log at
// any time.
//
// Each projection is one file, or a few that begin with its name: what it keeps, the fold, the statements on its own
// table, and typed reads. The feed hands over pages of facts and moves the checkpoint in the transaction that writes
// the rows, so a fact is folded once; no statement here asks whether it was folded before.
//
// An employee is one row, of the table directory. Its document is all that the events left, and the only thing that is
// folded; the columns beside it are made of it when an event may have changed them: what is searched, sorted by or
// joined, and the entry of the PBX directory, whose pages of hundreds would take three times as long if each entry were
// made when it is read. An index is there for a page that reads by it: by id and by number, a customer's and a
// reseller's, in no order, since a page of them counts them all, and logins and names over all customers. Several
// events of an employee in a page are folded in memory and written once. Days that are billed are in the log's own rows
// and are joined when an employee is read: a night writes no document.
//
// The package does not own the log, the checkpoints or the pace (internal/feed does), and decides nothing: what may be
// read by whom is the APIs'.
//
//	fold.go         the case in which texts are compared
//	projection.go   what a projection is, and the list of them
//	rebuilt.go      their versions
//	employees*.go   the document of each employee: what it is, the fold, its reads
//	employers.go    the customer and the reseller of an employee
//	directory*.go   the row of each employee: the document, what is searched, the entry in the PBX directory
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

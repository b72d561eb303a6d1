// Package export writes the lines of a run or of a document into files that accounting takes in: one for each ledger
// and currency, as CSV or as JSON lines, each ending with its control total, and a manifest over all of them.
//
// The same lines give the same bytes: there is no clock in a file, and the order is that of the log. A file appears
// under its name only when it is complete, and the manifest after the last of them, so that a folder with a manifest is
// a whole export and an export that was interrupted is simply made again. Memory does not grow with the number of
// lines.
//
// It owns the form of the files, which ledgers a caller may have (rule 22), and cells that no spreadsheet takes for a
// formula. It does not own lines (billing), their reading (projections) or where tokens come from (api).
package export

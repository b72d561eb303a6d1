// Package audit proves the invariants that the database can show: that every command has one outcome, positions have no
// hole, no day is billed twice, sums agree wherever they are kept, every event is as it was written, and states are the
// fold of their events. docs/reliability.md has the invariants by number.
//
// It reads only, in a short snapshot for each check, and blocks nobody. It owns the checks, their SQL and their order.
// It does not own the tables (store, projections), and repairs nothing (worker, at an operator's request).
//
//	audit.go          running the checks and what they find
//	checks.go         all checks, with names, invariants and sentences
//	chain.go          the hash chains of the shards
//	anchors.go        hashes that were carried to Kafka against the log
//	states.go         states and billed days against the fold of the events
//	sql_log.go        checks of the log itself
//	sql_money.go      checks of sums: lines, totals, documents, run.completed
//	sql_employees.go  checks of what time does to employees, and of login names
package audit

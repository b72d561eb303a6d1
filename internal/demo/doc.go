// Package demo shows a month end to a first user of Tenure: a sample company created by commands over Kafka, the days
// around a first of a month on a simulated clock, and the results, read back from the Kafka topics.
//
// It is a client of a running system and owns nothing of it: it sends commands, moves the clock, lets a
// simulated provider confirm deletions, and compares the topics with run.completed.
//
//	company.go   the sample company: resellers, customers, products, employees
//	story.go     the days and their commands
//	readback.go  lines, documents and runs from the topics
//	control.go   the comparison with the control totals
//	report.go    printing all of it
//	summary.go   printing what fits on a screen
package demo

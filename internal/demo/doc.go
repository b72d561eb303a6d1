// Package demo shows a month end to somebody who has never seen Tenure: a sample company made by commands over Kafka, the
// days around a first of a month on a simulated clock, and everything that came of it, read back from the Kafka topics.
//
// It is a client of a running system and owns nothing of it: it sends commands, moves the clock, lets a
// simulated provider confirm deletions, and compares what stands on the topics with what run.completed says.
//
//	company.go   the sample company: resellers, customers, products, employees
//	story.go     the days: what is ordered when
//	readback.go  lines, documents and runs as they stand on the topics
//	control.go   the comparison with the control totals
//	report.go    printing it
package demo

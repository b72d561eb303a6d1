// Command consumer-go is the smallest integration of an accounting program: it reads the lines of one run of one ledger
// from Kafka, drops what came twice, and proves with the control totals of run.completed that nothing is missing. It is
// a program of others, so it knows Kafka, the topics and JSON, and nothing of this module. docs/contract.md says what
// to rely on.
package main

// Package faults breaks a whole system in every way that docs/reliability.md names, and proves after each that nothing
// of it is left: the audit is green, the topics hold what the log holds, and the canonical digest equals that of a
// system with the same seed to which nothing happened.
//
// It consists of tests. A system is real parts: a PostgreSQL, a broker (the embedded one as a separate process, or the
// Apache Kafka that TENURE_KAFKA_BROKERS names), and processes with every role of production, which are this test
// binary started again. Its life is a script made from a seed: days of commands, and the nights between them.
//
// go test runs a short life for the most telling faults; TENURE_FAULTS=all, or make test-faults, all of them. The seed
// is printed, and TENURE_SEED sets it.
package faults

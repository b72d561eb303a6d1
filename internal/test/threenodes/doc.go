// Package threenodes tests a whole process on three nodes of Apache Kafka that are killed, stopped and led elsewhere:
// what one broker cannot show. `make test-kafka-cluster` starts the nodes; without them the tests are skipped.
//
// It owns what becomes of the nodes: one test at a time has them, and gives them back running. It does not own what the
// process does on one broker (internal/test/faults).
package threenodes

// Package environment gives tests real parts: one private PostgreSQL for all tests of a package with a fresh migrated
// database for each, a Kafka broker (embedded, or the one that TENURE_KAFKA_BROKERS names) with fresh topics for each,
// and their own processes that may be killed. Only tests and benchmarks import it.
package environment

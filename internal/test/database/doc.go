// Package database gives all tests of a package one private PostgreSQL, and each test a copy of its migrated database.
// It is separate from environment so that the tests of the store, which environment imports, can use it too: how a
// database is migrated is an argument. Only tests and benchmarks import it.
package database

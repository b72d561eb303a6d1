// Package pooler stands between tests and their database as a connection pooler does: connections of clients share
// sessions of the server, each for as long as it is there, or for a transaction at a time.
package pooler

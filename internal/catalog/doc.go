// Package catalog reads the catalogue from the log: products, customers and resellers at a version, and the newest,
// kept up to date. A process has one Reader, which all its parts share.
//
// A version is a place in the log of the catalogue's shard: its position and its hash. A Reader that holds a version
// which the log does not have (a failover lost the last commits, a backup was restored) drops it and reads the
// catalogue again.
//
// It does not decide anything (domain) and does not know who may see what of it (api).
//
//	reader.go    the catalogue at a version, the newest, and the few that are kept in memory
//	follow.go    keeping the newest up to date
//	snapshot.go  one version, with the stable integers of customers and resellers
package catalog

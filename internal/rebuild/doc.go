// Package rebuild rebuilds a read model from the log beside the live one, compares the two, and puts the new one in the
// place of the old one; and it verifies a live one in the same way without touching it.
//
// The new tables have the names of the live ones and stand in their own schema, NAME_new, which the sessions that build
// them see first: every statement of a projection works on them as it stands. In the swap tables change schemas and
// nothing else, so indexes and constraints keep their names, and whoever reads by name reads on. The old tables stay in
// NAME_old until they are dropped.
//
// The package does not own what a projection folds (projections), the live reader (internal/feed), or SQL on the log
// and on the progress of a build (internal/store).
//
//	rebuild.go    a rebuild from its beginning to its end, where it goes on after a kill
//	verify.go     the same fold against the live tables, at the same positions
//	upkeep.go     read models of an older version, at the start of a process
//	progress.go   how far it is, how fast, and how long it takes yet
//	shape.go      how the live tables are defined
//	place.go      tables, indexes and rights in their own place
//	load.go       whole histories, in pieces, shards in parallel
//	follow.go     from the loaded positions to where the log is
//	compare.go    checksums of both sides, and the first row that differs
//	swap.go       the transaction that changes places, and why nobody can write in between
package rebuild

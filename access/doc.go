// Package access decides who may do what.
//
// It owns the access levels and their order, the relations between a caller and an employee, the operations that
// callers ask for, and one matrix of operation, level and relation. Commands, reads, exports and the published contract
// ask it, so that none of them can allow what another refuses. It is a function of its arguments and imports nothing of
// this module: who the caller is comes from the command or the token, and whose the employee is from the catalog.
//
//	level.go     the published access levels, lowest first
//	operation.go what callers ask for
//	relation.go  caller, target, and how they are related
//	system.go    parts of Tenure that act by themselves
//	matrix.go    the matrix, and the verdict that follows from it
package access

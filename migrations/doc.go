// Package migrations holds the numbered SQL files that make and change the database, embedded in the binary.
//
// It owns the shape of the tables. It does not own a single statement that reads or writes them: those of the log stand
// in internal/store, those of the read models beside their projection. A file that has been released is never changed.
package migrations

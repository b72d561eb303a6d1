// Package migrations holds the numbered SQL files that make and change the database, embedded in the binary.
//
// It owns the shape of the tables. It does not own a single statement that reads or writes them: those of the log are
// in internal/store, those of the read models beside their projection. A file that has been released is never changed.
//
// Numbers 7 to 9 and 16 have no file: they were set aside for work that needed none. A gap means nothing: what is there
// is applied in order.
package migrations

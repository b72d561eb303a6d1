// Package table prints rows as aligned columns on a terminal. It owns the alignment and nothing of what is in
// the cells.
package table

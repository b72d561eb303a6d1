// Package table prints rows as aligned columns for people at a terminal. It owns the alignment and nothing of what stands in
// the cells.
package table

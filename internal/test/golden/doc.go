// Package golden compares what a test made with a file that was read and agreed to; -update writes the files again. It
// knows nothing of the program, so that every package's own tests may import it.
package golden

// Package memory says how much memory there is, of a container or of the machine, for what chooses a size by it: the
// heap of a process, which it bounds, and the pages that the embedded database keeps.
package memory

package memory

import (
	"os"
	"runtime/debug"
)

const (
	// memoryLimit is what the collector keeps the heap of a process below where it can: under load pages and batches would
	// grow it to twice that, and collecting more often costs a command some 3 µs of 130. With the program itself and what
	// is free in it, a process stays below 400 MiB.
	memoryLimit = 340 << 20 // bytes
	// garbagePercent is how much garbage may come to what is in use before it is collected, below the limit. Pages and
	// batches live for a moment: at 100, as Go has it, the collector takes a fifth of the processor.
	garbagePercent = 300
	// memoryPart of a container's limit is the heap's: the rest is for stacks, the binary, and what the collector has not
	// freed.
	memoryPartPercent = 80
)

// LimitHeap keeps the heap below the part of a container's limit that is the heap's, or below a fixed limit that is
// lower, and has the collector run seldom below that. What the environment sets is left. A process that collects only
// above its container's limit is killed before it does.
func LimitHeap() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		most := int64(memoryLimit)
		if container, limited := limit(); limited {
			most = HeapIn(container)
		}
		debug.SetMemoryLimit(most)
	}
}

// HeapIn is the limit of the heap in a container of so many bytes.
func HeapIn(container int64) int64 { return min(memoryLimit, container/100*memoryPartPercent) }

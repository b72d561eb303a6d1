// Package provider simulates PBX and mobile operator for demonstrations, simulated clocks and tests: it reads
// employee.events, as a real one does, and confirms or refuses by command what a deletion requests, or does nothing.
//
// It is a client of the topics and knows nothing of the store. docs/provider.md describes a real provider, and
// examples/provider is a small one.
package provider

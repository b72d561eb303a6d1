// Package childworker runs a worker as a separate process of a test's own binary, so that it can be killed, or stopped
// as a debugger or a starved machine would, between any two steps of a write.
package childworker

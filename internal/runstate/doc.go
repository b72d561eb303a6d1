// Package runstate reads the nightly runs from the database: their states, how far they are, what they billed, and the
// documents that they close. Who drives runs (internal/runs) and who decides on them (internal/worker) read the same.
package runstate

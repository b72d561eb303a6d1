// Package runs drives the nightly runs: it reads from the database what is known of them, asks scheduler for the next
// steps, and sends those as commands. It holds no state that matters: any number of processes may drive at once, and one
// that is killed is continued by the next look.
package runs

// Package timeline describes what happened to an employee and what will: each event as a sentence, with its cause, and
// the coming months as time and the nightly runs would live them, on a copy and without doing anything.
//
// It owns the words. It does not own the rules (domain, billing), reading the log (store), or how a table looks
// (table).
//
//	tell.go      one event as a sentence
//	cause.go     the cause of an event: a command's actor, a rule of time, a run
//	upcoming.go  what time will do to the employee
package timeline

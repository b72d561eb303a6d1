// Package booking composes what an accounting integration acknowledges of a run: one billing.acknowledge command for
// each document, with the number and the hash of the booked lines and the refused ones with their messages.
//
// It owns how ids of lines are read and how lines are sorted into documents. It does not own the command (domain), how
// it is sent (internal/command), or the read model of what was acknowledged (projections).
package booking

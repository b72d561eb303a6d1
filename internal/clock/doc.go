// Package clock returns business time: the system's in production, and one in the database that an operator moves
// (tenure up --clock). It is the only place that decisions get their now from; leases, time-outs and retention use
// real time.
package clock

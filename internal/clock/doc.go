// Package clock tells business time: the system's in production, and one that stands in the database where a person moves
// it (tenure up --clock). It is the only place that decisions get their now from; leases, time-outs and retention go by
// real time.
package clock

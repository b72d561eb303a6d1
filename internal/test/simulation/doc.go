// Package simulation lives random lives in simulated time, each of them twice: undisturbed, and with everything going
// wrong that can. Both must come to the same: the invariants of docs/reliability.md hold, the topics hold what the log
// holds, and the digests are equal.
//
// It consists of tests. A seed makes the life, which orders something of each type of command, and the faults: requests
// and answers of database and broker are lost, processes are killed, stopped past their sessions and continued, join
// and leave, sessions are ended, clocks and the time of records jump, ends of topics are lost, single partitions cannot
// be read, and a standby without the last commits is promoted, at a moment that follows from the seed. A process is all
// that production runs in one, less its pages: workers, readers, relays with what fills topics again, and the driver of
// runs.
//
// Time is that of testing/synctest: it passes when everybody waits, so that sessions, leases and pauses of minutes cost
// nothing. The broker is the embedded one on a network within the process. PostgreSQL is real: a stand-in of the log's
// SQL would prove little. While it works, simulated time does not pass. Where a life depends on what PostgreSQL does
// first at one instant, a seed does not always find the same: play it some times.
//
// Two things follow from simulated time. A process that waits for it must not hold a lock that others wait for, see
// conn.pass and answersAtOnce. And business time is a clock in the database, so that the time of a record does not
// count: a copy of the database is promoted on the day on which it was made, or in the night before it.
//
// Each life is lived in a process. One that dies has failed, with what it wrote; one in which simulated time froze, see
// exitWhenFrozen, has not been played, and is played again. That lives can fail was tried: without the look at known
// outcomes two of the first four seeds fail.
//
// TENURE_SIMULATIONS sets how many seeds are played, or which (101-200), TENURE_SEED plays one; TENURE_TEST_LOG shows
// what processes log, and what they wait for where a wait ends in vain. TENURE_SIMULATION_NOTES names a folder where
// seeds that passed are noted, which the same program does not play again.
package simulation

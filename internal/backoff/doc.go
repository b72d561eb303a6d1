// Package backoff says how long to wait before an attempt is made again. Faults of the infrastructure pass: there is no
// number of attempts after which the loops of this program give up, only a longest pause. It does not decide what is
// worth another attempt.
package backoff

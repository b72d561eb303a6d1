// Package fastforward moves a simulated clock through time the way real time would have come: to each minute on which
// something is due and to each night in turn, waiting at each until it is done. A simulated year end happens in the
// order of a real one.
//
// It is a client of the store. It does not decide what is due (domain), nor start runs (runs): the parts that do must
// be running.
package fastforward

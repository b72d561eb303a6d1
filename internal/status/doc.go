// Package status answers two questions: is the nightly run done, and does anything need an operator. Ten lamps, always
// the same ones in the same order, and a list of what needs a decision, most urgent first. tenure status prints them,
// the console's first page shows them.
//
// All of it is read from the database, in a few statements that never scan the log, so that whoever asks sees the same
// from wherever. What cannot be known here (how many commands wait on Kafka) is handed in, and is "not known" where it
// is not. It decides nothing and changes nothing.
package status

// Package history reads the events of one stream: typed, whole or from a version on, folded into the state that they
// make, or searched for one of them; and it names a point in a history by time or position.
//
// It owns how stored bytes become events. It does not own the log (store) nor what an event means (events, domain).
//
//	codec.go   a stored event and its actor, decoded
//	trace.go   the trace that a command left in what it made
//	stream.go  reading, finding and walking the events of a stream
//	fold.go    the state and the billed days that they make
//	point.go   a point in a history
package history

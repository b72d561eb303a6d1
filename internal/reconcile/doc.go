// Package reconcile answers finance's question "is this everything?" for a run: what the log holds of it, what
// run.completed announced, and what the Kafka topics hold are the same, message by message.
//
// What is expected comes from the log through the relay's own routing, so that each message is compared as it was to be
// published. Totals come from three sides: announced, in the log, on the topics. What differs is named with its topic,
// partition and offset. A message that is on a topic twice, alike, is counted and allowed: topics are written at least
// once.
//
// It reads only. It does not own what a message looks like (internal/feed, internal/bus) nor what a total is (events).
package reconcile

// Package orders writes commands as the messages that the worker takes: topic, key, envelope and value. Everybody who sends
// a command does it through this package: tenure send, the demo, the APIs, and the scheduler.
package orders

// Package kafkatest gives tests brokers with one fault. It knows nothing of the program, so that the tests of
// internal/bus may import it.
package kafkatest

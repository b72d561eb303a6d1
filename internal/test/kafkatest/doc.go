// Package kafkatest gives tests brokers with one fault, and clients with a private time. It knows nothing of the
// program, so that the tests of internal/bus may import it.
package kafkatest

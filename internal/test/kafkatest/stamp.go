package kafkatest

import (
	"time"

	"github.com/IBM/sarama"
)

// Attentive is a setting of a client that asks every moment what partitions there are.
func Attentive(c *sarama.Config) { c.Metadata.RefreshFrequency = 200 * time.Millisecond }

// Stamped is a setting of a client that sends its messages with the time of a clock, as a broker takes them whose time
// is the test's.
func Stamped(now func() time.Time) func(*sarama.Config) {
	return func(c *sarama.Config) { c.Producer.Interceptors = []sarama.ProducerInterceptor{stamp(now)} }
}

// stamp gives messages the time of their arrival.
type stamp func() time.Time

// OnSend sets the time of a message.
func (now stamp) OnSend(m *sarama.ProducerMessage) { m.Timestamp = now() }

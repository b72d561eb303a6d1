package bus

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Header is one header of a message. Kafka allows a key more than once.
type Header struct {
	Key   string
	Value []byte
}

// Message is one record of a topic. Key, Value and header values of a message
// that was read share the memory of the fetch they came with: copy what is kept.
type Message struct {
	// Topic the message is in, or goes to.
	Topic string
	// Partition and Offset are where it was read or published; a publisher ignores
	// them and computes the partition from the key, unless the message is placed.
	Partition int32
	Offset    int64
	// Placed says that a publisher sends it to Partition, whatever its key.
	Placed bool
	// Key decides the partition. A message that is published must have one.
	Key []byte
	// Value is nil for a tombstone.
	Value []byte
	// Headers in the order of the record.
	Headers []Header
	// Time of the record: what its producer said, or the broker's.
	Time time.Time
	// Unreadable says that there is a message at this offset, but that its bytes
	// unfold to more than can be taken: all but the coordinates is then empty. It
	// is to be parked, as ReasonUnreadable.
	Unreadable bool
}

// Header returns the value of the first header with that key, nil if none.
func (m Message) Header(key string) []byte {
	for _, h := range m.Headers {
		if h.Key == key {
			return h.Value
		}
	}
	return nil
}

// Replayed returns the message as one that is sent again, with the name of why: what readers know that go by positions.
func Replayed(m Message, name string) Message {
	m.Headers = append(m.Headers[:len(m.Headers):len(m.Headers)], Header{Key: "ce_replay", Value: []byte(name)})
	return m
}

// size is what the message adds to a batch: an upper bound of the record's
// encoding in Kafka's format 2, and of a batch with nothing else, without the
// 12 bytes that a broker takes above messageBytesMax.
func (m Message) size() int {
	const recordOverhead, headerOverhead = 36, 10 // varints at their longest
	const batchOverhead, headerInBatch = 71, 6    // those of 1 MiB: it counts where there are few headers
	n := max(recordOverhead+headerOverhead*len(m.Headers), batchOverhead+headerInBatch*len(m.Headers))
	n += len(m.Key) + len(m.Value)
	for _, h := range m.Headers {
		n += len(h.Key) + len(h.Value)
	}
	return n
}

// fromSarama reads a record of a topic that goes by name here, without the prefix
// that it has on the broker.
func fromSarama(topic string, m *sarama.ConsumerMessage) Message {
	out := Message{
		Topic: topic, Partition: m.Partition, Offset: m.Offset,
		Key: m.Key, Value: m.Value, Time: m.Timestamp,
	}
	out.Headers = headersFromSarama(m.Headers)
	return out
}

func headersFromSarama(in []*sarama.RecordHeader) []Header {
	if len(in) == 0 {
		return nil
	}
	out := make([]Header, len(in))
	for i, h := range in {
		out[i] = Header{Key: headerName(h.Key), Value: h.Value}
	}
	return out
}

// headerName returns the key as a string, without an allocation for the names
// that nearly every message has.
func headerName(key []byte) string {
	if known, ok := knownHeaders[string(key)]; ok {
		return known
	}
	return string(key)
}

// inOnePiece makes the messages of a call as the client takes them, with few allocations: it lets go of all of them
// once the last is acknowledged.
func inOnePiece(messages []Message, prefix string) []kgo.Record {
	count := 0
	for i := range messages {
		count += len(messages[i].Headers)
	}
	all, headers := make([]kgo.Record, len(messages)), make([]kgo.RecordHeader, 0, count)
	topics := map[string]string{}
	for i := range messages {
		m := &messages[i]
		topic, known := topics[m.Topic]
		if !known {
			topic = prefix + m.Topic
			topics[m.Topic] = topic
		}
		from := len(headers)
		for _, h := range m.Headers {
			headers = append(headers, kgo.RecordHeader(h))
		}
		all[i] = kgo.Record{Topic: topic, Key: m.Key, Value: m.Value, Timestamp: m.Time,
			Headers: headers[from:len(headers):len(headers)]}
	}
	return all
}

// Sendable refuses a message without topic or key, or above 1 MiB.
func (m Message) Sendable() error {
	switch size := m.size(); {
	case m.Topic == "":
		return errors.New("bus: publish: a message has no topic")
	case len(m.Key) == 0:
		return fmt.Errorf("bus: publish: a message to %s has no key, so it has no partition", m.Topic)
	case size > messageBytesMax:
		return fmt.Errorf("bus: publish: message %q to %s has %d bytes, the limit is %d: %w",
			m.Key, m.Topic, size, messageBytesMax, sarama.ErrMessageSizeTooLarge)
	}
	return nil
}

// Fingerprint identifies contents.
type Fingerprint [sha256.Size]byte

// Bytes are those of the fingerprint, as a database keeps them.
func (f Fingerprint) Bytes() []byte { return f[:] }

// FingerprintOf is the same for the same parts in their order. Each counts with its length, so that no two lists of
// parts look alike.
func FingerprintOf(parts ...[]byte) (sum Fingerprint) {
	h := sha256.New()
	for _, part := range parts {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write(part)
	}
	return Fingerprint(h.Sum(sum[:0]))
}

// Fingerprint is the same for two reads of one message, and differs for any two others: it covers key, value, headers
// and time.
func (m Message) Fingerprint() Fingerprint {
	parts := [][]byte{m.Key, m.Value}
	for _, header := range m.Headers {
		parts = append(parts, []byte(header.Key), header.Value)
	}
	return FingerprintOf(append(parts, strconv.AppendInt(nil, m.Time.UnixMilli(), 10))...)
}

package bus

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"tenure/contract"

	"github.com/IBM/sarama"
)

// gateMax is how many messages of a partition sarama has at once. It must be below messagesBuffered: when the queue of
// one partition is full, sarama stops handing out messages of all partitions and topics.
const gateMax = messagesBuffered - 24

// gates bound what is on its way to each partition.
type gates struct {
	mu   sync.Mutex
	open map[place]*gate
}

type gate struct {
	free chan struct{} // filled by what is on its way
	last atomic.Int64  // offset of the last message that was acknowledged
}

func (g *gates) of(at place) *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	one := g.open[at]
	if one == nil {
		one = &gate{free: make(chan struct{}, gateMax)}
		one.last.Store(-1)
		g.open[at] = one
	}
	return one
}

// publishCall is one call of Publish on its way.
type publishCall struct {
	batch []*sarama.ProducerMessage
	over  chan struct{} // closed when nobody waits any more
	done  chan struct{} // closed when all have an answer

	mu      sync.Mutex
	open    int
	waiting map[place]int
	failed  map[*sarama.ProducerMessage]bool
	first   error
}

// underway is what sarama carries with a message.
type underway struct {
	call *publishCall
	gate *gate
	at   place
}

// begin hands the messages to sarama, those of each partition in their order. A partition that has no room gets its own
// goroutine, so that the others do not wait for it.
func (p *Publisher) begin(messages []Message) (*publishCall, error) {
	c := &publishCall{
		batch: make([]*sarama.ProducerMessage, len(messages)), open: len(messages), waiting: map[place]int{},
		failed: map[*sarama.ProducerMessage]bool{}, over: make(chan struct{}), done: make(chan struct{}),
	}
	counts := map[string]int32{}
	all, of := inOnePiece(messages, p.reader.cfg.TopicPrefix), make([]underway, len(messages))
	for i := range messages {
		m := &all[i]
		at, err := p.placeOf(&messages[i], m.Topic, counts)
		if err != nil {
			return nil, fmt.Errorf("bus: publish to %s: %w", messages[i].Topic, err)
		}
		of[i] = underway{call: c, gate: p.gates.of(at), at: at}
		m.Metadata, m.Offset, m.Partition = &of[i], offsetUnknown, at.partition
		c.batch[i] = m
		c.waiting[at]++
	}
	p.feed(c)
	return c, nil
}

// placeOf is where a message goes; counts are the partitions of the topics that the call has met.
func (p *Publisher) placeOf(m *Message, topic string, counts map[string]int32) (place, error) {
	n, known := counts[topic]
	var err error
	if !known {
		n, err = p.count(topic)
	}
	if err == nil && m.Placed && m.Partition >= n { // it may have been added since the client asked
		if err = p.client.RefreshMetadata(topic); err == nil {
			n, err = p.count(topic)
		}
	}
	counts[topic] = n
	switch {
	case err != nil:
		return place{}, err
	case !m.Placed:
		return place{topic, contract.PartitionOf(m.Key, n)}, nil
	case m.Partition >= n:
		return place{}, fmt.Errorf("there is no partition %d", m.Partition)
	}
	return place{topic, m.Partition}, nil
}

// count is how many partitions a topic has, as far as the client knows.
func (p *Publisher) count(topic string) (int32, error) {
	all, err := p.client.Partitions(topic)
	return int32(len(all)), err
}

func (p *Publisher) feed(c *publishCall) {
	full := map[place][]*sarama.ProducerMessage{}
	for _, m := range c.batch {
		of := m.Metadata.(*underway)
		if len(full[of.at]) == 0 {
			select {
			case of.gate.free <- struct{}{}:
				p.producer.Input() <- m
				continue
			default:
			}
		}
		full[of.at] = append(full[of.at], m)
	}
	for _, rest := range full {
		go func() {
			for _, m := range rest {
				select {
				case m.Metadata.(*underway).gate.free <- struct{}{}:
					p.producer.Input() <- m
				case <-c.over:
					return
				case <-p.client.stopped:
					return
				}
			}
		}()
	}
}

// collect takes sarama's answers until it is closed.
func (p *Publisher) collect() {
	defer close(p.ended)
	var both sync.WaitGroup
	both.Go(func() {
		for m := range p.producer.Successes() {
			p.acknowledged(m)
		}
	})
	both.Go(func() {
		for e := range p.producer.Errors() {
			of := e.Msg.Metadata.(*underway)
			<-of.gate.free
			of.call.answer(e.Msg, of.at, e.Err)
		}
	})
	both.Wait()
}

// offsetUnknown is the offset of a message that the broker knew already: it does not say where it is.
const offsetUnknown = -1

// acknowledged compares the offset with the one before it: where it does not rise, the partition has lost its tail.
func (p *Publisher) acknowledged(m *sarama.ProducerMessage) {
	of := m.Metadata.(*underway)
	if m.Offset != offsetUnknown {
		if m.Offset <= of.gate.last.Swap(m.Offset) {
			p.ReportLost(strings.TrimPrefix(of.at.topic, p.reader.cfg.TopicPrefix), of.at.partition, m.Offset)
		}
	}
	<-of.gate.free
	of.call.answer(m, of.at, nil)
}

// ReportLost logs, and tells the observer, that a partition has lost messages which were published, behind the one
// before an offset.
func (p *Publisher) ReportLost(topic string, partition int32, offset int64) {
	next := "tenure replay start --missing --target topic:" + topic
	if slices.Contains(contract.CommandTopics(), topic) {
		next = "send the commands without an outcome again" // no replay has them
	}
	p.log.Error("bus: a partition has lost messages that were published", "topic", topic, "partition", partition,
		"offset", offset, "next", next)
	p.observer.TailLost(topic, partition, offset)
}

// CountPartitions asks the brokers how many partitions a topic has by now.
func (p *Publisher) CountPartitions(topic string) (int32, error) {
	if err := p.client.RefreshMetadata(p.reader.cfg.TopicPrefix + topic); err != nil {
		return 0, fmt.Errorf("bus: partitions of %s: %w", topic, err)
	}
	return p.Partitions(topic)
}

// Partitions is how many partitions a topic has, or had a minute ago.
func (p *Publisher) Partitions(topic string) (int32, error) {
	n, err := p.count(p.reader.cfg.TopicPrefix + topic)
	if err != nil {
		return 0, fmt.Errorf("bus: partitions of %s: %w", topic, err)
	}
	return n, nil
}

// answer notes the outcome of one message.
func (c *publishCall) answer(m *sarama.ProducerMessage, at place, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting[at]--; c.waiting[at] == 0 {
		delete(c.waiting, at)
	}
	if err != nil {
		c.failed[m] = true
		if c.first == nil {
			c.first = err
		}
	}
	if c.open--; c.open == 0 {
		close(c.done)
	}
}

// err is the error of the call once all have an answer.
func (c *publishCall) err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.first == nil {
		return nil
	}
	return &unacknowledgedError{Failed: len(c.failed), Total: len(c.batch), Err: c.first,
		Reordered: reordered(c.batch, c.failed)}
}

// unanswered is how many messages have no answer, and of which partitions.
type unanswered struct {
	messages   int
	partitions []string
}

// String names the partitions.
func (u unanswered) String() string { return strings.Join(u.partitions, " ") }

func (c *publishCall) left() (u unanswered) {
	c.mu.Lock()
	defer c.mu.Unlock()
	u.messages = c.open
	for at := range maps.Keys(c.waiting) {
		u.partitions = append(u.partitions, fmt.Sprintf("%s/%d", at.topic, at.partition))
	}
	slices.Sort(u.partitions)
	return u
}
